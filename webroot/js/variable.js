/** One variable in full: what it promises, and what each replica has of it just now. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {resolution, versionText} from './columns.js';
import {closer, outside, row} from './dialogs.js';
import {count, nameOf} from './words.js';

/** How long an answer is shown before the replicas are asked again. */
export const AGAIN_MS = 2000;

/** Asks who has what of the variable that is open, and asks again for as long as it is. */
export class Explainer {
  #ask;
  #tell;
  #name = null;
  #due = 0;
  #underWay = false;

  /**
   * @param {{ask: (name: string) => Promise<object>, tell: (answer: {name: string,
   *   explained?: object, failure?: string}) => void}} with
   */
  constructor({ask, tell}) {
    this.#ask = ask;
    this.#tell = tell;
  }

  open(name, now) {
    this.#name = name;
    this.#due = now;
    return this.tick(now);
  }

  close() {
    this.#name = null;
  }

  async tick(now) {
    if (this.#name === null || this.#underWay || now < this.#due) return;
    const name = this.#name;
    this.#underWay = true;
    this.#due = now + AGAIN_MS;
    const answer = await this.#ask(name)
        .then(explained => ({explained}), failure => ({failure: failure.message}));
    this.#underWay = false;
    if (this.#name === name) this.#tell({name, ...answer});
  }
}

/** What the node answers, or an Error with what it says is wrong. */
export async function explanation(name) {
  const response = await fetch(`/api/v1/variables/${encodeURIComponent(name)}/explain`);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error?.message ?? `the node answered ${response.status}`);
  return body;
}

export function variableDialog({state}, {variable}, on) {
  const shown = state.variables[variable?.name];
  return html`<dialog id="variable-dialog" class="wide" aria-labelledby="variable-dialog-title"
      @close=${on.variableClosed} @click=${outside}>
    <header><h2 id="variable-dialog-title">${shown ? shown.name : 'This variable is gone'}</h2>${closer()}</header>
    ${shown ? html`<dl class="details">
      ${row('Level', shown.consistency)}
      ${row('Strategy', shown.sync)}
      ${row('Resolution', resolution(shown))}
      ${row('Master', `${nameOf(shown.master)}, epoch ${shown.epoch ?? 0}`)}
      ${shown.value === undefined ? nothing : row('Value', html`<code>${shown.value}</code>`)}
    </dl>
    <h3>Replicas</h3>
    ${standings(variable)}` : nothing}
  </dialog>`;
}

function standings({explained, failure}) {
  if (failure) return html`<p class="teach">${failure}</p>`;
  if (!explained) return html`<p class="teach">Asking them…</p>`;
  const behind = (explained.behind ?? []).map(nameOf);
  return html`<div class="scroll"><table>
      <thead><tr><th scope="col">Node</th><th scope="col">Role</th><th scope="col">Is behind</th>
        <th scope="col" class="number">Siblings</th><th scope="col">Value</th><th scope="col">Has seen</th></tr></thead>
      <tbody id="standings">${(explained.standings ?? []).map(standing)}</tbody>
    </table></div>
    <p class="quiet">${behind.length ? `Behind: ${behind.join(', ')}` : 'Nobody is behind'}</p>`;
}

function standing(one) {
  const siblings = one.siblings ?? [];
  return html`<tr data-row=${one.node}><td><b>${nameOf(one.node)}</b></td><td>${one.role}</td>
    <td class=${one.behind ? 'level-warning' : ''}>${one.behind ? 'yes' : 'no'}${one.hidden ? ', waits for causes' : ''}</td>
    <td class="number" title=${count(siblings.length, 'concurrent value')}>${siblings.length}</td>
    <td>${[one.value, ...siblings].map(value => html`<code class="config">${text(value)}</code> `)}</td>
    <td><code class="config" title=${versionText(one.version)}>${versionText(one.version)}</code></td></tr>`;
}

function text(value) {
  return value === undefined ? '' : JSON.stringify(value);
}
