/**
 * A dot that travels from a node to its neighbours when that node was heard: the overlay is seen to
 * live, and a node that fell silent sends none. Nothing moves for who asked for less motion.
 */

import {byPlace, edges, neighbours} from './overlay.js';
import {isMember} from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
/** A beat of a node in a mesh goes to this many at most, in turns: more would be noise. */
const FANOUT = 3;
const TRAVEL_MS = 1100;
const STEPS = 14;

const still = matchMedia('(prefers-reduced-motion: reduce)');
let turn = 0;

/**
 * @param {import('./state.js').State} state
 * @param {string[]} beats the nodes that were heard
 */
export function pulse(state, beats) {
  const layer = document.getElementById('pulses');
  if (layer === null || still.matches || document.hidden || beats.length === 0) return;
  const members = Object.values(state.nodes).filter(isMember).sort(byPlace).map(node => node.id);
  const overlay = edges(state.cluster.topology, members);
  const near = neighbours(overlay);
  turn++;
  for (const from of beats) {
    const all = near.get(from) ?? [];
    for (let i = 0; i < Math.min(FANOUT, all.length); i++) {
      travel(layer, from, all[(turn * FANOUT + i) % all.length]);
    }
  }
}

function travel(layer, from, to) {
  const forward = layer.ownerSVGElement.querySelector(`[data-edge="${CSS.escape(`${from} ${to}`)}"]`);
  const path = forward
      ?? layer.ownerSVGElement.querySelector(`[data-edge="${CSS.escape(`${to} ${from}`)}"]`);
  if (path === null) return;
  const length = path.getTotalLength();
  const frames = Array.from({length: STEPS + 1}, (_, i) => {
    const share = forward ? i / STEPS : 1 - i / STEPS;
    const {x, y} = path.getPointAtLength(length * share);
    return {transform: `translate(${x}px, ${y}px)`, opacity: i === 0 || i === STEPS ? 0 : 1};
  });
  const dot = document.createElementNS(SVG, 'circle');
  dot.setAttribute('r', '2.6');
  layer.append(dot);
  const run = dot.animate(frames, {duration: TRAVEL_MS, easing: 'cubic-bezier(.45,.05,.55,.95)'});
  run.onfinish = run.oncancel = () => dot.remove();
}
