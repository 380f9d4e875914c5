import {equal} from './check.js';
import {byPlace, edges, edgePath, pack, ring, sideOf} from '/js/overlay.js';
import {fold, visible} from '/js/feed.js';
import {isHttp} from '/js/banner.js';
import {decisions, partOf} from '/js/decisions.js';
import {agentTotal, hosts, things} from '/js/running.js';
import {versionText} from '/js/columns.js';
import {levelOf, sentenceText, topicOf} from '/js/sentences.js';
import {arrange} from '/js/table.js';
import {layout} from '/js/topology.js';
import {clusterState, memory, phi, roundTrip, simpleName, span, statusOf} from '/js/words.js';

const nodes = (...list) => Object.fromEntries(list.map(([name, status = 'active']) =>
    [`${name}#1`, {id: `${name}#1`, name, status, incarnation: 1}]));
const columns = [
  {key: 'name', label: 'Name', value: row => row.name},
  {key: 'load', label: 'Load', value: row => row.load},
];
const rows = [{id: 'b', name: 'n2', load: 0.5}, {id: 'a', name: 'n10', load: 0.1}, {id: 'c', name: 'n1', load: 0.9}];
const ids = list => list.map(row => row.id);

export const tests = {
  shouldDrawTheOverlayThatTheNodesCompute() {
    equal(edges('ring', ['a', 'b', 'c']), [['a', 'b'], ['b', 'c'], ['c', 'a']]);
    equal(edges('ring', ['a', 'b']), [['a', 'b']]);
    equal(edges('ring', ['a']), []);
    equal(edges('mesh', ['a', 'b', 'c']), [['a', 'b'], ['a', 'c'], ['b', 'c']]);
    equal(edges('star', ['a', 'b', 'c']), [['a', 'b'], ['a', 'c']]);
    equal(['n2', 'n10', 'n1'].map(name => ({name, incarnation: 1})).sort(byPlace).map(n => n.name), ['n1', 'n10', 'n2']);
  },

  shouldKeepAFailedNodeInItsPlaceButOutOfTheOverlay() {
    const canvas = {width: 800, height: 400};
    const before = layout({cluster: {topology: 'ring'}, nodes: nodes(['a'], ['b'], ['c'])}, canvas);
    const after = layout({cluster: {topology: 'ring'}, nodes: nodes(['a'], ['b', 'failed'], ['c'])}, canvas);
    equal(after.places.get('b#1'), before.places.get('b#1'));
    equal(after.edges.map(e => e.id), ['a#1 c#1']);
  },

  shouldKeepEveryNodeInsideThePicture() {
    for (const [width, height] of [[328, 330], [590, 372], [848, 372], [2000, 900]]) {
      for (const n of [1, 2, 3, 4, 7, 12, 30]) {
        const names = Array.from({length: n}, (_, i) => [`n${i}`]);
        const {places, size} = layout({cluster: {topology: 'mesh'}, nodes: nodes(...names)}, {width, height});
        for (const {x, y} of places.values()) {
          const r = size.r * size.scale;
          const inside = x >= r && x <= width - r && y >= r && y <= height - r;
          if (!inside) throw new Error(`${n} nodes in ${width}x${height}: one is at ${x}, ${y}`);
        }
      }
    }
  },

  shouldStandNodesAtEqualDistances() {
    const spots = ring(4, {cx: 0, cy: 0, rx: 100, ry: 100});
    equal(spots.map(({x, y}) => [Math.round(x), Math.round(y)]), [[0, -100], [100, 0], [0, 100], [-100, 0]].map(([x, y]) => [x + 0, y + 0]));
  },

  shouldBendOnlyBetweenNodesThatAreNotSideBySide() {
    equal([sideOf(0, 1, 5), sideOf(1, 0, 5), sideOf(4, 0, 5), sideOf(0, 2, 5), sideOf(0, 1, 2)],
        ['clockwise', 'counter', 'clockwise', 'chord', 'straight']);
    equal(edgePath({x: 0, y: 0}, {x: 10, y: 0}, {cx: 5, cy: 5, rx: 5, ry: 5}, 'straight'), 'M0 0 L10 0');
  },

  shouldPackDotsInsideTheDisc() {
    equal(pack(1, 30, 12), [{x: 0, y: 0}]);
    equal(pack(500, 30, 12).every(({x, y}) => Math.hypot(x, y) <= 30.1), true);
  },

  shouldSortNumbersAsNumbersAndNamesAsPeopleDo() {
    equal(ids(arrange([...rows], columns, {key: 'name', down: false}, '')), ['c', 'b', 'a']);
    equal(ids(arrange([...rows], columns, {key: 'load', down: true}, '')), ['c', 'b', 'a']);
  },

  shouldFindRowsThatHaveEveryWord() {
    equal(ids(arrange([...rows], columns, {key: 'name', down: false}, 'N1 0.9')), ['c']);
  },

  shouldKeepTheOrderWhileSomebodyPoints() {
    equal(ids(arrange([...rows], columns, {key: 'load', down: false}, '', ['c', 'a'])), ['c', 'a', 'b']);
  },

  shouldSayTheStateOfTheClusterByItsWorstNode() {
    const word = (...list) => clusterState({cluster: {mode: 'normal'}, nodes: nodes(...list)});
    equal(word(['a'], ['b']).word, 'Healthy');
    equal(word(['a'], ['b', 'suspect']), {level: 'warning', word: 'Uneasy', why: 'b suspect'});
    equal(word(['a', 'suspect'], ['b', 'failed']).why, 'b failed');
    equal(clusterState({cluster: {mode: 'read-only'}, nodes: {}}).word, 'Read-only');
    equal(statusOf({status: 'hibernating'}).word, 'hibernating');
  },

  shouldWriteNumbersForPeople() {
    equal([0, 940, 12_000, 125_000, 7_300_000].map(span), ['0.0 s', '0.9 s', '12 s', '2 min', '2 h 1 min']);
    equal([span(undefined), roundTrip(0), roundTrip(412), memory(512), memory(1536), phi(250)],
        ['n/a', 'n/a', '0.41 ms', '512 MB', '1.5 GB', '> 99']);
    equal(simpleName('dev.mabeam.sample.CounterVerticle'), 'CounterVerticle');
  },

  shouldTellEventsInSentences() {
    equal(sentenceText({type: 'node.joined', node: 'n2#2', zone: 'east'}), 'n2 joined in zone east');
    equal(sentenceText({type: 'node.failed', node: 'n3#3', reason: 'its process is gone', affectedAgents: 1}),
        'n3 failed: its process is gone; it ran 1 agent or verticle');
    equal(sentenceText({type: 'verticle.deployed', verticle: 'c-1', class: 'a.b.Counter', node: 'n1#1'}), 'c-1 (Counter) runs on n1');
    equal(sentenceText({type: 'audit', role: 'operator', action: 'deployVerticle', target: 'c-1', status: 409}),
        'Operator, refused (409): deploy verticle c-1');
    equal(sentenceText({type: 'agent.moved', id: 'x', at: 1, node: 'n1#1', to: 'n2'}), 'agent moved on n1: to n2');
    equal([topicOf({type: 'agent.moved'}), levelOf({type: 'constructor'}), sentenceText({type: 'constructor'})],
        ['agent', 'plain', 'constructor']);
  },

  shouldTellOfAgentsAndVariables() {
    equal(sentenceText({type: 'agent.deployed', agent: 'a', agentType: 'counter', node: 'n1#1', others: 0}), 'a (counter) runs on n1');
    equal(sentenceText({type: 'agent.deployed', agent: 'a', agentType: 'counter', node: 'n1#1', others: 2}),
        'a (counter) runs on n1, and 2 other agents too');
    equal(sentenceText({type: 'agent.unavailable', agent: 'a', why: 'n1#1: it is cordoned'}),
        'a has no node: n1#1: it is cordoned');
    equal(sentenceText({type: 'agent.migrated', agent: 'a', from: 'n1#1', to: 'n2#2', ms: 12.5, others: 2}),
        'a moved from n1 to n2 in 12.5 ms, and 2 other agents too');
    equal(sentenceText({type: 'agent.recovered', agent: 'a', node: 'n2#2'}), 'a goes on at n2');
    equal(levelOf({type: 'agent.unavailable'}), 'bad');
    equal(sentenceText({type: 'agent.broken', agent: 'a', node: 'n1#1', why: 'too large'}),
        'a could not give its state on n1 and begins again with what is kept: too large');
    equal(levelOf({type: 'agent.broken'}), 'warning');
    equal(sentenceText({type: 'variable.conflict', variable: 'v', strategy: 'vector_clocks', losers: 2}),
        'writes of v that had not seen each other met: 2 kept beside the latest');
    equal(sentenceText({type: 'variable.conflict', variable: 'v', strategy: 'last_writer_wins', losers: 1}),
        'writes of v that had not seen each other met: 1 gave way, by last writer wins');
    equal(sentenceText({type: 'variable.master', variable: 'v', node: 'n1#1', epoch: 1}), 'n1 is now the master of v');
    equal(versionText({'n1#1': 3, 'n2#2': 1}), 'n1 3, n2 1');
  },

  shouldKnowWhatRunsOnANode() {
    const state = {
      cluster: {agents: 7},
      agents: {b: {id: 'b', type: 't', node: 'n1', status: 'starting'}, a: {id: 'a', type: 't', node: 'n2', status: 'active'}},
      agentCounts: {n1: 5, n2: 2},
      verticles: {v: {id: 'v', class: 'x.V', node: 'n1'}},
    };
    equal(things(state).map(t => t.id), ['a', 'b', 'v']);
    const n1 = hosts(state)('n1');
    equal([n1.list.map(t => t.id), n1.agents, n1.verticles, n1.unnamed], [['b', 'v'], 5, 1, 4]);
    equal(hosts(state)('nobody'), {list: [], agents: 0, verticles: 0, unnamed: 0});
    equal(agentTotal(state), 7);
  },

  shouldSayWhoDecides() {
    const consensus = (leader, ...voters) => ({leader, voters, quorum: Math.floor(voters.length / 2) + 1});
    const state = (leader, ...list) =>
        ({cluster: {mode: 'normal', consensus: consensus(leader, 'a#1', 'b#1', 'c#1')}, nodes: nodes(...list)});
    equal(decisions({cluster: {}, nodes: {}}), null);
    equal(decisions({cluster: {consensus: {leader: '', voters: [], quorum: 0}}, nodes: {}}), null);
    equal(decisions(state('a#1', ['a'], ['b'], ['c'])).level, 'good');
    equal(decisions(state('a#1', ['a'], ['b'], ['c', 'failed'])).level, 'warning');
    equal(decisions(state('a#1', ['a'], ['b', 'partitioned'], ['c', 'failed'])).level, 'bad');
    equal(decisions(state('', ['a'], ['b'], ['c'])).level, 'bad');
    equal(clusterState(state('', ['a'], ['b'], ['c'])).word, 'Undecided');
    equal(['a', 'b', 'd'].map(name => partOf({id: `${name}#1`}, state('a#1', ['a']))), ['leads', 'votes', 'observes']);
    equal(partOf({id: 'a#1'}, {cluster: {}}), '');
    equal(partOf({id: 'd#1', status: 'failed'}, state('a#1', ['a'])), '');
  },

  shouldFilterTheFeedAndHoldItBack() {
    const events = [{id: '1', type: 'node.joined'}, {id: '2', type: 'audit'}, {id: '3', type: 'node.left'}];
    const none = new Set();
    equal(visible(events, {hiddenTopics: new Set(['audit']), feedHeldAt: null}).shown.map(e => e.id), ['1', '3']);
    const held = visible(events, {hiddenTopics: none, feedHeldAt: '1'});
    equal([held.shown.map(e => e.id), held.held], [['1'], 2]);
    equal(visible(events, {hiddenTopics: none, feedHeldAt: ''}), {shown: [], held: 3});
  },

  shouldFoldWritesInARow() {
    const write = (id, variable, node = 'n1#1') => ({id, type: 'variable.updated', variable, node});
    const joined = {id: 'j', type: 'node.joined'};
    const folded = fold([write('1', 'a'), write('2', 'b'), write('3', 'a', 'n2#2'), write('4', 'a'), joined, write('5', 'a')]);
    equal(folded.map(e => e.id), ['2', '4', 'j', '5']);
    equal(folded.map(sentenceText).slice(0, 2), ['b was written at n1', 'a was written at n1, and 2 times before']);
    equal(fold([joined]), [joined]);
  },

  shouldLinkOnlyToWebAddresses() {
    equal(['http://10.0.0.1:8080', 'javascript:alert(1)', '', undefined].map(isHttp), [true, false, false, false]);
  },
};
