/**
 * What the page knows: the state of the stream, who says so, the recent load of each node, and how
 * far that node's clock is from this one's. One immutable value; `accept` makes the next.
 */

import {EMPTY, applyOps, fromSnapshot} from './state.js';
import {changes} from './changes.js';

/** Samples of load kept for a node, one a beat: a minute and a half. */
export const SAMPLES_KEPT = 90;

/**
 * @typedef {{hello: ?object, state: import('./state.js').State, ready: boolean,
 *   history: Object<string, number[]>, clockOffset: number}} Model
 */

/** @type {Model} */
export const NOTHING = Object.freeze(
    {hello: null, state: EMPTY, ready: false, history: {}, clockOffset: 0});

/**
 * @param {Model} model
 * @param {object} message from the stream, already in sequence
 * @param {number} now this browser's wall clock
 * @returns {Model}
 */
export function accept(model, message, now) {
  switch (message.type) {
    case 'hello':
      return {...model, hello: message};
    case 'snapshot':
      return withState({...model, ready: true}, fromSnapshot(message.state ?? {}));
    case 'patch':
      return withState(
          {...model, clockOffset: Number.isFinite(message.at) ? message.at - now : model.clockOffset},
          applyOps(model.state, message.ops ?? []));
    default:
      return model;
  }
}

function withState(model, state) {
  if (state === model.state) return model;
  return {...model, state, history: nextHistory(model, state.nodes)};
}

function nextHistory({history, state}, nodes) {
  if (nodes === state.nodes) return history;
  const next = {};
  for (const [id, node] of Object.entries(nodes)) {
    const known = history[id] ?? [];
    const beaten = known.length === 0 || node.beat !== state.nodes[id]?.beat;
    next[id] = beaten && Number.isFinite(node.load)
        ? [...known, node.load].slice(-SAMPLES_KEPT)
        : known;
  }
  return next;
}

/**
 * The model that is shown beside the newest one: they differ while the page is paused. Listeners
 * hear of every change with what it means to a person (see changes.js).
 */
export class Store {
  #newest = NOTHING;
  #frozen = null;
  #pausedAt = null;
  #listeners = [];

  onChange(listener) {
    this.#listeners.push(listener);
  }

  accept(message, now) {
    const before = this.#newest;
    this.#newest = accept(before, message, now);
    const what = message.type === 'patch' ? changes(before.state, this.#newest.state) : changes.NONE;
    this.#tell(what);
  }

  /** Freezes or thaws what is shown; the stream goes on behind it. */
  pause(on, now) {
    this.#frozen = on ? this.#newest : null;
    this.#pausedAt = on ? now : null;
    this.#tell(changes.NONE);
  }

  get paused() {
    return this.#frozen !== null;
  }

  /** How many events came since the pause. */
  get held() {
    if (this.#frozen === null) return 0;
    const last = this.#frozen.state.events.at(-1)?.id;
    const events = this.#newest.state.events;
    return events.length - 1 - events.findLastIndex(event => event.id === last);
  }

  /** The model to show. */
  get shown() {
    return this.#frozen ?? this.#newest;
  }

  /** The answering node's wall clock, as well as we know it; stands still while paused. */
  clusterTime(now) {
    return (this.#pausedAt ?? now) + this.shown.clockOffset;
  }

  #tell(what) {
    for (const listener of this.#listeners) listener(what);
  }
}
