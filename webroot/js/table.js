/**
 * A table that sorts by its headings and keeps its order while somebody points at it or is in it:
 * a row that moves away under the pointer is the wrong row clicked.
 */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {repeat} from '../vendor/lit-html/directives/repeat.js';

/**
 * @typedef {{key: string, label: string, value: (row: object) => (string|number),
 *   cell?: (row: object) => *, number?: boolean, title?: string}} Column
 */

/**
 * Rows that match, in order.
 *
 * @param {object[]} rows with an `id`
 * @param {Column[]} columns
 * @param {{key: string, down: boolean}} sort
 * @param {string} query words that all have to be in the row
 * @param {string[]} [held] an order to keep; rows that are new follow it
 */
export function arrange(rows, columns, sort, query, held) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = row => columns.map(c => c.value(row)).join(' ').toLowerCase();
  const matching = rows.filter(row => words.every(word => text(row).includes(word)));
  const column = columns.find(c => c.key === sort.key) ?? columns[0];
  const direction = sort.down ? -1 : 1;
  const sorted = matching.sort((a, b) => direction * compare(column.value(a), column.value(b))
      || compare(a.id, b.id));
  if (!held) return sorted;
  const place = new Map(held.map((id, i) => [id, i]));
  const placeOf = row => place.get(row.id) ?? held.length;
  return sorted.sort((a, b) => placeOf(a) - placeOf(b));
}

function compare(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', {numeric: true});
}

const orders = new Map();

/**
 * @param {{id: string, caption: string, columns: Column[], rows: object[], sort: object,
 *   query: string, selected: ?string, empty: *, onSort: (key: string) => void,
 *   onOpen: (id: string) => void}} table
 */
export function dataTable(table) {
  const body = document.getElementById(`${table.id}-rows`);
  const held = body?.matches(':hover, :focus-within') ? orders.get(table.id) : undefined;
  const rows = arrange(table.rows, table.columns, table.sort, table.query, held);
  orders.set(table.id, rows.map(row => row.id));
  return html`<div class="scroll" role="region" tabindex="0" aria-label=${table.caption}>
    <table>
      <caption class="unseen">${table.caption}</caption>
      <thead><tr>${table.columns.map(column => heading(column, table))}</tr></thead>
      <tbody id="${table.id}-rows">
        ${repeat(rows, row => row.id, row => html`<tr data-row=${row.id}
            class=${row.id === table.selected ? 'selected' : ''} @click=${() => table.onOpen(row.id)}>
          ${table.columns.map(column => cell(column, row))}</tr>`)}
      </tbody>
    </table>
    ${rows.length ? nothing : html`<p class="teach">${table.query && table.rows.length
        ? html`Nothing here has “${table.query}” in it.`
        : table.empty}</p>`}
  </div>`;
}

function heading(column, {sort, onSort}) {
  const sorted = sort.key === column.key;
  const order = sort.down ? 'descending' : 'ascending';
  return html`<th scope="col" class=${column.number ? 'number' : ''} aria-sort=${sorted ? order : 'none'}>
    <button type="button" class="plain" title=${column.title ?? nothing} @click=${() => onSort(column.key)}>
      ${column.label}<span class="order" aria-hidden="true">${sorted ? (sort.down ? '▾' : '▴') : ''}</span>
    </button></th>`;
}

function cell(column, row) {
  const content = column.cell ? column.cell(row) : column.value(row);
  return html`<td class=${column.number ? 'number' : ''}>${content}</td>`;
}
