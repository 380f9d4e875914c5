/**
 * The cluster's visible state as the stream tells it, as one immutable value, and the rules by
 * which a message changes it. Nothing here knows the page, the socket or the clock.
 *
 * @typedef {{cluster: object, nodes: Object<string, object>, verticles: Object<string, object>,
 *   agents: Object<string, object>, agentCounts: Object<string, number>,
 *   variables: Object<string, object>, moves: Object<string, object>, events: object[]}} State
 * @typedef {{op: 'put', path: string[], value: *} | {op: 'remove', path: string[]}
 *   | {op: 'event', value: object}} Op
 */

/** @type {State} */
export const EMPTY = Object.freeze(
    {cluster: {}, nodes: {}, verticles: {}, agents: {}, agentCounts: {}, variables: {}, moves: {},
      events: []});

/** How many events are kept; older ones are forgotten. */
export const EVENTS_KEPT = 1000;

/**
 * The state after `ops`, in order. Values that no op touches are the same objects as before, so
 * that `===` tells a panel whether it has to draw. An op of a kind that only a newer node knows is
 * passed over.
 *
 * @param {State} state
 * @param {Op[]} ops
 * @returns {State}
 */
export function applyOps(state, ops) {
  return ops.reduce(applyOp, state);
}

/** The state of a snapshot, with whatever an older node leaves out. */
export function fromSnapshot(state) {
  return {...EMPTY, ...state, events: (state.events ?? []).slice(-EVENTS_KEPT)};
}

function applyOp(state, op) {
  switch (op.op) {
    case 'put':
      return put(state, op.path, op.value);
    case 'remove':
      return remove(state, op.path);
    case 'event':
      return withEvent(state, op.value);
    default:
      return state;
  }
}

function put(tree, [key, ...rest], value) {
  const below = rest.length === 0 ? value : put(child(tree, key), rest, value);
  return {...tree, [key]: below};
}

function remove(tree, [key, ...rest]) {
  if (!Object.hasOwn(tree, key)) return tree;
  if (rest.length > 0) return {...tree, [key]: remove(child(tree, key), rest)};
  const {[key]: gone, ...others} = tree;
  return others;
}

function child(tree, key) {
  return Object.hasOwn(tree, key) && typeof tree[key] === 'object' && tree[key] ? tree[key] : {};
}

function withEvent(state, event) {
  if (state.events.some(known => known.id === event.id)) return state;
  return {...state, events: [...state.events, event].slice(-EVENTS_KEPT)};
}

/**
 * Decides by sequence numbers what to do with a message. After a gap it asks once, and passes over
 * patches until the snapshot comes: a patch on a state that it was not made for would be a lie.
 */
export class Sequence {
  #last = null;

  /**
   * @param {{type: string, seq?: number}} message
   * @returns {'take' | 'skip' | 'resync'}
   */
  judge(message) {
    if (message.type === 'snapshot') {
      this.#last = message.seq;
      return 'take';
    }
    if (message.type !== 'patch') return 'take';
    if (this.#last === null || message.seq <= this.#last) return 'skip';
    if (message.seq === this.#last + 1) {
      this.#last = message.seq;
      return 'take';
    }
    this.#last = null;
    return 'resync';
  }

  /** A new connection: nothing before its snapshot counts. */
  reset() {
    this.#last = null;
  }
}
