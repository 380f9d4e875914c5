/** Where the nodes stand and who gossips with whom: pure geometry, no page. */

/**
 * `n` points at equal distances along an ellipse, clockwise from the top, so that a node keeps its
 * place as long as nobody comes or goes.
 *
 * @param {number} n
 * @param {{cx: number, cy: number, rx: number, ry: number}} ellipse
 * @returns {{x: number, y: number}[]}
 */
export function ring(n, {cx, cy, rx, ry}) {
  if (n === 1) return [{x: cx, y: cy}];
  if (n === 2) return [{x: cx - rx, y: cy}, {x: cx + rx, y: cy}];
  const steps = 720;
  const at = t => ({x: cx + rx * Math.sin(t), y: cy - ry * Math.cos(t)});
  const path = Array.from({length: steps + 1}, (_, i) => at((2 * Math.PI * i) / steps));
  const along = [0];
  for (let i = 1; i <= steps; i++) {
    along.push(along[i - 1] + Math.hypot(path[i].x - path[i - 1].x, path[i].y - path[i - 1].y));
  }
  return Array.from({length: n}, (_, k) => {
    const wanted = (along[steps] * k) / n;
    return path[along.findIndex(length => length >= wanted)];
  });
}

/** The order that every node gives the members: letter by letter, so n10 comes before n2. */
export function byPlace(a, b) {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.incarnation - b.incarnation;
}

/**
 * The overlay's edges, the same that the nodes compute for themselves.
 *
 * @param {string} topology `ring`, `mesh` or `star`
 * @param {string[]} members ids, ordered by place; the first is the star's centre
 * @returns {[string, string][]}
 */
export function edges(topology, members) {
  if (members.length < 2) return [];
  if (topology === 'mesh') {
    return members.flatMap((a, i) => members.slice(i + 1).map(b => [a, b]));
  }
  if (topology === 'star') {
    return members.slice(1).map(id => [members[0], id]);
  }
  const around = members.map((a, i) => [a, members[(i + 1) % members.length]]);
  return members.length === 2 ? around.slice(0, 1) : around;
}

/** Whom each node gossips with: the edges, both ways. */
export function neighbours(list) {
  const of = new Map();
  for (const [a, b] of list) {
    of.set(a, [...(of.get(a) ?? []), b]);
    of.set(b, [...(of.get(b) ?? []), a]);
  }
  return of;
}

/**
 * An edge as an SVG path: along the ellipse between nodes that stand side by side, else a chord
 * that bends towards the middle.
 */
export function edgePath(a, b, {cx, cy, rx, ry}, side) {
  const start = `M${round(a.x)} ${round(a.y)}`;
  const end = `${round(b.x)} ${round(b.y)}`;
  if (side === 'straight') return `${start} L${end}`;
  if (side !== 'chord') {
    return `${start} A${round(rx)} ${round(ry)} 0 0 ${side === 'clockwise' ? 1 : 0} ${end}`;
  }
  const bend = 0.5;
  const mx = (a.x + b.x) / 2 + (cx - (a.x + b.x) / 2) * bend;
  const my = (a.y + b.y) / 2 + (cy - (a.y + b.y) / 2) * bend;
  return `${start} Q${round(mx)} ${round(my)} ${end}`;
}

/** How two places on a ring of `n` lie to each other: see edgePath. */
export function sideOf(i, j, n) {
  if (n === 2) return 'straight';
  if ((i + 1) % n === j) return 'clockwise';
  if ((j + 1) % n === i) return 'counter';
  return 'chord';
}

/** Places for `n` dots in a disc of `radius`, packed like cells; at most as many as fit. */
export function pack(n, radius, gap) {
  const spots = [];
  const rows = Math.ceil(radius / gap) + 1;
  for (let r = -rows; r <= rows; r++) {
    for (let q = -rows; q <= rows; q++) {
      const x = gap * (q + r / 2);
      const y = gap * r * 0.866;
      const far = Math.hypot(x, y);
      if (far <= radius) spots.push({x, y, far});
    }
  }
  spots.sort((a, b) => a.far - b.far || Math.atan2(a.y, a.x) - Math.atan2(b.y, b.x));
  const taken = spots.slice(0, n);
  // Two or three dots look best around the middle, not on it and beside it.
  const mx = taken.reduce((sum, s) => sum + s.x, 0) / (taken.length || 1);
  const my = taken.reduce((sum, s) => sum + s.y, 0) / (taken.length || 1);
  const shift = taken.length < 7 ? 1 : 0;
  return taken.map(s => ({x: round(s.x - mx * shift), y: round(s.y - my * shift)}));
}

function round(value) {
  return Math.round(value * 10) / 10;
}
