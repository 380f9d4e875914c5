/** The line under the bar when what is shown cannot be taken as it is. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {byName, clock, isMember, nameOf, span} from './words.js';

export function banner({state, hello}, link, lastHeard, on) {
  if (link.phase === 'stale' || (link.phase === 'reconnecting' && hello)) return silent(state, hello, link, lastHeard, on);
  if (link.phase === 'reconnecting') return unreachable(link, on);
  if (hello && hello.v > 1) {
    return bar('notice', html`This page is older than the node it talks to. <button type="button" @click=${on.reload}>Reload</button>`);
  }
  if (state.cluster.mode === 'read-only') {
    return bar('bad', html`<b>This side of the cluster has no majority.</b> You can look; nothing can be changed
      until the nodes that are cut off come back.`);
  }
  return nothing;
}

function silent(state, hello, link, lastHeard, on) {
  const others = Object.values(state.nodes)
      .filter(node => node.id !== hello.node && isMember(node) && isHttp(node.http))
      .sort(byName).slice(0, 4);
  return bar('bad', html`<b>No news from ${nameOf(hello.node)} for ${span(link.silentMs).replace(/\.\d/, '')}.</b>
    <span>You see the cluster as it was at ${clock(lastHeard)}.</span>
    ${others.length ? html`<span>Ask another node: ${others.map(node => html`<a href=${node.http}>${node.name}</a> `)}</span>` : nothing}
    ${retry(link, on)}`);
}

function unreachable(link, on) {
  return bar('bad', html`<b>No node answers here.</b> <span>Is one running? Try <code>bin/mabeam status</code></span> ${retry(link, on)}`);
}

function retry(link, on) {
  return link.phase === 'reconnecting' && link.retryInMs > 1500
      ? html`<button type="button" @click=${on.retry}>Try now</button>` : nothing;
}

function bar(level, content) {
  return html`<div class="banner level-${level}" id="banner">${content}</div>`;
}

/** What a node says of itself becomes a link only if it is a web address. */
export function isHttp(text) {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
