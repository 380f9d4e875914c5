import {equal, same} from './check.js';
import {EMPTY, EVENTS_KEPT, Sequence, applyOps, fromSnapshot} from '/js/state.js';
import {Store, NOTHING, SAMPLES_KEPT, accept} from '/js/store.js';
import {changes} from '/js/changes.js';

const put = (path, value) => ({op: 'put', path, value});
const patch = (seq, ...ops) => ({type: 'patch', seq, at: 1000, ops});
const snapshot = (seq, state) => ({type: 'snapshot', seq, state});
const event = n => ({id: `n1#1/${n}`, type: 'node.joined', at: n});

export const tests = {
  shouldPutARemoveAndLeaveTheRestAsItWas() {
    const before = fromSnapshot({nodes: {a: {load: 1}, b: {load: 2}}, verticles: {x: {}}});
    const after = applyOps(before, [put(['nodes', 'a'], {load: 3}), {op: 'remove', path: ['nodes', 'b']}]);
    equal(after.nodes, {a: {load: 3}});
    equal(before.nodes, {a: {load: 1}, b: {load: 2}});
    same(after.verticles, before.verticles, 'verticles');
  },

  shouldPutDeepAndMakeTheWayThere() {
    equal(applyOps(EMPTY, [put(['nodes', 'a', 'capacity', 'memoryMb'], 5)]).nodes, {a: {capacity: {memoryMb: 5}}});
  },

  shouldRemoveWhatIsNotThereWithoutATrace() {
    same(applyOps(EMPTY, [{op: 'remove', path: ['nodes', 'nobody', 'load']}]).verticles, EMPTY.verticles, 'verticles');
    equal(applyOps(EMPTY, [{op: 'remove', path: ['nodes', 'nobody']}]), EMPTY);
  },

  shouldNotLetAKeyReachTheObjectPrototype() {
    applyOps(EMPTY, [put(['nodes', '__proto__', 'owned'], true), put(['__proto__', 'owned'], true)]);
    equal({}.owned, undefined);
  },

  shouldAddAnEventOnceAndForgetTheOldest() {
    const once = applyOps(EMPTY, [{op: 'event', value: event(1)}, {op: 'event', value: event(1)}]);
    equal(once.events.length, 1);
    const many = Array.from({length: EVENTS_KEPT + 5}, (_, i) => ({op: 'event', value: event(i)}));
    equal(applyOps(EMPTY, many).events[0], event(5));
  },

  shouldPassOverWhatOnlyANewerNodeKnows() {
    same(applyOps(EMPTY, [{op: 'fold', path: ['nodes']}]), EMPTY, 'state');
    same(accept(NOTHING, {type: 'weather'}, 0), NOTHING, 'model');
  },

  shouldTakeMessagesInSequence() {
    const sequence = new Sequence();
    equal([snapshot(7), patch(8), patch(9)].map(m => sequence.judge(m)), ['take', 'take', 'take']);
  },

  shouldAskOnceAfterAGapAndWaitForTheSnapshot() {
    const sequence = new Sequence();
    const verdicts = [snapshot(7), patch(9), patch(10), patch(8), snapshot(11), patch(11), patch(12)]
        .map(m => sequence.judge(m));
    equal(verdicts, ['take', 'resync', 'skip', 'skip', 'take', 'skip', 'take']);
  },

  shouldTakeNoPatchBeforeTheFirstSnapshot() {
    equal(new Sequence().judge(patch(1)), 'skip');
  },

  shouldTakeASnapshotThatWasNotAskedFor() {
    const sequence = new Sequence();
    equal([snapshot(7), snapshot(30), patch(31)].map(m => sequence.judge(m)), ['take', 'take', 'take']);
  },

  shouldKeepOneSampleOfLoadForEachBeat() {
    const node = (beat, load) => put(['nodes', 'a'], {name: 'a', beat, load});
    let model = accept(NOTHING, snapshot(0, {nodes: {a: {name: 'a', beat: 1, load: 0.1}}}), 0);
    model = accept(model, patch(1, node(2, 0.2)), 0);
    model = accept(model, patch(2, node(2, 0.9)), 0);
    equal(model.history.a, [0.1, 0.2]);
    for (let i = 3; i < SAMPLES_KEPT + 9; i++) model = accept(model, patch(i, node(i, 0.5)), 0);
    equal(model.history.a.length, SAMPLES_KEPT);
  },

  shouldReadAgesByTheClockOfTheNodeThatAnswers() {
    const store = new Store();
    store.accept(snapshot(0, {}), 400);
    store.accept(patch(1), 400);
    equal(store.clusterTime(500), 1100);
  },

  shouldFreezeWhatIsShownAndCountWhatWasHeldBack() {
    const store = new Store();
    store.accept(snapshot(0, {events: [event(1)]}), 0);
    store.pause(true, 0);
    store.accept(patch(1, {op: 'event', value: event(2)}, {op: 'event', value: event(3)}), 0);
    equal([store.shown.state.events.length, store.held], [1, 2]);
    store.pause(false, 0);
    equal([store.shown.state.events.length, store.held], [3, 0]);
  },

  shouldSayWhatChangedInWords() {
    const before = fromSnapshot({cluster: {mode: 'normal'},
      nodes: {a: {name: 'a', status: 'active', beat: 1}, b: {name: 'b', status: 'active', beat: 1}}});
    const after = applyOps(before, [
      put(['nodes', 'a'], {name: 'a', status: 'failed', beat: 1}),
      put(['nodes', 'b'], {name: 'b', status: 'active', beat: 2}),
      put(['cluster', 'mode'], 'read-only'),
    ]);
    const what = changes(before, after);
    equal([what.beats, what.notices, what.alarms.length], [['b'], ['a is failed'], 1]);
  },
};
