/** What changed between two states, as far as a person or the topology's pulses care. */

import {nameOf, statusOf} from './words.js';

/**
 * @param {import('./state.js').State} before
 * @param {import('./state.js').State} after
 * @returns {{beats: string[], notices: string[], alarms: string[]}} ids of nodes that were heard,
 *   sentences for a polite and for an assertive announcement
 */
export function changes(before, after) {
  const beats = [];
  const notices = [];
  for (const [id, node] of Object.entries(after.nodes)) {
    const old = before.nodes[id];
    if (old && node.beat > old.beat) beats.push(id);
    if (!old) notices.push(`${node.name} appeared, ${statusOf(node).word}`);
    else if (old.status !== node.status) notices.push(`${node.name} is ${statusOf(node).word}`);
  }
  for (const [id, node] of Object.entries(before.nodes)) {
    if (!Object.hasOwn(after.nodes, id)) notices.push(`${node.name} is gone`);
  }
  const leader = after.cluster.consensus?.leader;
  if (leader !== undefined && leader !== before.cluster.consensus?.leader) {
    notices.push(leader ? `${nameOf(leader)} leads` : 'No node leads');
  }
  const alarms = before.cluster.mode === after.cluster.mode ? [] : [modeSentence(after.cluster.mode)];
  return {beats, notices, alarms};
}

changes.NONE = Object.freeze({beats: [], notices: [], alarms: []});

function modeSentence(mode) {
  return mode === 'read-only'
      ? 'The cluster is read-only here: this side has no majority'
      : 'The cluster takes writes again';
}
