/** The bar on top: how the cluster is, who says so, and whether that is still true. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {decisionsLine} from './decisions.js';
import {glyph} from './marks.js';
import {agentTotal, variableTotal} from './running.js';
import {THEMES} from './theme.js';
import {clusterState, count, isMember, nameOf, span} from './words.js';

export function topbar({state, hello, ready}, link, ui, on) {
  return html`<header class="topbar">
    <div class="brand"><img src="icon.svg" alt="" width="26" height="26"><h1>mabeam</h1></div>
    ${ready ? summary(state) : html`<p class="summary">Waiting for a node</p>`}
    ${ready ? decisionsLine(state) : nothing}
    <div class="who">
      ${hello ? html`<p class="answers">answered by <b>${nameOf(hello.node)}</b>${hello.role
          ? html`<span class="chip role-${hello.role}" title=${hello.role === 'operator'
              ? 'Requests from here may change the cluster' : 'Requests from here may only look'}>${hello.role}</span>`
          : nothing}</p>` : nothing}
      ${liveness(link)}
    </div>
    <div class="tools">
      <button type="button" class="icon ${link.phase === 'paused' ? 'on' : ''}" data-action="pause" aria-keyshortcuts="p"
        aria-pressed=${link.phase === 'paused'} title="Pause the page (p)" aria-label="Pause the page"
        @click=${on.pause}>${glyph(link.phase === 'paused' ? 'play' : 'pause')}</button>
      <div class="segments" role="group" aria-label="Theme">${THEMES.map(theme => html`
        <button type="button" class="icon" aria-pressed=${ui.theme === theme} data-theme-choice=${theme}
          title="Theme: ${theme}" aria-label="Theme: ${theme}" @click=${() => on.theme(theme)}>${glyph(theme)}</button>`)}
      </div>
      <button type="button" class="icon" data-action="help" aria-keyshortcuts="?" title="Keys (?)" aria-label="Keys"
        @click=${on.help}>${glyph('help')}</button>
    </div>
  </header>`;
}

function summary(state) {
  const {level, word, why} = clusterState(state);
  const nodes = Object.values(state.nodes);
  const members = nodes.filter(isMember).length;
  const size = members === nodes.length ? count(members, 'node') : `${members} of ${count(nodes.length, 'node')}`;
  return html`<p class="summary level-${level}" id="summary">
    <span class="beacon" aria-hidden="true"></span>
    <b>${word}</b> ${why ? html`<span class="why">${why}</span>` : nothing}
    <span class="part">${size}</span>
    ${some(agentTotal(state), 'agent')}
    ${some(Object.keys(state.verticles).length, 'verticle', 'part less')}
    ${some(variableTotal(state), 'variable', 'part less')}
  </p>`;
}

/** `less` goes first where the bar is short of room; the tables' tabs have the same numbers. */
function some(n, one, classes = 'part') {
  return n > 0 ? html`<span class=${classes}>${count(n, one)}</span>` : nothing;
}

function liveness(link) {
  const words = {
    connecting: () => 'connecting…',
    live: () => 'live',
    stale: () => `stale ${span(link.silentMs).replace(/\.\d/, '')}`,
    reconnecting: () => 'reconnecting…',
    paused: () => `paused${link.held ? `, +${link.held}` : ''}`,
  };
  return html`<p class="live phase-${link.phase}" id="liveness" data-phase=${link.phase}
    title=${link.silentMs === null ? '' : `last message ${span(link.silentMs)} ago`}><i aria-hidden="true"></i>${words[link.phase]()}</p>`;
}
