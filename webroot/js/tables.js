/** The tables: the same facts as the pictures, to sort, to search and to read out. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {agentColumns, moveColumns, nodeColumns, variableColumns, verticleColumns} from './columns.js';
import {glyph} from './marks.js';
import {agentTotal, variableTotal} from './running.js';
import {dataTable} from './table.js';

/** The tables, in the order of their tabs. */
const TABLES = [
  {
    id: 'nodes', label: 'Nodes',
    rows: state => Object.values(state.nodes),
    columns: (state, now, on) => nodeColumns(state, now, on),
    empty: html`No node is known yet.`,
  },
  {
    id: 'agents', label: 'Agents', total: agentTotal, all: 'bin/mabeam agents list',
    rows: state => Object.values(state.agents),
    columns: (state, now, on) => agentColumns(state, on),
    empty: html`No agent is deployed yet. Try <code>bin/mabeam agents deploy counter --id c-1</code>`,
  },
  {
    id: 'variables', label: 'Variables', total: variableTotal, all: 'bin/mabeam variables list',
    rows: state => Object.values(state.variables).map(variable => ({id: variable.name, ...variable})),
    columns: (state, now, on) => variableColumns(on),
    empty: html`No variable is distributed yet. Try
      <code>bin/mabeam variables distribute total --value '{}'</code>`,
  },
  {
    id: 'verticles', label: 'Verticles',
    rows: state => Object.values(state.verticles),
    columns: (state, now, on) => verticleColumns(now, on),
    empty: html`Nothing is deployed yet. Try
      <code>bin/mabeam verticles deploy dev.mabeam.sample.CounterVerticle --config '{"address":"counter"}'</code>`,
  },
  {
    id: 'moves', label: 'Moves', all: 'bin/mabeam migrations',
    rows: state => Object.values(state.moves),
    columns: (state, now, on) => moveColumns(on),
    empty: html`No agent has moved lately. Try <code>bin/mabeam agents migrate c-1 --to n2</code>`,
  },
];

export function tablesPanel({state}, now, ui, on) {
  const shown = TABLES.find(table => table.id === ui.tab);
  return html`<section class="panel tables" aria-label="Tables">
    <header>
      <div role="tablist" aria-label="Tables" @keydown=${on.tabKey}>${TABLES.map(table => tabButton(table, state, ui, on))}</div>
      <label class="search">${glyph('search')}<span class="unseen">Search the table</span>
        <input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false"
          aria-keyshortcuts="/" .value=${ui.query} @input=${e => on.search(e.target.value)}><kbd aria-hidden="true">/</kbd></label>
    </header>
    <div role="tabpanel" id="tabpanel" aria-labelledby="tab-${ui.tab}">${panel(shown, state, now, ui, on)}</div>
  </section>`;
}

function tabButton(table, state, ui, on) {
  const {id, label} = table;
  const chosen = ui.tab === id;
  return html`<button type="button" role="tab" id="tab-${id}" aria-controls="tabpanel" data-tab=${id}
    aria-selected=${chosen} tabindex=${chosen ? 0 : -1} @click=${() => on.tab(id)}>${label} <span class="size">${
      sizeOf(table, state)}</span></button>`;
}

function sizeOf(table, state) {
  return table.total ? table.total(state) : table.rows(state).length;
}

function panel(table, state, now, ui, on) {
  const {id, label, empty} = table;
  const rows = table.rows(state);
  const total = sizeOf(table, state);
  return html`${dataTable({
    id, caption: label, columns: table.columns(state, now, on), rows, empty,
    sort: ui.sort[id], query: ui.query, selected: ui.selected,
    onSort: key => on.sort(id, key), onOpen: on.select,
  })}${total > rows.length
      ? html`<p class="teach" id="more-rows">The first ${rows.length} of ${total} by name; all of them: <code>${table.all}</code></p>`
      : nothing}`;
}
