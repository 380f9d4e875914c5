/** The two dialogs: all that is known of one node, and the keys. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {isHttp} from './banner.js';
import {partOf} from './decisions.js';
import {glyph, kindIcon, kindOf, statusBadge} from './marks.js';
import {age, meter} from './nodes.js';
import {hosts} from './running.js';
import {clock, count, instant, isMember, memory, phi, roundTrip, simpleName} from './words.js';

export function nodeDialog({state}, now, ui, on) {
  const node = state.nodes[ui.opened];
  const {list, unnamed} = hosts(state)(ui.opened);
  const part = node ? partOf(node, state) : '';
  return html`<dialog id="node-dialog" aria-labelledby="node-dialog-title" @close=${on.closed} @click=${outside}>
    ${node ? html`
    <header><h2 id="node-dialog-title">${node.name}</h2>${statusBadge(node)}${closer()}</header>
    ${meter(node.load, isMember(node))}
    <dl class="details">
      ${row('Id', node.id)}
      ${row('Heartbeat', html`<span title=${instant(node.lastHeartbeat)}>${age(node, now, state.cluster)}${
        node.id === state.cluster.node ? ': it answers this page' : ' ago'}</span>`)}
      ${row('Phi', phi(node.phi))}
      ${node.id === state.cluster.node ? nothing : row('Round trip', roundTrip(node.rttMicros))}
      ${part ? row('Decisions', part) : nothing}
      ${row('Zone', node.zone)}
      ${row('Capacity', `${memory(node.capacity?.memoryMb)}, cpu weight ${node.capacity?.cpuWeight ?? 'n/a'}`)}
      ${row('Capabilities', (node.capabilities ?? []).join(', ') || 'none')}
      ${row('Version', node.version)}
      ${node.cordoned ? row('Cordoned', html`it gets no agents; <code>bin/mabeam undrain ${node.name}</code>`) : nothing}
      ${isHttp(node.http) ? row('Dashboard', html`<a href=${node.http}>${node.http}</a>`) : nothing}
    </dl>
    <h3>Runs here</h3>
    ${list.length + unnamed ? html`<ul class="runs">${list.map(thing => html`<li title=${thing.kind}>
        ${kindIcon(kindOf(thing.kind))}<b>${thing.id}</b> <span>${runsText(thing, state)}</span></li>`)}${
          unnamed ? html`<li>and ${count(unnamed, 'more agent')}</li>` : nothing}</ul>`
      : html`<p class="teach">Nothing yet. Try <code>bin/mabeam verticles deploy CLASS --node ${node.name}</code></p>`}`
    : html`<header><h2 id="node-dialog-title">This node is gone</h2>${closer()}</header>`}
  </dialog>`;
}

function runsText({id, what, kind, state: status}, {agents, verticles}) {
  return what === 'agent'
      ? `${simpleName(kind)} agent, epoch ${agents[id].epoch}${status === 'active' ? '' : `, ${status}`}`
      : `${simpleName(kind)}, since ${clock(verticles[id].since)}`;
}

const KEYS = [
  ['/', 'Search the table'],
  ['p', 'Pause the page, and go on'],
  ['t', 'To the topology'],
  ['← ↑ → ↓', 'Walk around the topology, or along the tabs'],
  ['Enter', 'Open the node'],
  ['Esc', 'Close, clear the search, drop the selection'],
  ['?', 'This list'],
];

export function helpDialog(on) {
  return html`<dialog id="help-dialog" aria-labelledby="help-title" @close=${on.closed} @click=${outside}>
    <header><h2 id="help-title">Keys</h2>${closer()}</header>
    <dl class="keys">${KEYS.map(([keys, what]) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <p class="quiet">The dots that travel are gossip: one for each heartbeat, along the overlay. A node
      that falls silent sends none.</p>
  </dialog>`;
}

export function row(name, value) {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

export function closer() {
  return html`<form method="dialog"><button class="icon" aria-label="Close">${glyph('close')}</button></form>`;
}

/** A click on the backdrop is one on the dialog itself. */
export function outside(event) {
  if (event.target === event.currentTarget) event.currentTarget.close();
}

/** Opens it and gives the focus back to where it was, wherever the dialog was left. */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog.open) return;
  const before = document.activeElement;
  dialog.showModal();
  // The event comes a moment after closing: by then a key may have moved the focus on.
  const giveBack = () => {
    if (document.activeElement === document.body) before?.focus?.();
  };
  dialog.addEventListener('close', giveBack, {once: true});
}
