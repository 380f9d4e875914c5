/**
 * The WebSocket to the node that answers, kept open for good. It has no timer of its own: whoever
 * owns it calls {@link Stream#tick} a few times a second, so a test turns the clock by hand.
 *
 * Phases: `connecting` until the first message ever, `live`, `stale` (connected, but no message for
 * STALE_MS; the node sends one every 500 ms, so it is paused or cut off), `reconnecting`.
 */

import {Sequence} from './state.js';

export const STALE_MS = 3000;
/** A connection that stays silent this long, or takes this long to open, is given up. */
export const GIVE_UP_MS = 12000;
const BACKOFF_MS = [300, 700, 1500, 3000, 6000, 10000];

export class Stream {
  #options;
  #socket = null;
  #sequence = new Sequence();
  #lastMessageAt = null;
  #openedAt = 0;
  #attempt = 0;
  #retryAt = null;

  /**
   * @param {{open: () => WebSocket, now: () => number, random?: () => number,
   *   onMessage: (message: object) => void}} options
   */
  constructor(options) {
    this.#options = {random: Math.random, ...options};
  }

  /** Opens, reopens and gives up, as the time asks for. */
  tick() {
    const now = this.#options.now();
    if (this.#socket === null) {
      if (this.#retryAt === null || now >= this.#retryAt) this.#open(now);
    } else if (now - Math.max(this.#openedAt, this.#lastMessageAt ?? 0) > GIVE_UP_MS) {
      this.#drop(this.#socket);
    }
  }

  /**
   * What to tell the user now.
   *
   * @returns {{phase: 'connecting'|'live'|'stale'|'reconnecting', silentMs: ?number,
   *   attempt: number, retryInMs: number}}
   */
  liveness() {
    const now = this.#options.now();
    const silentMs = this.#lastMessageAt === null ? null : now - this.#lastMessageAt;
    return {
      phase: this.#phase(silentMs),
      silentMs,
      attempt: this.#attempt,
      retryInMs: this.#retryAt === null ? 0 : Math.max(0, this.#retryAt - now),
    };
  }

  /** Tries at once instead of waiting for the backoff. */
  retryNow() {
    if (this.#socket === null) this.#open(this.#options.now());
  }

  #phase(silentMs) {
    if (silentMs === null) return this.#attempt > 1 ? 'reconnecting' : 'connecting';
    if (this.#attempt > 0) return 'reconnecting';
    return silentMs > STALE_MS ? 'stale' : 'live';
  }

  #open(now) {
    this.#retryAt = null;
    this.#openedAt = now;
    this.#sequence.reset();
    const socket = this.#options.open();
    this.#socket = socket;
    socket.onmessage = event => this.#receive(socket, event.data);
    socket.onclose = () => this.#drop(socket);
  }

  #receive(socket, text) {
    if (socket !== this.#socket) return;
    const message = parse(text);
    if (message === null) return this.#drop(socket);
    this.#lastMessageAt = this.#options.now();
    this.#attempt = 0;
    switch (this.#sequence.judge(message)) {
      case 'take':
        return this.#options.onMessage(message);
      case 'resync':
        return socket.send(JSON.stringify({type: 'resync'}));
      default:
        return undefined;
    }
  }

  #drop(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    socket.close();
    const pause = BACKOFF_MS[Math.min(this.#attempt, BACKOFF_MS.length - 1)];
    this.#attempt++;
    // Half of it at random: pages that lost one node together do not come back together.
    this.#retryAt = this.#options.now() + pause * (0.5 + this.#options.random() / 2);
  }
}

function parse(text) {
  try {
    const message = JSON.parse(text);
    return message && typeof message.type === 'string' ? message : null;
  } catch {
    return null;
  }
}
