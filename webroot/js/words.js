/** States, numbers and times as words. Every state is a shape, a word and a colour, never one alone. */

const STATUS = {
  joining: {word: 'joining', rank: 1},
  active: {word: 'active', rank: 0},
  suspect: {word: 'suspect', rank: 3},
  leaving: {word: 'leaving', rank: 2},
  partitioned: {word: 'cut off', rank: 4},
  failed: {word: 'failed', rank: 5},
};

/** A newer node may know further states: they are shown by their own word. */
export function statusOf(node) {
  const known = Object.hasOwn(STATUS, node.status);
  return known
      ? {...STATUS[node.status], name: node.status}
      : {word: String(node.status ?? 'unknown'), rank: 1, name: 'joining'};
}

/** Whether the node is thought to be in the cluster; the others are shown, but not counted. */
export function isMember(node) {
  return node.status !== 'failed' && node.status !== 'partitioned';
}

export const byName = (a, b) => a.name.localeCompare(b.name, 'en', {numeric: true})
    || a.incarnation - b.incarnation;

export function count(n, one, many = one + 's') {
  return `${n} ${n === 1 ? one : many}`;
}

/**
 * The cluster in one word, and who is the reason.
 *
 * @returns {{level: 'good'|'notice'|'warning'|'bad', word: string, why: string}}
 */
export function clusterState(state) {
  const nodes = Object.values(state.nodes);
  const named = status => nodes.filter(n => n.status === status).map(n => n.name);
  const reason = (names, what) => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''} ${what}`;
  if (state.cluster.mode === 'read-only') {
    return {level: 'bad', word: 'Read-only', why: 'no majority on this side'};
  }
  if (named('partitioned').length) {
    return {level: 'bad', word: 'Degraded', why: reason(named('partitioned'), 'cut off')};
  }
  if (named('failed').length) {
    return {level: 'bad', word: 'Degraded', why: reason(named('failed'), 'failed')};
  }
  if (state.cluster.consensus?.quorum > 0 && !state.cluster.consensus.leader) {
    return {level: 'warning', word: 'Undecided', why: 'no leader'};
  }
  if (named('suspect').length) {
    return {level: 'warning', word: 'Uneasy', why: reason(named('suspect'), 'suspect')};
  }
  if (named('joining').length) {
    return {level: 'notice', word: 'Growing', why: reason(named('joining'), 'joining')};
  }
  if (named('leaving').length) {
    return {level: 'notice', word: 'Shrinking', why: reason(named('leaving'), 'leaving')};
  }
  return {level: 'good', word: 'Healthy', why: ''};
}

export function percent(share) {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : 'n/a';
}

/** A span for people: tenths of a second at first, then ever coarser. */
export function span(ms) {
  if (!Number.isFinite(ms)) return 'n/a';
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 100) return `${Math.floor(s)} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min`;
  const h = Math.floor(m / 60);
  return h < 48 ? `${h} h ${m % 60} min` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

export function roundTrip(micros) {
  if (!Number.isFinite(micros) || micros <= 0) return 'n/a';
  return micros < 10_000 ? `${(micros / 1000).toFixed(2)} ms` : `${Math.round(micros / 1000)} ms`;
}

export function memory(mb) {
  if (!Number.isFinite(mb) || mb <= 0) return 'n/a';
  return mb < 1024 ? `${mb} MB` : `${(mb / 1024).toFixed(mb % 1024 ? 1 : 0)} GB`;
}

export function phi(value) {
  return Number.isFinite(value) ? (value < 100 ? value.toFixed(1) : '> 99') : 'n/a';
}

const CLOCK = new Intl.DateTimeFormat('en-GB', {timeStyle: 'medium'});

/** `14:02:11`, in the reader's time zone. */
export function clock(wallMillis) {
  return Number.isFinite(wallMillis) ? CLOCK.format(wallMillis) : '';
}

export function instant(wallMillis) {
  return Number.isFinite(wallMillis) ? new Date(wallMillis).toISOString() : '';
}

export function simpleName(className) {
  return String(className ?? '').replace(/^.*[.$]/, '');
}

/** A node's name from its id, `n1#4`. */
export function nameOf(nodeId) {
  return String(nodeId ?? '').replace(/#\d+$/, '');
}

/** @returns {Map<*, object[]>} the items under what `key` says of each, in their order */
export function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
