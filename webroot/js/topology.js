/**
 * The picture of the cluster: nodes on a ring that stays as it is while nobody comes or goes, what
 * runs on them, and the overlay along which they gossip. Its accessible twin are the tables.
 */

import {html, svg, nothing} from '../vendor/lit-html/lit-html.js';
import {repeat} from '../vendor/lit-html/directives/repeat.js';
import {crown, kindIcon, kindOf, kindShape, statusShape} from './marks.js';
import {byPlace, edgePath, edges, pack, ring, sideOf} from './overlay.js';
import {agentTotal, hosts, things} from './running.js';
import {count, groupBy, isMember, percent, roundTrip, simpleName, statusOf} from './words.js';

/** How large a node is drawn, by how many there are. */
function sizeFor(n, {width, height}) {
  const narrow = width < 480;
  const scale = Math.max(1, Math.min(width / 900, height / 440, 1.8));
  if (n > 24) return {scale, r: 13, dots: false, words: false};
  if (n > 12) return {scale, r: 19, dots: true, words: false};
  if (n > 6) return {scale, r: narrow ? 20 : 27, dots: true, words: !narrow};
  return {scale, r: narrow || n > 4 ? 33 : 44, dots: true, words: true};
}

/** The largest ellipse whose nodes, with their names below and crowns above, are in the picture. */
function fit(n, {r, words, scale}, width, height) {
  const above = (r + 18) * scale;
  const below = (r + (words ? 50 : 28)) * scale;
  const rx = Math.max(40, Math.min(width / 2 - (r + (width < 480 ? 34 : 72)) * scale, height));
  if (n < 3) return {cx: width / 2, cy: (height - below + above) / 2, rx: Math.min(rx, 260 * scale), ry: 60};
  const guess = (height - above - below) / 2;
  const lowest = Math.max(...ring(n, {cx: 0, cy: 0, rx, ry: guess}).map(spot => spot.y / guess));
  const ry = Math.max(40, Math.min((height - above - below) / (1 + lowest), (height - above - 6) / 2));
  return {cx: width / 2, cy: above + ry, rx, ry};
}

/** Everything that is drawn, with its place. */
export function layout(state, {width, height}) {
  const nodes = Object.values(state.nodes).sort(byPlace);
  const size = sizeFor(nodes.length, {width, height});
  const ellipse = fit(nodes.length, size, width, height);
  const spots = ring(nodes.length, ellipse);
  const places = new Map(nodes.map((node, i) => [node.id, {...spots[i], i}]));
  const members = nodes.filter(isMember).map(node => node.id);
  const list = edges(state.cluster.topology, members).map(([a, b]) => {
    const [from, to] = [places.get(a), places.get(b)];
    const path = edgePath(from, to, ellipse, sideOf(from.i, to.i, nodes.length));
    return {a, b, id: `${a} ${b}`, path, from, to};
  });
  return {nodes, size, ellipse, places, edges: list};
}

export function topologyPanel(state, ui, on) {
  const all = things(state);
  const hosted = hosts(state);
  const drawn = layout(state, ui.canvas);
  for (const kind of [...new Set(all.map(thing => thing.kind))].sort()) kindOf(kind);
  const {width, height} = ui.canvas;
  return html`<section class="panel topology" aria-labelledby="topology-title">
    <header><h2 id="topology-title">Topology</h2>
      <p class="quiet">${overlayWords(state, drawn)}</p></header>
    <div class="canvas" id="canvas">
      <svg viewBox="0 0 ${width} ${height}" role="group" @keydown=${on.topologyKey}
          aria-label="Topology: arrow keys walk around the ring, Enter opens a node">
        <g class="edges" aria-hidden="true">${repeat(drawn.edges, e => e.id, e => edge(e, state))}</g>
        <g class="pulses" id="pulses" aria-hidden="true"></g>
        <g>${repeat(drawn.nodes, n => n.id, n => nodeMark(n, drawn, hosted(n.id), state, ui, on))}</g>
        <g class="rtts" aria-hidden="true">${repeat(drawn.edges, e => e.id, e => rtt(e, state, drawn))}</g>
      </svg>
      ${drawn.nodes.length === 1 ? alone() : nothing}
    </div>
    <footer>${legend(all, agentTotal(state))}</footer>
  </section>`;
}

function overlayWords({cluster}, {nodes, size}) {
  if (!nodes.length) return '';
  const dense = size.dots ? '' : ', dense: names only';
  return `${cluster.topology ?? 'ring'} overlay, view ${cluster.view ?? 'n/a'}${dense}`;
}

function edge({a, b, id, path}, {nodes}) {
  const uneasy = [a, b].some(end => nodes[end].status !== 'active');
  return svg`<path class="edge ${uneasy ? 'uneasy' : ''}" data-edge=${id} d=${path}/>`;
}

/** Only the answering node's own round trips are known here. */
function rtt({a, b, from, to, id}, {nodes, cluster}, {ellipse, nodes: all}) {
  const other = a === cluster.node ? b : b === cluster.node ? a : null;
  if (other === null || all.length > 8 || !(nodes[other].rttMicros > 0)) return nothing;
  const side = sideOf(from.i, to.i, all.length);
  let x = (from.x + to.x) / 2;
  let y = (from.y + to.y) / 2;
  if (side === 'clockwise' || side === 'counter') {
    const angle = Math.atan2((y - ellipse.cy) / ellipse.ry, (x - ellipse.cx) / ellipse.rx);
    x = ellipse.cx + ellipse.rx * Math.cos(angle);
    y = ellipse.cy + ellipse.ry * Math.sin(angle);
  }
  return svg`<text class="rtt" x=${x} y=${y + 4} data-rtt=${id}>${roundTrip(nodes[other].rttMicros)}</text>`;
}

