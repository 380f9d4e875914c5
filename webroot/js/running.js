/** What runs where: agents and plain verticles, as the pictures and the tables show them alike. */

import {groupBy} from './words.js';

/**
 * @typedef {{id: string, node: string, kind: string, what: 'agent'|'verticle', state: string}} Thing
 *   `kind` is an agent's type or a verticle's class, `state` an agent's status or `active`
 */

/** @returns {Thing[]} agents first, each sort by id */
export function things({agents, verticles}) {
  return [
    ...Object.values(agents).map(a =>
        ({id: a.id, node: a.node, kind: a.type ?? '', what: 'agent', state: a.status})),
    ...Object.values(verticles).map(v =>
        ({id: v.id, node: v.node, kind: v.class ?? '', what: 'verticle', state: 'active'})),
  ].sort((a, b) => compare(a.what, b.what) || compare(a.id, b.id));
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * By node: what is known one by one, and how many agents and verticles there are. Of many agents
 * the stream names the first ones only, so the number may be larger than the list is long.
 *
 * @returns {(node: string) => {list: Thing[], agents: number, verticles: number, unnamed: number}}
 */
export function hosts(state) {
  const by = groupBy(things(state), thing => thing.node);
  return node => {
    const list = by.get(node) ?? [];
    const named = list.filter(thing => thing.what === 'agent').length;
    const agents = Math.max(named, state.agentCounts[node] ?? 0);
    return {list, agents, verticles: list.length - named, unnamed: agents - named};
  };
}

/** All agents of the cluster, also those that the stream does not name. */
export function agentTotal({cluster, agents}) {
  return Math.max(Object.keys(agents).length, cluster.agents ?? 0);
}

/** All variables of the cluster, also those that the stream does not name. */
export function variableTotal({cluster, variables}) {
  return Math.max(Object.keys(variables).length, cluster.variables ?? 0);
}
