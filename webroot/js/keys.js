/** The keyboard: single keys anywhere but in a field, arrows inside the topology and the tabs. */

import {byPlace} from './overlay.js';

/** Listens to the whole page. */
export function keyboard(on) {
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const field = event.target.closest?.('input, textarea, select');
    if (event.key === 'Escape') {
      field?.blur();
      return on.escape();
    }
    if (field) return undefined;
    const action = single(event.key, on);
    if (!action) return undefined;
    event.preventDefault();
    return action();
  });
}

function single(key, on) {
  switch (key) {
    case '/':
      return () => document.getElementById('search').focus();
    case '?':
      return on.help;
    case 'p':
      return on.pause;
    case 't':
      return () => document.querySelector('.topology .node[tabindex="0"]')?.focus();
    default:
      return null;
  }
}

/** Around the ring; Home and End are its first and last node. */
export function topologyKey(event, state, on) {
  const current = event.target.closest('[data-node]')?.dataset.node;
  if (!current) return;
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    return on.openNode(current);
  }
  const ids = Object.values(state.nodes).sort(byPlace).map(node => node.id);
  const next = step(event.key, ids.indexOf(current), ids.length);
  if (next === null) return;
  event.preventDefault();
  on.rove(ids[next]);
  event.currentTarget.querySelector(`[data-node="${CSS.escape(ids[next])}"]`).focus();
}

/** To the next table and its tab at once, as tabs do. */
export function tabKey(event, on) {
  const tabs = [...event.currentTarget.querySelectorAll('[role=tab]')];
  const next = step(event.key, tabs.indexOf(event.target), tabs.length);
  if (next === null) return;
  event.preventDefault();
  on.tab(tabs[next].dataset.tab);
  tabs[next].focus();
}

function step(key, at, size) {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return (at + 1) % size;
    case 'ArrowLeft':
    case 'ArrowUp':
      return (at - 1 + size) % size;
    case 'Home':
      return 0;
    case 'End':
      return size - 1;
    default:
      return null;
  }
}
