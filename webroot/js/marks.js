/** The small drawn signs: one shape for each state, and one for each class of verticle. */

import {html, svg} from '../vendor/lit-html/lit-html.js';
import {statusOf} from './words.js';

/** In a box of 16 by 16; `cut` parts are drawn in the background's colour. */
const STATUS_SHAPES = {
  active: svg`<circle class="fill" cx="8" cy="8" r="6.5"/><path class="cut" d="M5 8.3l2.1 2.1 4-4.4"/>`,
  joining: svg`<circle class="line dash" cx="8" cy="8" r="5.6"/><circle class="fill" cx="8" cy="8" r="2"/>`,
  suspect: svg`<path class="fill" d="M8 1.6 15 14.2H1z"/><path class="cut" d="M8 6.2v3.6M8 12v.1"/>`,
  leaving: svg`<circle class="line" cx="8" cy="8" r="5.8"/><path class="fill" d="M8 2.2a5.8 5.8 0 0 1 0 11.6z"/>`,
  partitioned: svg`<path class="fill" d="M8 .8 15.2 8 8 15.2.8 8z"/><path class="cut" d="M4.8 8h1.7M9.5 8h1.7"/>`,
  failed: svg`<path class="fill" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path class="cut" d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"/>`,
};

export function statusShape(node) {
  return STATUS_SHAPES[statusOf(node).name];
}

export function statusIcon(node) {
  return html`<svg class="mark state-${statusOf(node).name}" viewBox="0 0 16 16" aria-hidden="true">${
    statusShape(node)}</svg>`;
}

export function statusBadge(node) {
  const {name, word} = statusOf(node);
  return html`<span class="badge state-${name}">${statusIcon(node)}<span>${word}</span></span>`;
}

/** A crown in a box of 16 by 16. */
export const crown = svg`<path class="fill" d="M2 12.5 1.2 4.6l4 2.7L8 2.8l2.8 4.5 4-2.7-.8 7.9z"/>`;

export const KINDS = 6;
const KIND_SHAPES = [
  svg`<circle r="4.4"/>`,
  svg`<path d="M0-5.4 5.4 0 0 5.4-5.4 0z"/>`,
  svg`<rect x="-4" y="-4" width="8" height="8" rx="1.4"/>`,
  svg`<path d="M0-5 5 4H-5z"/>`,
  svg`<path d="M-2.6-4.6h5.2L5.2 0 2.6 4.6h-5.2L-5.2 0z"/>`,
  svg`<path d="M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3z"/>`,
];

/** Around the origin, about 10 across. */
export function kindShape(kind) {
  return KIND_SHAPES[kind % KINDS];
}

export function kindIcon(kind) {
  return html`<svg class="kind kind-${kind % KINDS}" viewBox="-6 -6 12 12" aria-hidden="true">${
    kindShape(kind)}</svg>`;
}

const known = new Map();

/** A number for each class, the same as long as the page lives. */
export function kindOf(className) {
  if (!known.has(className)) known.set(className, known.size);
  return known.get(className);
}

/** Icons of the tool bar, drawn with lines in a box of 16 by 16. */
export const glyphs = {
  auto: svg`<circle cx="8" cy="8" r="5.7"/><path class="fill" d="M8 2.3a5.7 5.7 0 0 1 0 11.4z"/>`,
  light: svg`<circle cx="8" cy="8" r="2.9"/><path d="M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1"/>`,
  dark: svg`<path d="M13.4 9.8A5.9 5.9 0 0 1 6.2 2.6a5.9 5.9 0 1 0 7.2 7.2z"/>`,
  pause: svg`<path d="M5.3 3.2v9.6M10.7 3.2v9.6"/>`,
  play: svg`<path class="fill" d="M4.8 2.9 12.8 8l-8 5.1z"/>`,
  help: svg`<path d="M5.6 6a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.1.8-1.1 1.6M8 12.4v.2"/>`,
  search: svg`<circle cx="7" cy="7" r="4.3"/><path d="m10.3 10.3 3.5 3.5"/>`,
  copy: svg`<rect x="5.4" y="5.4" width="8.2" height="8.2" rx="1.6"/><path d="M10.6 2.4H4a1.6 1.6 0 0 0-1.6 1.6v6.6"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
};

export function glyph(name) {
  return html`<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">${glyphs[name]}</svg>`;
}
