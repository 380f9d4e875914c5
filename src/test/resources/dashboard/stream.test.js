import {equal} from './check.js';
import {GIVE_UP_MS, STALE_MS, Stream} from '/js/stream.js';

/** A stream on sockets and a clock of our own. */
function setUp() {
  const world = {now: 0, sockets: [], messages: []};
  const open = () => {
    const socket = {sent: [], closed: false, send: text => socket.sent.push(text), close: () => (socket.closed = true)};
    socket.receive = message => socket.onmessage({data: typeof message === 'string' ? message : JSON.stringify(message)});
    world.sockets.push(socket);
    return socket;
  };
  const stream = new Stream({open, now: () => world.now, random: () => 1, onMessage: m => world.messages.push(m)});
  const after = ms => {
    world.now += ms;
    stream.tick();
  };
  stream.tick();
  return {world, stream, after, phase: () => stream.liveness().phase, last: () => world.sockets.at(-1)};
}

const hello = {type: 'hello', v: 1};
const snapshot = seq => ({type: 'snapshot', seq, state: {}});
const patch = seq => ({type: 'patch', seq, ops: []});

export const tests = {
  shouldBeLiveFromTheFirstMessageAndStaleWhenNoneComes() {
    const {stream, after, phase, last} = setUp();
    equal(phase(), 'connecting');
    last().receive(hello);
    equal(phase(), 'live');
    after(STALE_MS);
    equal(phase(), 'live');
    after(2000);
    equal([phase(), stream.liveness().silentMs], ['stale', STALE_MS + 2000]);
    last().receive(snapshot(1));
    equal(phase(), 'live');
  },

  shouldAskForASnapshotOnceWhenASequenceNumberIsMissing() {
    const {world, last} = setUp();
    for (const message of [hello, snapshot(1), patch(2), patch(4), patch(5)]) last().receive(message);
    equal(last().sent, ['{"type":"resync"}']);
    equal(world.messages.map(m => m.type), ['hello', 'snapshot', 'patch']);
    last().receive(snapshot(6));
    last().receive(patch(7));
    equal(world.messages.length, 5);
  },

  shouldReconnectWithGrowingPausesAndStartOverWhenItWorks() {
    const {world, stream, after, phase, last} = setUp();
    last().receive(hello);
    last().onclose();
    equal([phase(), stream.liveness().retryInMs], ['reconnecting', 300]);
    after(299);
    equal(world.sockets.length, 1);
    after(1);
    equal(world.sockets.length, 2);
    last().onclose();
    equal(stream.liveness().retryInMs, 700);
    after(700);
    last().receive(hello);
    equal(phase(), 'live');
    last().onclose();
    equal(stream.liveness().retryInMs, 300);
  },

  shouldGiveUpAConnectionThatStaysSilent() {
    const {world, after, phase, last} = setUp();
    last().receive(hello);
    after(GIVE_UP_MS + 1);
    equal([world.sockets[0].closed, phase()], [true, 'reconnecting']);
  },

  shouldGiveUpAConnectionThatNeverOpens() {
    const {world, after} = setUp();
    after(GIVE_UP_MS + 1);
    after(300);
    equal([world.sockets[0].closed, world.sockets.length], [true, 2]);
  },

  shouldDropAConnectionThatTalksNonsense() {
    const {world, phase, last} = setUp();
    last().receive(hello);
    last().receive('{"type":');
    equal([world.sockets[0].closed, phase()], [true, 'reconnecting']);
  },

  shouldTakeNoPatchOfAnOldConnectionForTheNewOne() {
    const {world, after, last} = setUp();
    for (const message of [hello, snapshot(1), patch(2)]) last().receive(message);
    last().onclose();
    after(300);
    last().receive(hello);
    last().receive(patch(3));
    equal(world.messages.map(m => m.type), ['hello', 'snapshot', 'patch', 'hello']);
  },

  shouldTryAtOnceWhenAsked() {
    const {world, stream, last} = setUp();
    last().onclose();
    stream.retryNow();
    equal(world.sockets.length, 2);
  },
};
