/** The page: the stream into the store, the store onto the screen, keys and clicks into the view. */

import {html, render} from '../vendor/lit-html/lit-html.js';
import {banner} from './banner.js';
import {helpDialog, nodeDialog, openDialog} from './dialogs.js';
import {feedPanel} from './feed.js';
import {keyboard, tabKey, topologyKey} from './keys.js';
import {nodeCards} from './nodes.js';
import {pulse} from './pulses.js';
import {Store} from './store.js';
import {Stream} from './stream.js';
import {tablesPanel} from './tables.js';
import {chooseTheme, currentTheme} from './theme.js';
import {topbar} from './topbar.js';
import {topologyPanel} from './topology.js';
import {Explainer, explanation, variableDialog} from './variable.js';

const TICK_MS = 250;

const store = new Store();
const stream = new Stream({
  open: () => new WebSocket(new URL('/api/v1/stream', location.href.replace(/^http/, 'ws'))),
  now: () => performance.now(),
  onMessage: message => store.accept(message, Date.now()),
});

/** What the reader chose to see. */
let ui = {
  selected: null, opened: null, variable: null, roving: null, tab: 'nodes', query: '', theme: currentTheme(),
  sort: {
    nodes: {key: 'name', down: false}, agents: {key: 'id', down: false},
    variables: {key: 'name', down: false}, verticles: {key: 'id', down: false},
    moves: {key: 'at', down: false},
  },
  hiddenTopics: new Set(), feedHeldAt: null, canvas: {width: 760, height: 400},
};

function see(change) {
  ui = {...ui, ...change};
  draw();
}

const explainer = new Explainer({ask: explanation, tell: variable => see({variable})});

const on = {
  select: id => see({selected: ui.selected === id ? null : id}),
  openNode(id) {
    see({selected: id, opened: id, roving: id});
    paint();
    openDialog('node-dialog');
  },
  closed: () => see({opened: null}),
  openVariable(name) {
    see({selected: name, variable: {name}});
    paint();
    openDialog('variable-dialog');
    explainer.open(name, performance.now());
  },
  variableClosed() {
    explainer.close();
    see({variable: null});
  },
  rove: id => ui.roving !== id && see({roving: id}),
  tab: tab => see({tab}),
  search: query => see({query}),
  sort(table, key) {
    const {key: old, down} = ui.sort[table];
    see({sort: {...ui.sort, [table]: {key, down: old === key && !down}}});
  },
  holdFeed: () => see({
    feedHeldAt: ui.feedHeldAt === null ? store.shown.state.events.at(-1)?.id ?? '' : null,
  }),
  toggleTopic(topic) {
    const hiddenTopics = new Set(ui.hiddenTopics);
    if (!hiddenTopics.delete(topic)) hiddenTopics.add(topic);
    see({hiddenTopics});
  },
  copy: events => navigator.clipboard?.writeText(JSON.stringify(events, null, 2))
      .then(() => announce('polite', `${events.length} events copied`), () => undefined),
  pause: () => store.pause(!store.paused, Date.now()),
  theme(theme) {
    chooseTheme(theme);
    see({theme});
  },
  help: () => openDialog('help-dialog'),
  retry: () => stream.retryNow(),
  reload: () => location.reload(),
  escape: () => see({selected: null, query: ''}),
  topologyKey: event => topologyKey(event, store.shown.state, on),
  tabKey: event => tabKey(event, on),
};

function liveness() {
  const link = stream.liveness();
  return store.paused && link.phase === 'live' ? {...link, phase: 'paused', held: store.held} : link;
}

function page(model, link) {
  const now = store.clusterTime(Date.now());
  const lastHeard = now - (link.silentMs ?? 0);
  return html`${topbar(model, link, ui, on)}
    ${banner(model, link, lastHeard, on)}
    <main id="main" tabindex="-1" class="phase-${link.phase} ${model.ready ? '' : 'waiting'}">
      ${topologyPanel(model.state, ui, on)}
      ${nodeCards(model, now, ui, on)}
      ${feedPanel(model.state, ui, on)}
      ${tablesPanel(model, now, ui, on)}
    </main>
    ${nodeDialog(model, now, ui, on)}${variableDialog(model, ui, on)}${helpDialog(on)}`;
}

let asked = 0;

/** Draws before the next frame, once, however often it is asked. */
function draw() {
  if (asked === 0) asked = requestAnimationFrame(paint);
}

function paint() {
  cancelAnimationFrame(asked);
  asked = 0;
  const link = liveness();
  render(page(store.shown, link), document.getElementById('app'));
  announcePhase(link.phase);
}

let phase = 'connecting';

function announcePhase(next) {
  if (next === phase) return;
  const said = {live: 'The stream is live', stale: 'The stream is stale', reconnecting: 'Reconnecting'};
  if (said[next] && phase !== 'connecting') announce('polite', said[next]);
  phase = next;
}

function announce(how, text) {
  document.getElementById(how).textContent = text;
}

store.onChange(({beats, notices, alarms}) => {
  if (!store.paused) pulse(store.shown.state, beats);
  if (notices.length) announce('polite', notices.join('. '));
  if (alarms.length) announce('assertive', alarms.join('. '));
  draw();
});

paint();
keyboard(on);
new ResizeObserver(([{contentRect}]) => {
  const {width, height} = contentRect;
  if (width > 0) see({canvas: {width: Math.round(width), height: Math.round(height)}});
}).observe(document.getElementById('canvas'));
stream.tick();
setInterval(() => {
  stream.tick();
  explainer.tick(performance.now());
  draw();
}, TICK_MS);
