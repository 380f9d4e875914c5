/** What each table shows of a row, and what it sorts and searches by. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {partOf} from './decisions.js';
import {crown, kindIcon, kindOf, statusBadge} from './marks.js';
import {age} from './nodes.js';
import {hosts} from './running.js';
import {
  clock, instant, isMember, memory, nameOf, percent, phi, roundTrip, simpleName, span, statusOf,
} from './words.js';

/** @returns {import('./table.js').Column[]} */
export function nodeColumns(state, now, on) {
  const {cluster} = state;
  const hosted = hosts(state);
  const opener = node => html`<button type="button" class="plain open" @click=${stopped(() => on.openNode(node.id))}>${node.name}</button>${
    cluster.coordinator === node.id ? html` <svg class="mark crown-mark" viewBox="0 0 16 16" role="img" aria-label="coordinator">${crown}</svg>` : nothing}`;
  return [
    {key: 'name', label: 'Node', value: n => n.name, cell: opener},
    {key: 'state', label: 'State', value: n => statusOf(n).word + (n.cordoned ? ', cordoned' : ''),
      cell: n => html`${statusBadge(n)}${n.cordoned ? html` <span class="quiet">cordoned</span>` : nothing}`},
    {key: 'load', label: 'Load', number: true, value: n => isMember(n) ? n.load : -1,
      cell: n => isMember(n) ? percent(n.load) : 'n/a'},
    {key: 'agents', label: 'Agents', number: true, value: n => hosted(n.id).agents},
    {key: 'runs', label: 'Verticles', number: true, value: n => hosted(n.id).verticles},
    {key: 'heartbeat', label: 'Heartbeat', number: true, value: n => -n.lastHeartbeat,
      cell: n => html`<span title=${instant(n.lastHeartbeat)}>${age(n, now, cluster)}</span>`},
    {key: 'phi', label: 'Phi', number: true, value: n => n.phi ?? 0, cell: n => phi(n.phi),
      title: 'How unlikely the silence is: above 8 a node is suspect'},
    {key: 'rtt', label: 'Round trip', number: true, value: n => n.rttMicros ?? 0,
      cell: n => n.id === cluster.node ? 'itself' : roundTrip(n.rttMicros)},
    {key: 'decides', label: 'Decisions', value: n => partOf(n, state),
      title: 'Who votes on what the cluster decides, and who leads'},
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
export function agentColumns({nodes}, on) {
  return [
    {key: 'id', label: 'Agent', value: a => a.id, cell: selector(on)},
    {key: 'type', label: 'Type', value: a => a.type ?? '', cell: a => kind(a.type)},
    {key: 'node', label: 'Owner', value: a => nameOf(a.node), cell: a => owner(a.node, on)},
    {key: 'status', label: 'Status', value: a => agentState(a, nodes), cell: a => agentBadge(a, nodes)},
    {key: 'epoch', label: 'Epoch', number: true, value: a => a.epoch ?? 0,
      title: 'Which activation it is: each decision about its owner makes a higher one'},
  ];
}

const AGENT_LEVELS = {active: 'good', starting: 'notice', unavailable: 'bad'};

/** What is decided, and why it is not so just now: until it has another node it answers nobody. */
function agentState({status = '', node}, nodes) {
  const owner = nodes[node];
  return owner && !isMember(owner) ? `${status}, but its node ${owner.status === 'failed' ? '' : 'is '}${statusOf(owner).word}` : status;
}

function agentBadge(agent, nodes) {
  const said = agentState(agent, nodes);
  const known = Object.hasOwn(AGENT_LEVELS, said) ? AGENT_LEVELS[said] : 'plain';
  const level = said === agent.status ? known : 'bad';
  return html`<span class="agent-status level-${level}">${said}</span>`;
}

/** @returns {import('./table.js').Column[]} */
export function variableColumns(on) {
  return [
    {key: 'name', label: 'Variable', value: v => v.name, cell: v => opener(v.name, () => on.openVariable(v.name))},
    {key: 'value', label: 'Value', value: v => v.value ?? '',
      cell: v => v.value === undefined ? 'not read yet' : code(v.value)},
    {key: 'consistency', label: 'Level', value: v => v.consistency ?? '', title: 'What a reader may see'},
    {key: 'sync', label: 'Strategy', value: v => v.sync ?? '', title: 'How an update travels'},
    {key: 'conflict', label: 'Resolution', value: resolution, title: 'What concurrent updates become'},
    {key: 'siblings', label: 'Siblings', number: true, value: v => v.siblings ?? 0,
      title: 'Concurrent values that are not settled'},
    {key: 'replicas', label: 'Replicas', value: v => (v.replicas ?? []).map(nameOf).join(', '),
      cell: v => replicas(v, on)},
    {key: 'master', label: 'Master', value: v => nameOf(v.master),
      cell: v => html`<span title="at epoch ${v.epoch ?? 0}">${nameOf(v.master)}</span>`},
    {key: 'version', label: 'Version', value: v => versionText(v.version),
      cell: v => code(versionText(v.version)), title: 'For each store that wrote, the number of its newest write in this value'},
  ];
}

/** `{"n1#1":3,"n2#2":1}` as `n1 3, n2 1`. */
export function versionText(version) {
  return Object.entries(version ?? {}).map(([store, number]) => `${nameOf(store)} ${number}`).join(', ');
}

export function resolution({conflict = '', merge}) {
  return merge ? `${conflict} (${merge})` : conflict;
}

/** The master first and strong; it need not be first among the replicas. */
function replicas({replicas: all = [], master}, on) {
  const rest = all.filter(id => id !== master);
  const list = all.includes(master) ? [master, ...rest] : rest;
  return list.map((id, i) => html`${i ? ', ' : ''}<button type="button"
    class="plain ${id === master ? 'open' : ''}" title=${id === master ? `${id}, master` : id}
    @click=${stopped(() => on.openNode(id))}>${nameOf(id)}</button>`);
}

/** @returns {import('./table.js').Column[]} */
export function verticleColumns(now, on) {
  return [
    {key: 'id', label: 'Verticle', value: v => v.id, cell: selector(on)},
    {key: 'class', label: 'Class', value: v => v.class ?? '', cell: v => kind(v.class)},
    {key: 'node', label: 'Node', value: v => nameOf(v.node), cell: v => owner(v.node, on)},
    {key: 'since', label: 'Runs for', number: true, value: v => -v.since,
      cell: v => html`<span title="since ${clock(v.since)}, ${instant(v.since)}">${span(Math.floor((now - v.since) / 1000) * 1000).replace('.0', '')}</span>`},
    {key: 'config', label: 'Config', value: configText, cell: v => code(configText(v))},
  ];
}

const MOVE_LEVELS = {done: 'good', failed: 'bad', waiting: 'plain'};

/** @returns {import('./table.js').Column[]} */
export function moveColumns(on) {
  return [
    {key: 'at', label: 'Asked for', value: m => -m.at,
      cell: m => html`<span title=${instant(m.at)}>${clock(m.at)}</span>`},
    {key: 'agent', label: 'Agent', value: m => m.agent,
      cell: m => html`<button type="button" class="plain open" @click=${stopped(() => on.select(m.agent))}>${m.agent}</button>`},
    {key: 'from', label: 'From', value: m => nameOf(m.from), cell: m => owner(m.from, on)},
    {key: 'to', label: 'To', value: m => nameOf(m.to), cell: m => owner(m.to, on)},
    {key: 'stage', label: 'Stage', value: m => m.stage ?? '', cell: moveBadge},
    {key: 'paused', label: 'Paused', number: true, value: m => m.paused ?? 0, cell: m => `${m.paused ?? 0} ms`,
      title: 'For how long the agent took no message'},
    {key: 'ms', label: 'Took', number: true, value: m => m.ms ?? 0, cell: m => m.ms ? `${m.ms} ms` : nothing},
    {key: 'phases', label: 'Phases', value: phases, title: 'How many ms each part of it took'},
    {key: 'bytes', label: 'Bytes', number: true, value: m => m.bytes ?? 0, title: 'Of its state'},
    {key: 'why', label: 'Why not', value: m => m.why ?? ''},
  ];
}

/** Those that have ended: `reserve 1.2, pause 3`. */
function phases({phases: all = {}}) {
  return Object.entries(all).filter(([, ms]) => ms > 0).map(([name, ms]) => `${name} ${ms}`).join(', ');
}

function moveBadge({stage}) {
  const level = Object.hasOwn(MOVE_LEVELS, stage) ? MOVE_LEVELS[stage] : 'notice';
  return html`<span class="agent-status level-${level}">${stage}</span>`;
}

function configText({config}) {
  return config && Object.keys(config).length ? JSON.stringify(config) : '';
}

function kind(name) {
  return html`<span title=${name}>${kindIcon(kindOf(name ?? ''))} ${simpleName(name)}</span>`;
}

function code(text) {
  return text ? html`<code class="config" title=${text}>${text}</code>` : nothing;
}

function selector(on) {
  return row => opener(row.id, () => on.select(row.id));
}

function opener(text, action) {
  return html`<button type="button" class="plain open" @click=${stopped(action)}>${text}</button>`;
}

function owner(id, on) {
  return id
      ? html`<button type="button" class="plain open" @click=${stopped(() => on.openNode(id))}>${nameOf(id)}</button>`
      : html`<span class="quiet">none</span>`;
}

function stopped(action) {
  return event => {
    event.stopPropagation();
    action();
  };
}
