// What the module tests need to say what they expect; no more.

export function equal(actual, expected) {
  const [a, e] = [actual, expected].map(value => JSON.stringify(value));
  if (a !== e) throw new Error(`expected ${e}\n     but was ${a}`);
}

export function same(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: expected the same object`);
}
