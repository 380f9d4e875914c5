/** Who decides: the leader, the voters and their quorum, as the answering node's copy has it. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {count, isMember, nameOf} from './words.js';

/**
 * @returns {?{level: 'good'|'warning'|'bad', leader: string, voters: string[], present: number,
 *   quorum: number}} null while nothing is known; `present` voters are not known to be gone
 */
export function decisions({cluster, nodes}) {
  const {leader = '', voters = [], quorum = 0} = cluster.consensus ?? {};
  if (quorum === 0) return null;
  const present = voters.filter(id => nodes[id] && isMember(nodes[id])).length;
  const short = present < quorum || !leader;
  const level = short ? 'bad' : present < voters.length ? 'warning' : 'good';
  return {level, leader, voters, present, quorum};
}

/** What `node` does in decisions, in a word. */
export function partOf(node, {cluster}) {
  const {leader, voters = []} = cluster.consensus ?? {};
  if (node.id === leader) return 'leads';
  if (voters.includes(node.id)) return 'votes';
  return voters.length && isMember(node) ? 'observes' : '';
}

/** For the bar. */
export function decisionsLine(state) {
  const now = decisions(state);
  if (!now) return nothing;
  const {level, leader, voters, present, quorum} = now;
  return html`<p class="decisions level-${level}" id="decisions" title="Voters: ${voters.map(nameOf).join(', ')}">
    <b>${leader ? `${nameOf(leader)} leads` : 'no leader'}</b>
    <span class="part">quorum ${quorum} of ${count(voters.length, 'voter')}</span>
    ${present < voters.length ? html`<span class="part">${voters.length - present} gone</span>` : nothing}
  </p>`;
}
