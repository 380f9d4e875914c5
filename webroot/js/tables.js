/** The tables: the same facts as the pictures, to sort, to search and to read out. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {crown, glyph, kindIcon, kindOf, statusBadge} from './marks.js';
import {age} from './nodes.js';
import {dataTable} from './table.js';
import {
  clock, groupBy, instant, isMember, memory, nameOf, percent, phi, roundTrip, simpleName, span, statusOf,
} from './words.js';

/** @returns {import('./table.js').Column[]} */
function nodeColumns({cluster, verticles}, now, on) {
  const runs = groupBy(Object.values(verticles), v => v.node);
  const opener = node => html`<button type="button" class="plain open" @click=${stopped(() => on.openNode(node.id))}>${node.name}</button>${
    cluster.coordinator === node.id ? html` <svg class="mark crown-mark" viewBox="0 0 16 16" role="img" aria-label="coordinator">${crown}</svg>` : nothing}`;
  return [
    {key: 'name', label: 'Node', value: n => n.name, cell: opener},
    {key: 'state', label: 'State', value: n => statusOf(n).word, cell: statusBadge},
    {key: 'load', label: 'Load', number: true, value: n => isMember(n) ? n.load : -1,
      cell: n => isMember(n) ? percent(n.load) : 'n/a'},
    {key: 'runs', label: 'Verticles', number: true, value: n => runs.get(n.id)?.length ?? 0},
    {key: 'heartbeat', label: 'Heartbeat', number: true, value: n => -n.lastHeartbeat,
      cell: n => html`<span title=${instant(n.lastHeartbeat)}>${age(n, now, cluster)}</span>`},
    {key: 'phi', label: 'Phi', number: true, value: n => n.phi ?? 0, cell: n => phi(n.phi),
      title: 'How unlikely the silence is: above 8 a node is suspect'},
    {key: 'rtt', label: 'Round trip', number: true, value: n => n.rttMicros ?? 0,
      cell: n => n.id === cluster.node ? 'itself' : roundTrip(n.rttMicros)},
    {key: 'zone', label: 'Zone', value: n => n.zone ?? ''},
    {key: 'capabilities', label: 'Capabilities', value: n => (n.capabilities ?? []).join(', ')},
    {key: 'memory', label: 'Memory', number: true, value: n => n.capacity?.memoryMb ?? 0,
      cell: n => memory(n.capacity?.memoryMb)},
    {key: 'cpu', label: 'CPU', number: true, value: n => n.capacity?.cpuWeight ?? 0},
    {key: 'incarnation', label: 'Incarnation', number: true, value: n => n.incarnation},
    {key: 'version', label: 'Version', value: n => n.version ?? ''},
  ];
}

/** @returns {import('./table.js').Column[]} */
function verticleColumns(now, on) {
  return [
    {key: 'id', label: 'Verticle', value: v => v.id,
      cell: v => html`<button type="button" class="plain open" @click=${stopped(() => on.select(v.id))}>${v.id}</button>`},
    {key: 'class', label: 'Class', value: v => v.class ?? '',
      cell: v => html`<span title=${v.class}>${kindIcon(kindOf(v.class))} ${simpleName(v.class)}</span>`},
    {key: 'node', label: 'Node', value: v => nameOf(v.node),
      cell: v => html`<button type="button" class="plain open" @click=${stopped(() => on.openNode(v.node))}>${nameOf(v.node)}</button>`},
    {key: 'since', label: 'Runs for', number: true, value: v => -v.since,
      cell: v => html`<span title="since ${clock(v.since)}, ${instant(v.since)}">${span(Math.floor((now - v.since) / 1000) * 1000).replace('.0', '')}</span>`},
    {key: 'config', label: 'Config', value: v => configText(v),
      cell: v => html`<code class="config" title=${configText(v)}>${configText(v)}</code>`},
  ];
}

function configText({config}) {
  return config && Object.keys(config).length ? JSON.stringify(config) : '';
}

export function tablesPanel(model, now, ui, on) {
  const {nodes, verticles} = model.state;
  const tabs = [
    {id: 'nodes', label: 'Nodes', size: Object.keys(nodes).length},
    {id: 'verticles', label: 'Verticles', size: Object.keys(verticles).length},
  ];
  return html`<section class="panel tables" aria-label="Tables">
    <header>
      <div role="tablist" aria-label="Tables" @keydown=${on.tabKey}>${tabs.map(tab => tabButton(tab, ui, on))}</div>
      <label class="search">${glyph('search')}<span class="unseen">Search the table</span>
        <input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false"
          aria-keyshortcuts="/" .value=${ui.query} @input=${e => on.search(e.target.value)}><kbd aria-hidden="true">/</kbd></label>
    </header>
    <div role="tabpanel" id="tabpanel" aria-labelledby="tab-${ui.tab}">
      ${ui.tab === 'nodes' ? nodesTable(model, now, ui, on) : verticlesTable(model, now, ui, on)}
    </div>
  </section>`;
}

function tabButton({id, label, size}, ui, on) {
  const chosen = ui.tab === id;
  return html`<button type="button" role="tab" id="tab-${id}" aria-controls="tabpanel" data-tab=${id}
    aria-selected=${chosen} tabindex=${chosen ? 0 : -1} @click=${() => on.tab(id)}>${label} <span class="size">${size}</span></button>`;
}

function nodesTable({state}, now, ui, on) {
  return dataTable({
    id: 'nodes', caption: 'Nodes', columns: nodeColumns(state, now, on), rows: Object.values(state.nodes),
    sort: ui.sort.nodes, query: ui.query, selected: ui.selected,
    empty: html`No node is known yet.`,
    onSort: key => on.sort('nodes', key), onOpen: on.select,
  });
}

function verticlesTable({state}, now, ui, on) {
  return dataTable({
    id: 'verticles', caption: 'Verticles', columns: verticleColumns(now, on),
    rows: Object.values(state.verticles), sort: ui.sort.verticles, query: ui.query, selected: ui.selected,
    empty: html`Nothing is deployed yet. Try
      <code>bin/mabeam verticles deploy dev.mabeam.sample.CounterVerticle --config '{"address":"counter"}'</code>`,
    onSort: key => on.sort('verticles', key), onOpen: on.select,
  });
}

function stopped(action) {
  return event => {
    event.stopPropagation();
    action();
  };
}