function nodeMark(node, drawn, hosted, state, ui, on) {
  const {r, dots, words, scale} = drawn.size;
  const {x, y} = drawn.places.get(node.id);
  const status = statusOf(node);
  const coordinator = state.cluster.coordinator === node.id;
  const walk = drawn.nodes.some(n => n.id === ui.roving) ? ui.roving : drawn.nodes[0].id;
  return svg`<g class="node state-${status.name} ${ui.selected === node.id ? 'selected' : ''}"
      role="button" data-node=${node.id} tabindex=${walk === node.id ? 0 : -1}
      aria-label=${spoken(node, status, coordinator, hosted)}
      .style=${`transform: translate(${x}px, ${y}px) scale(${scale})`}
      @click=${() => on.openNode(node.id)} @focus=${() => on.rove(node.id)}>
    <circle class="focus" r=${r + 11}/>
    <circle class="disc" r=${r}/>
    <circle class="track" r=${r + 4}/>
    ${node.load > 0 && isMember(node) ? svg`<circle class="gauge ${level(node.load)}" r=${r + 4} pathLength="100"
      transform="rotate(-90)" stroke-dasharray=${`${node.load * 100} 100`}/>` : nothing}
    ${dots ? inside(node, hosted, r, ui) : nothing}
    ${coordinator ? svg`<g class="crown" transform="translate(${r * 0.72 - 1} ${-r * 0.72 - 15})"><svg width="16" height="16" viewBox="0 0 16 16">${crown}</svg></g>` : nothing}
    <text class="name" y=${r + 21}>${node.name}${state.cluster.node === node.id ? svg`<tspan class="here"> answers</tspan>` : nothing}</text>
    ${words ? label(node, status, r) : nothing}
  </g>`;
}

function inside(node, {list, unnamed}, r, ui) {
  if (!isMember(node) && !list.length) {
    return svg`<svg class="mark big state-${node.status}" x=${-r / 2.6} y=${-r / 2.6}
      width=${r / 1.3} height=${r / 1.3} viewBox="0 0 16 16">${statusShape(node)}</svg>`;
  }
  const few = list.length <= (r > 40 ? 7 : 3) && r > 30;
  const all = pack(list.length, r - 8, few ? 23 : 12.5);
  // The number of those that have no place stands at the bottom, where nothing else may.
  const spots = list.length > all.length || unnamed > 0
      ? all.filter(spot => spot.y < r - 23 || Math.abs(spot.x) > 19)
      : all;
  const hidden = list.length - spots.length + unnamed;
  return svg`${list.slice(0, spots.length).map((thing, i) => svg`
      <g class="dot ${thing.what} ${thing.state} kind-${kindOf(thing.kind) % 6} ${ui.selected === thing.id ? 'selected' : ''}"
        data-thing=${thing.id} transform="translate(${spots[i].x} ${spots[i].y}) scale(${few ? 1.5 : 0.85})"><title>${
          titleOf(thing)}</title>${kindShape(kindOf(thing.kind))}</g>`)}
    ${hidden > 0 ? svg`<text class="more" y=${r - 8}>+${hidden}</text>` : nothing}`;
}

function titleOf({id, what, kind, state}) {
  return `${what} ${id} (${simpleName(kind)})${state === 'active' ? '' : `, ${state}`}`;
}

function label(node, status, r) {
  const more = node.cordoned ? 'cordoned' : percent(node.load);
  const text = node.status === 'active' ? `${status.word}, ${more}` : status.word;
  const half = text.length * 3.05 + 8;
  return svg`<svg class="mark state-${status.name}" x=${-half - 1} y=${r + 28} width="12" height="12" viewBox="0 0 16 16">${statusShape(node)}</svg>
    <text class="word" x="8" y=${r + 38}>${text}</text>`;
}

export function level(load) {
  if (load >= 0.9) return 'high';
  return load >= 0.7 ? 'raised' : 'calm';
}

function spoken(node, status, coordinator, {agents, verticles}) {
  return [
    node.name, status.word, node.cordoned ? 'cordoned' : '', coordinator ? 'coordinator' : '',
    isMember(node) ? `load ${percent(node.load)}` : '',
    agents ? count(agents, 'agent') : '', count(verticles, 'verticle'),
  ].filter(Boolean).join(', ');
}

function legend(all, agents) {
  const unnamed = agents - all.filter(thing => thing.what === 'agent').length;
  const kinds = groupBy(all, thing => `${thing.what} ${thing.kind}`);
  if (kinds.size === 0) {
    return html`<p class="teach">Nothing is deployed yet. Try
      <code>bin/mabeam verticles deploy dev.mabeam.sample.CounterVerticle --config '{"address":"counter"}'</code></p>`;
  }
  return html`<ul class="legend" aria-label="What runs">${[...kinds].sort().map(([name, [{kind}, ...others]]) => html`
    <li title=${name}>${kindIcon(kindOf(kind))}<span>${simpleName(kind)}</span> <b>${1 + others.length}</b></li>`)}${
    unnamed > 0 ? html`<li>and <b>${unnamed}</b> more agents</li>` : nothing}</ul>`;
}

function alone() {
  return html`<p class="teach alone">One node so far. Another joins with
    <code>bin/mabeam node --name n2 --seed HOST:LINKPORT</code></p>`;
}
