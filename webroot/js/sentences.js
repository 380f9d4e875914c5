/** An event as a sentence that a person reads, with the ones it is about. */

import {count, nameOf, phi, simpleName} from './words.js';

const SENTENCES = {
  'node.joined': e => [node(e.node), ' joined', e.zone && e.zone !== 'default' ? ` in zone ${e.zone}` : ''],
  'node.suspected': e => [
    node(e.by), ' suspects ', node(e.node), e.phi >= 8 ? `: no heartbeat, phi ${phi(e.phi)}` : '',
  ],
  'node.failed': e => [
    node(e.node), ' failed', e.reason ? `: ${e.reason}` : '',
    e.affectedAgents > 0 ? `; it ran ${count(e.affectedAgents, 'agent or verticle', 'agents and verticles')}` : '',
  ],
  'node.left': e => [node(e.node), ' said goodbye and left'],
  'verticle.deployed': e => [verticle(e.verticle), ` (${simpleName(e.class)}) runs on `, node(e.node)],
  'verticle.undeployed': e => [verticle(e.verticle), ' was stopped on ', node(e.node)],
  'agent.deployed': e => [agent(e.agent), ` (${e.agentType}) runs on `, node(e.node), more(e)],
  'agent.undeployed': e => [agent(e.agent), ' was stopped', ...(e.node ? [' on ', node(e.node)] : []), more(e)],
  'agent.migrated': e => [
    agent(e.agent), ' moved from ', node(e.from), ' to ', node(e.to), ` in ${e.ms} ms`, more(e),
  ],
  'agent.recovered': e => [agent(e.agent), ' goes on at ', node(e.node), more(e)],
  'agent.broken': e => [
    agent(e.agent), ' could not give its state on ', node(e.node), ' and begins again with what is kept',
    e.why ? `: ${e.why}` : '', more(e),
  ],
  'agent.unavailable': e => [
    agent(e.agent), ' has no node', e.why ? `: ${e.why}` : '', more(e),
  ],
  'variable.updated': e => [
    variable(e.variable), ' was written at ', node(e.node), e.before > 0 ? `, and ${count(e.before, 'time')} before` : '',
  ],
  'variable.master': e => [node(e.node), ' is now the master of ', variable(e.variable)],
  'variable.conflict': e => [
    'writes of ', variable(e.variable), ` that had not seen each other met: ${met(e)}`,
  ],
  'audit': e => [
    `${e.role === 'viewer' ? 'Viewer' : 'Operator'}${outcome(e.status)}: ${spaced(e.action)}`,
    e.target ? ' ' : '', e.target ? {text: String(e.target)} : '',
  ],
};

/** Vector clocks lose nothing: the others are siblings until somebody settles them. */
function met({strategy, losers}) {
  return strategy === 'vector_clocks'
      ? `${losers} kept beside the latest`
      : `${losers} gave way, by ${String(strategy ?? '').replaceAll('_', ' ')}`;
}

/** One event may tell of many agents. */
function more({others}) {
  return others > 0 ? `, and ${count(others, 'other agent')} too` : '';
}

/** `deployVerticle` as words. */
function spaced(action) {
  return String(action ?? 'something').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function outcome(status) {
  if (status < 400) return '';
  return `, ${status < 500 ? 'refused' : 'failed'} (${status})`;
}

const LEVELS = {
  'node.failed': 'bad',
  'agent.unavailable': 'bad',
  'agent.broken': 'warning',
  'node.suspected': 'warning',
  'node.joined': 'good',
  'agent.recovered': 'good',
};

/**
 * The sentence in pieces: plain strings, and what it is about as {kind, id, text}.
 *
 * @returns {(string | {kind?: 'node'|'verticle'|'agent'|'variable', id?: string, text: string})[]}
 */
export function sentence(event) {
  const known = Object.hasOwn(SENTENCES, event.type) ? SENTENCES[event.type] : plain;
  return known(event).filter(piece => piece !== '');
}

export function sentenceText(event) {
  return sentence(event).map(piece => piece.text ?? piece).join('');
}

/** @returns {'good'|'warning'|'bad'|'plain'} */
export function levelOf(event) {
  if (event.type === 'audit' && event.status >= 400) return 'warning';
  return Object.hasOwn(LEVELS, event.type) ? LEVELS[event.type] : 'plain';
}

/** The first word of the type: what the filter chips are named after. */
export function topicOf(event) {
  return String(event.type ?? 'other').split('.')[0];
}

const HEADERS = new Set(['id', 'origin', 'number', 'at', 'type', 'node']);

/** A type that only a newer node knows: its words, and its fields as they are. */
function plain(event) {
  const fields = Object.entries(event)
      .filter(([key]) => !HEADERS.has(key))
      .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [
    String(event.type ?? 'event').replaceAll('.', ' '),
    ...(event.node ? [' on ', node(event.node)] : []),
    fields.length ? `: ${fields.join(', ')}` : '',
  ];
}

function node(id) {
  return {kind: 'node', id, text: nameOf(id) || 'a node'};
}

function agent(id) {
  return {kind: 'agent', id, text: String(id)};
}

function variable(name) {
  return {kind: 'variable', id: name, text: String(name)};
}

function verticle(id) {
  return {kind: 'verticle', id, text: String(id)};
}
