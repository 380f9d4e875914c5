/** A card for each node: its state, its load now and lately, and how long ago it was heard. */

import {html, svg, nothing} from '../vendor/lit-html/lit-html.js';
import {repeat} from '../vendor/lit-html/directives/repeat.js';
import {crown, statusBadge} from './marks.js';
import {partOf} from './decisions.js';
import {hosts} from './running.js';
import {SAMPLES_KEPT} from './store.js';
import {level} from './topology.js';
import {byName, count, instant, isMember, percent, phi, roundTrip, span, statusOf} from './words.js';

/**
 * @param {import('./store.js').Model} model
 * @param {number} now the cluster's wall clock, so that ages count by themselves
 */
export function nodeCards({state, history}, now, ui, on) {
  const nodes = Object.values(state.nodes).sort(byName);
  const hosted = hosts(state);
  return html`<section class="cards" aria-label="Nodes">
    ${repeat(nodes, n => n.id, n => card(n, state, hosted(n.id), history[n.id] ?? [], now, ui, on))}
  </section>`;
}

function card(node, state, hosted, samples, now, ui, on) {
  const {cluster} = state;
  const part = partOf(node, state);
  const member = isMember(node);
  return html`<article class="panel card state-${statusOf(node).name} ${ui.selected === node.id ? 'selected' : ''}"
      data-node=${node.id} aria-label=${node.name}>
    <header>
      <h3><button type="button" class="plain" @click=${() => on.openNode(node.id)}>${node.name}</button></h3>
      ${cluster.coordinator === node.id
          ? html`<span class="role" title="First of the view: it publishes what happens to nodes"><svg class="mark" viewBox="0 0 16 16" aria-hidden="true">${crown}</svg>coordinator</span>`
          : nothing}
      ${statusBadge(node)}
    </header>
    <div class="load">
      ${meter(node.load, member)}
      ${spark(samples, member)}
    </div>
    <dl class="facts">
      ${fact('heartbeat', age(node, now, cluster), instant(node.lastHeartbeat))}
      ${fact('phi', phi(node.phi), 'How unlikely the silence is: above 8 a node is suspect')}
      ${fact('round trip', node.id === cluster.node ? 'itself' : roundTrip(node.rttMicros), 'From the node that answers')}
    </dl>
    <footer>
      <span title="Which life of this name it is">#${node.incarnation}</span>
      ${hosted.agents ? html`<span>${count(hosted.agents, 'agent')}</span>` : nothing}
      ${hosted.verticles ? html`<span>${count(hosted.verticles, 'verticle')}</span>` : nothing}
      ${hosted.agents + hosted.verticles ? nothing : html`<span>runs nothing</span>`}
      ${part ? html`<span class="part-${part}" title="In decisions">${part}</span>` : nothing}
      ${node.cordoned ? html`<b title="It gets no agents, until it is undrained">cordoned</b>` : nothing}
      <span>zone ${node.zone}</span>
      ${(node.capabilities ?? []).map(name => html`<span class="chip">${name}</span>`)}
    </footer>
  </article>`;
}

function fact(name, value, title) {
  return html`<div title=${title}><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** How long ago the node was heard; of the one that answers, as its own word. */
export function age(node, now, cluster) {
  if (!(node.lastHeartbeat > 0)) return 'never';
  return node.id === cluster.node ? 'itself' : span(now - node.lastHeartbeat);
}

export function meter(load, member) {
  const known = member && Number.isFinite(load);
  const share = known ? Math.min(1, Math.max(0, load)) : 0;
  return html`<div class="meter" role="meter" aria-label="load" aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${Math.round(share * 100)} aria-valuetext=${known ? percent(load) : 'not available'}>
    <span class="value">${known ? percent(load) : 'n/a'}</span>
    <span class="bar"><i class=${level(share)} .style=${`width: ${share * 100}%`}></i></span>
  </div>`;
}

const WIDTH = 120;
const HEIGHT = 30;

/** The load of the last minute and a half, newest at the right edge. */
function spark(samples, member) {
  const step = WIDTH / (SAMPLES_KEPT - 1);
  const left = WIDTH - (samples.length - 1) * step;
  const points = samples.map((load, i) =>
      `${(left + i * step).toFixed(1)},${(HEIGHT - 2 - Math.min(1, load) * (HEIGHT - 4)).toFixed(1)}`);
  return html`<svg class="spark ${member ? '' : 'ended'}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none"
      aria-hidden="true">
    <path class="ground" d="M0 ${HEIGHT - 1.5}H${WIDTH}"/>
    ${points.length > 1
        ? svg`<polygon points=${`${left.toFixed(1)},${HEIGHT - 1} ${points.join(' ')} ${WIDTH},${HEIGHT - 1}`}/>
          <polyline points=${points.join(' ')}/>`
        : nothing}
  </svg>`;
}
