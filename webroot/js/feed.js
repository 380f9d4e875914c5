/** What happened, newest first, in sentences; it can be filtered, and held while one reads. */

import {html, nothing} from '../vendor/lit-html/lit-html.js';
import {repeat} from '../vendor/lit-html/directives/repeat.js';
import {glyph} from './marks.js';
import {levelOf, sentence, topicOf} from './sentences.js';
import {clock, instant} from './words.js';

const TOPICS = {
  node: 'Nodes', agent: 'Agents', verticle: 'Verticles', variable: 'Variables', audit: 'Audit',
};
/** More rows than this help nobody who scrolls; the others are still in "copy". */
const ROWS = 200;

/**
 * The events to show, oldest first, and how many the reader's pause holds back.
 *
 * @param {object[]} events
 * @param {{hiddenTopics: Set<string>, feedHeldAt: ?string}} ui `feedHeldAt` is the last event that
 *   was shown when the feed was paused, '' if there was none
 */
export function visible(events, {hiddenTopics, feedHeldAt}) {
  const wanted = events.filter(event => !hiddenTopics.has(topicOf(event)));
  if (feedHeldAt === null) return {shown: wanted, held: 0};
  const end = events.findIndex(event => event.id === feedHeldAt);
  const shown = events.slice(0, end + 1).filter(event => !hiddenTopics.has(topicOf(event)));
  return {shown, held: wanted.length - shown.length};
}

/**
 * Writes in a row as one for each variable, the newest, with how many came before it as `before`:
 * a variable that is written all the time would leave nothing else to read.
 *
 * @param {object[]} events oldest first
 */
export function fold(events) {
  const folded = [];
  let run = new Map();
  for (const event of events) {
    if (event.type !== 'variable.updated') {
      folded.push(...run.values(), event);
      run = new Map();
      continue;
    }
    const earlier = run.get(event.variable);
    run.delete(event.variable);
    run.set(event.variable, earlier ? {...event, before: (earlier.before ?? 0) + 1} : event);
  }
  return [...folded, ...run.values()];
}

export function feedPanel({events}, ui, on) {
  const {shown, held} = visible(events, ui);
  const paused = ui.feedHeldAt !== null;
  const topics = [...new Set([...Object.keys(TOPICS), ...events.map(topicOf)])];
  return html`<section class="panel feed" aria-labelledby="feed-title">
    <header>
      <h2 id="feed-title">Events</h2>
      <button type="button" class="icon" title="Copy these events as JSON" aria-label="Copy these events as JSON"
        @click=${() => on.copy(shown)}>${glyph('copy')}</button>
      <button type="button" class="icon hold ${paused ? 'on' : ''}" aria-pressed=${paused} data-action="hold-feed"
        aria-label=${paused ? `Feed paused, ${held} held back: go on` : 'Pause the feed'}
        title=${paused ? 'Go on' : 'Pause the feed'} @click=${on.holdFeed}>
        ${glyph(paused ? 'play' : 'pause')}${paused && held > 0 ? html`<b>+${held}</b>` : nothing}</button>
    </header>
    <div class="chips" role="group" aria-label="Show events about">${topics.map(topic => html`
      <button type="button" class="chip" aria-pressed=${!ui.hiddenTopics.has(topic)} data-topic=${topic}
        @click=${() => on.toggleTopic(topic)}>${TOPICS[topic] ?? topic}</button>`)}
    </div>
    <div class="log" role="log" aria-live="off" tabindex="0" aria-label="Events, newest first">
      <ol>${repeat(fold(shown).slice(-ROWS).reverse(), event => event.id, event => row(event, on))}</ol>
    </div>
    ${shown.length ? nothing : html`<p class="teach">${events.length
        ? 'No event passes the filter.'
        : html`Nothing has happened yet. Start a node, or watch from a shell: <code>bin/mabeam events -f</code>`}</p>`}
  </section>`;
}

function row(event, on) {
  return html`<li class="level-${levelOf(event)}" data-type=${event.type}>
    <time datetime=${instant(event.at)} title="${instant(event.at)}, event ${event.id}">${clock(event.at)}</time>
    <p>${sentence(event).map(piece => typeof piece === 'string' ? piece : subject(piece, on))}</p>
  </li>`;
}

function subject({kind, id, text}, on) {
  return kind
      ? html`<button type="button" class="plain subject" @click=${() => on.select(id)}>${text}</button>`
      : html`<b>${text}</b>`;
}
