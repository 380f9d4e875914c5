package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Corrections.What;
import dev.mabeam.consensus.LogWorld.Machine;
import dev.mabeam.disk.SimDisk;
import dev.mabeam.testing.TestLogging;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.RaftMessage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the log does beyond the engine, each with what happens without it. */
class LogCorrectionsTest {
  private final Map<String, SimDisk> disks = new HashMap<>();

  @AfterEach
  void forgetWhatTheEngineSaid() {
    TestLogging.engineDefects();
  }

  private static MicroRaftLog.Rules without(What missing) {
    return new MicroRaftLog.Rules() {
      @Override
      boolean corrects(What what) {
        return what != missing;
      }
    };
  }

  private static MicroRaftLog.Rules with(boolean corrected, What what) {
    return corrected ? new MicroRaftLog.Rules() : without(what);
  }

  private LogWorld world(MicroRaftLog.Rules rules, String... names) {
    LogWorld[] made = new LogWorld[1];
    made[0] = new LogWorld(1, LogWorld.SETTINGS, name -> rules);
    return LogWorld.of(made[0], name -> store(made[0], name), names);
  }

  private Supplier<LogStore> store(LogWorld world, String name) {
    return () -> {
      var scheduler = world.sim.node(name).scheduler();
      try {
        return ForcedStore.open(
            disks.computeIfAbsent(name, key -> new SimDisk()),
            world.machines.containsKey(name) ? world.machine(name).group : LogWorld.GROUP,
            scheduler::execute,
            scheduler::execute);
      } catch (IOException unusable) {
        throw new UncheckedIOException(unusable);
      }
    };
  }

  private void crash(LogWorld world, String name) {
    world.sim.node(name).crash();
    disks.get(name).crash();
  }

  // ---- a search for votes that ends -----------------------------------------------------------

  /** Both followers miss the leader for a moment, and get it back; later it dies. */
  private boolean leadsAgainAfterHiccups(boolean corrected) {
    disks.clear();
    LogWorld world =
        world(with(corrected, What.SEARCH_FOR_VOTES_ENDS), "a", "b", "c");
    for (String follower : List.of("b", "c")) {
      world.sim.network().isolate(follower);
      world.runFor(Duration.ofMillis(1_000));
      world.sim.network().healAll();
      world.runFor(Duration.ofSeconds(3));
      assertEquals(world.machine("a"), world.leader());
    }
    crash(world, "a");
    return world.sim.runUntil(() -> world.leader() != null, Duration.ofSeconds(30));
  }

  @Test
  void shouldElectAgainAfterItsFollowersHadMissedALeaderForAMoment() {
    assertTrue(leadsAgainAfterHiccups(true));
    assertFalse(leadsAgainAfterHiccups(false), "then the engine needs no help there");
  }

  /** Of two that are left, one has the higher term and the other the longer log. */
  private boolean leadsDespiteTerms(boolean corrected) {
    disks.clear();
    LogWorld world = world(with(corrected, What.TERMS_ARE_TAKEN_OVER), "a", "b", "c");
    Machine a = world.machine("a");
    Machine b = world.machine("b");
    world.sim.network().isolate("b");
    world.appended(a);
    crash(world, "c");
    world.await("a to lead no more", () -> !a.leads());
    b.log.receive(
        LogCodec.encode(
            LogCodec.MODEL
                .createVoteRequestBuilder()
                .setGroupId(LogWorld.GROUP)
                .setSender(world.machine("c").endpoint)
                .setTerm(40)
                .setLastLogTerm(0)
                .setLastLogIndex(0)
                .setSticky(false)
                .build(),
            b.endpoint,
            null));
    assertEquals(40, b.log.status().term());
    world.sim.network().healAll();
    return world.sim.runUntil(a::leads, Duration.ofSeconds(30));
  }

  @Test
  void shouldElectTheOneWithTheLongerLogThoughItsTermIsLower() {
    assertTrue(leadsDespiteTerms(true));
    assertFalse(leadsDespiteTerms(false), "then the engine needs no help there");
  }

  // ---- one that was removed -------------------------------------------------------------------

  /**
   * The leader of four removes itself, alone; two others go on with each other while the fourth is
   * out of their reach, and the removed one comes back and finds the fourth.
   */
  private void removedLeaderComesBack() {
    LogWorld world =
        world(
            new MicroRaftLog.Rules() {
              @Override
              boolean leadersRemoveThemselves() {
                return true;
              }

              @Override
              boolean corrects(What what) {
                return what != What.WHOLE_MAJORITY;
              }
            },
            "a", "b", "c", "d");
    Machine a = world.machine("a");
    Machine d = world.machine("d");
    world.appended(a);
    world.runFor(Duration.ofSeconds(1));
    world.sim.network().isolate("a");
    a.log.change(a.endpoint, Log.Change.REMOVE, a.log.status().configuration());
    world.runFor(Duration.ofMillis(20));
    crash(world, "a");
    world.await(
        "d to vote for b or c",
        () -> d.log.status().term() == 2 && d.log.status().role() == Log.Role.FOLLOWER);
    world.sim.network().cutOneWay("b", "d");
    world.sim.network().cutOneWay("c", "d");
    Machine next = world.awaitLeader();
    assertTrue(next != d);
    world.appended(next);
    world.sim.network().heal("a", "d");
    a.restart();
    world.runFor(Duration.ofSeconds(6));
    world.sim.network().healAll();
    world.runFor(Duration.ofSeconds(6));
    world.appended(world.awaitLeader());
  }

  @Test
  void shouldCatchARemovedEndpointThatVotes() {
    AssertionError caught = assertThrows(AssertionError.class, this::removedLeaderComesBack);
    assertTrue(caught.getMessage().contains("another entry"), caught::getMessage);
  }

  @Test
  void shouldTellOneThatMissedItsRemoval() {
    LogWorld world = LogWorld.of(1, "a", "b", "c");
    Machine c = world.machine("c");
    world.sim.network().isolate("c");
    world.change(world.machine("a"), c, Log.Change.REMOVE);
    world.runFor(Duration.ofSeconds(5));
    assertEquals(Log.Role.FOLLOWER, c.log.status().role());
    world.sim.network().healAll();
    world.await("c to be closed", () -> c.said.role() == Log.Role.CLOSED);
  }

  @Test
  void shouldLetOneThatWaitsToBeAddedWait() {
    LogWorld world = LogWorld.of(1, "a", "b");
    Machine c = world.join("c");
    world.runFor(Duration.ofSeconds(5));
    assertEquals(Log.Role.LEARNER, c.log.status().role());
    world.promote(world.machine("a"), c);
    world.awaitAllApplied(world.appended(world.machine("a")));
  }

  // ---- four voters ----------------------------------------------------------------------------

  /**
   * The leader of four removes one of them, alone; two others go on with each other while the
   * fourth is out of their reach, and the old leader comes back and finds the fourth.
   */
  private void twoOfFourCommit(boolean corrected) {
    disks.clear();
    LogWorld world = world(with(corrected, What.WHOLE_MAJORITY), "a", "b", "c", "d");
    Machine a = world.machine("a");
    Machine d = world.machine("d");
    world.awaitAllApplied(world.appended(a));
    world.sim.network().isolate("a");
    a.log.change(world.machine("b").endpoint, Log.Change.REMOVE, a.log.status().configuration());
    world.runFor(Duration.ofMillis(20));
    crash(world, "a");
    world.await(
        "d to vote for b or c",
        () -> d.log.status().term() == 2 && d.log.status().role() == Log.Role.FOLLOWER);
    world.sim.network().cutOneWay("b", "d");
    world.sim.network().cutOneWay("c", "d");
    Machine next = world.awaitLeader();
    assertTrue(next != d);
    world.append(next);
    world.runFor(Duration.ofMillis(100));
    world.sim.network().heal("a", "d");
    a.restart();
    world.runFor(Duration.ofSeconds(6));
    world.sim.network().healAll();
    world.runFor(Duration.ofSeconds(6));
    world.appended(world.awaitLeader());
  }

  @Test
  void shouldCommitByThreeOfFour() {
    twoOfFourCommit(true);
    AssertionError caught = assertThrows(AssertionError.class, () -> twoOfFourCommit(false));
    assertTrue(caught.getMessage().contains("another entry"), caught::getMessage);
  }

  @Test
  void shouldReadAndWriteAndFailInTimeWithFourVoters() {
    LogWorld world = LogWorld.of(1, "a", "b", "c", "d");
    Machine a = world.machine("a");
    Duration from = world.sim.elapsed();
    for (int i = 0; i < 50; i++) {
      world.appended(a);
      world.done("a read", a.log.readIndex());
    }
    Duration took = world.sim.elapsed().minus(from);
    assertTrue(took.compareTo(Duration.ofMillis(500)) < 0, () -> "" + took);
    world.sim.network().isolate("c");
    world.sim.network().isolate("d");
    Future<Long> read = a.log.readIndex();
    Future<Long> append = world.append(a);
    world.await("answers", () -> read.isComplete() && append.isComplete());
    assertTrue(read.failed() && append.failed());
  }

  // ---- answers of another term ----------------------------------------------------------------

  /** What c had once confirmed comes late, when its end has gone and the leader leads again. */
  private void answerComesLate(boolean corrected) {
    disks.clear();
    LogWorld world = world(with(corrected, What.STALE_ANSWERS), "a", "b", "c");
    Machine a = world.machine("a");
    Machine b = world.machine("b");
    int oldTerm = a.log.status().term();
    world.done("a transfer", a.log.transferTo(b.endpoint));
    world.await("b to lead", b::leads);
    world.done("a transfer back", b.log.transferTo(a.endpoint));
    world.await("a to lead", a::leads);
    world.awaitAllApplied(world.appended(a));
    world.sim.network().isolate("a");
    world.append(a);
    a.log.receive(
        LogCodec.encode(
            LogCodec.MODEL
                .createAppendEntriesSuccessResponseBuilder()
                .setGroupId(LogWorld.GROUP)
                .setSender(world.machine("c").endpoint)
                .setTerm(oldTerm)
                .setLastLogIndex(a.applied + 1)
                .setQuerySequenceNumber(0)
                .setFlowControlSequenceNumber(0)
                .build(),
            a.endpoint,
            null));
    world.await("b or c to lead", () -> world.leader() != null && world.leader() != a);
    world.appended(world.leader());
    world.sim.network().healAll();
    world.awaitAllApplied(world.appended(world.awaitLeader()));
  }

  @Test
  void shouldNotCountWhatWasConfirmedInAnEarlierTerm() {
    answerComesLate(true);
    AssertionError caught = assertThrows(AssertionError.class, () -> answerComesLate(false));
    assertTrue(caught.getMessage().contains("another entry"), caught::getMessage);
  }

  // ---- images ---------------------------------------------------------------------------------

  /**
   * The leader has an image, and then entries that nobody else gets; it comes back with just these
   * to a leader that still has the entries before the image.
   */
  private void comesBackBehindItsImage(boolean corrected) {
    disks.clear();
    LogWorld world = world(with(corrected, What.BEHIND_IMAGE), "a", "b", "c");
    Machine a = world.machine("a");
    int image = LogWorld.SETTINGS.entriesPerImage();
    while (a.applied < image - 1) {
      world.appended(a);
    }
    world.runFor(Duration.ofSeconds(1));
    world.appended(a);
    world.runFor(Duration.ofMillis(300));
    assertEquals(image, a.applied);
    world.sim.network().isolate("a");
    for (int i = 0; i < 10; i++) {
      world.append(a);
    }
    world.runFor(Duration.ofMillis(50));
    crash(world, "a");
    Machine next = world.awaitLeader();
    for (int i = 0; i < 5; i++) {
      world.appended(next);
    }
    world.sim.network().healAll();
    a.restart();
    long last = world.appended(next);
    world.runFor(Duration.ofSeconds(20));
    assertEquals(last, a.applied);
  }

  @Test
  void shouldFollowFromItsImageOnWhateverElseItHad() {
    comesBackBehindItsImage(true);
    assertThrows(AssertionError.class, () -> comesBackBehindItsImage(false));
  }

  /** Hears of entries, and not that they are committed. */
  private static final class HearsNoCommits extends MicroRaftLog.Rules {
    private final boolean corrected;
    private long until = Long.MAX_VALUE;

    HearsNoCommits(boolean corrected) {
      this.corrected = corrected;
    }

    @Override
    boolean corrects(What what) {
      return corrected || what != What.UNNEEDED_IMAGE;
    }

    @Override
    List<RaftMessage> heard(RaftMessage message, MicroRaftLog by) {
      return message instanceof AppendEntriesRequest request && request.getCommitIndex() > until
          ? List.of(
              LogCodec.MODEL
                  .createAppendEntriesRequestBuilder()
                  .setGroupId(request.getGroupId())
                  .setSender(request.getSender())
                  .setTerm(request.getTerm())
                  .setPreviousLogTerm(request.getPreviousLogTerm())
                  .setPreviousLogIndex(request.getPreviousLogIndex())
                  .setCommitIndex(until)
                  .setLogEntries(request.getLogEntries())
                  .setQuerySequenceNumber(request.getQuerySequenceNumber())
                  .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber())
                  .build())
          : List.of(message);
    }
  }

  /** An image arrives where the entries after it, a change of voters among them, are already. */
  private void imageComesLate(boolean corrected) {
    HearsNoCommits deaf = new HearsNoCommits(corrected);
    LogWorld world =
        new LogWorld(
            1,
            LogWorld.SETTINGS,
            name -> name.equals("c") ? deaf : new MicroRaftLog.Rules());
    LogWorld.of(world, name -> LogStore::memory, "a", "b", "c");
    Machine a = world.machine("a");
    Machine c = world.machine("c");
    while (a.applied < 90) {
      world.appended(a);
    }
    world.awaitAllApplied(90);
    deaf.until = 90;
    Log.LogStatus before = a.log.status();
    while (a.applied < LogWorld.SETTINGS.entriesPerImage()) {
      world.appended(a);
    }
    world.change(a, world.join("d"), Log.Change.ADD_LEARNER);
    world.await("c to have all of it", () -> a.log.status().matched().get(c.endpoint) > 100);
    assertEquals(90, c.applied);
    c.log.receive(LogCodec.encode(install(a, before), c.endpoint, a.lastImage));
    world.await("c to know that it is committed", () -> c.applied == 100);
    deaf.until = Long.MAX_VALUE;
    world.awaitAllApplied(world.appended(a));
    assertEquals(List.of(), TestLogging.engineDefects());
  }

  private static RaftMessage install(Machine from, Log.LogStatus members) {
    RaftGroupMembersView view =
        LogCodec.MODEL
            .createRaftGroupMembersViewBuilder()
            .setLogIndex(members.configuration())
            .setMembers(List.copyOf(members.voters()))
            .setVotingMembers(List.copyOf(members.voters()))
            .build();
    return LogCodec.MODEL
        .createInstallSnapshotRequestBuilder()
        .setGroupId(LogWorld.GROUP)
        .setSender(from.endpoint)
        .setTerm(members.term())
        .setSenderLeader(true)
        .setSnapshotTerm(members.term())
        .setSnapshotIndex(100)
        .setTotalSnapshotChunkCount(1)
        .setSnapshotChunk(
            LogCodec.chunk(100, members.term(), 0, 1, view, new LogImage(from.lastImage)))
        .setSnapshottedMembers(List.of(from.endpoint))
        .setGroupMembersView(view)
        .setQuerySequenceNumber(0)
        .setFlowControlSequenceNumber(0)
        .build();
  }

  @Test
  void shouldNotInstallAnImageOverLaterEntries() {
    imageComesLate(true);
    TestLogging.engineDefects();
    assertThrows(AssertionError.class, () -> imageComesLate(false));
  }

  // ---- far behind -----------------------------------------------------------------------------

  private Duration catchingUp(boolean corrected) {
    disks.clear();
    LogWorld world = world(with(corrected, What.BEHIND_LEADER), "a", "b", "c");
    crash(world, "c");
    world.runFor(Duration.ofSeconds(1));
    Machine a = world.machine("a");
    long last = 0;
    for (int i = 0; i < 80; i++) {
      last = world.appended(a);
    }
    // A new leader takes c's log for as long as its own.
    world.done("a transfer", a.log.transferTo(world.machine("b").endpoint));
    world.await("b to lead", world.machine("b")::leads);
    world.machine("c").restart();
    Duration from = world.sim.elapsed();
    world.awaitAllApplied(last);
    return world.sim.elapsed().minus(from);
  }

  @Test
  void shouldFindOutAtOnceHowFarAnEndpointIsBehind() {
    Duration alone = catchingUp(false);
    Duration helped = catchingUp(true);
    assertTrue(
        helped.plusMillis(50).compareTo(alone) < 0, () -> helped + " and without " + alone);
  }

  // ---- broken on purpose ----------------------------------------------------------------------

  /** Takes what one endpoint confirms for what all have confirmed. */
  private static final class CommitsWithoutAMajority extends MicroRaftLog.Rules {
    @Override
    List<RaftMessage> heard(RaftMessage message, MicroRaftLog by) {
      if (!(message instanceof AppendEntriesSuccessResponse response)) {
        return List.of(message);
      }
      List<RaftMessage> all = new ArrayList<>(List.of(message));
      for (Endpoint voter : by.status().voters()) {
        if (!voter.equals(by.self()) && !voter.equals(response.getSender())) {
          all.add(
              LogCodec.MODEL
                  .createAppendEntriesSuccessResponseBuilder()
                  .setGroupId(response.getGroupId())
                  .setSender(voter)
                  .setTerm(response.getTerm())
                  .setLastLogIndex(response.getLastLogIndex())
                  .setQuerySequenceNumber(response.getQuerySequenceNumber())
                  .setFlowControlSequenceNumber(0)
                  .build());
        }
      }
      return all;
    }
  }

  private static long caught(LongStream seeds, Supplier<MicroRaftLog.Rules> rules) {
    return seeds
        .filter(
            seed -> {
              try {
                new LogFaults(seed, node -> rules.get()).run();
                return false;
              } catch (AssertionError found) {
                return found.getMessage().contains("another entry")
                    || found.getMessage().contains("image of something else")
                    || found.getMessage().contains("what led to");
              }
            })
        .count();
  }

  @Test
  void shouldCatchALeaderThatCommitsWithoutAMajority() {
    long caught = caught(LongStream.rangeClosed(1, 20), CommitsWithoutAMajority::new);
    assertTrue(caught > 1, () -> "only " + caught + " of 20 seeds tell");
  }

  private void everybodyLosesPower(boolean lying) {
    disks.clear();
    for (String name : List.of("a", "b", "c")) {
      disks.put(name, lying ? new SimDisk().lying() : new SimDisk());
    }
    LogWorld world = world(new MicroRaftLog.Rules(), "a", "b", "c");
    for (int i = 0; i < 150; i++) {
      world.appended(world.machine("a"));
    }
    for (String name : disks.keySet()) {
      world.sim.node(name).crash();
      disks.get(name).losePower(unforced -> Buffer.buffer(), new Random(1));
    }
    disks.keySet().forEach(name -> world.machine(name).restart());
    Machine next = world.awaitLeader();
    for (int i = 0; i < 60; i++) {
      world.appended(next);
    }
    world.awaitAllApplied(world.appended(next));
  }

  @Test
  void shouldCatchADiskThatSaysThatItHasWhatItForgets() {
    everybodyLosesPower(false);
    AssertionError caught = assertThrows(AssertionError.class, () -> everybodyLosesPower(true));
    assertTrue(caught.getMessage().contains("another entry"), caught::getMessage);
  }

  // ---- the only survivor ----------------------------------------------------------------------

  @Test
  void shouldLeadAloneWithAllItHadWhenTheOthersAreGoneForGood() throws IOException {
    LogWorld world = world(new MicroRaftLog.Rules(), "a", "b", "c");
    Machine b = world.machine("b");
    long last = 0;
    for (int i = 0; i < 130; i++) {
      last = world.appended(world.machine("a"));
    }
    world.awaitAllApplied(last);
    List.of("a", "b", "c").forEach(name -> crash(world, name));
    Endpoint self = b.endpoint;
    Survivor.Made made = Survivor.make(disks.get("b"), LogWorld.GROUP + "-recovered");
    assertEquals(self, made.endpoint());
    assertEquals(2, made.gone().size());
    b.group = LogWorld.GROUP + "-recovered";
    b.restart();
    world.await("b to lead alone", b::leads);
    assertEquals(List.of(self), b.log.status().voters());
    assertTrue(world.appended(b) > last);
    // The others come back from the dead, as they were: they are in another group.
    world.machine("a").restart();
    world.machine("c").restart();
    world.runFor(Duration.ofSeconds(5));
    assertTrue(b.leads());
    assertEquals(List.of(self), b.log.status().voters());
    Future<Long> read = b.log.readIndex();
    assertTrue(world.done("a read", read) > last);
  }

  @Test
  void shouldSurviveASecondTimeAndRefuseADirectoryWithoutALog() throws IOException {
    LogWorld world = world(new MicroRaftLog.Rules(), "a", "b");
    world.appended(world.machine("a"));
    crash(world, "b");
    Survivor.make(disks.get("b"), "x");
    SimDisk again = disks.get("b").copy();
    Survivor.Made second = Survivor.make(again, "y");
    assertEquals(List.of(), second.gone());
    assertEquals("x", second.oldGroup());
    assertThrows(RuntimeException.class, () -> Survivor.make(new SimDisk(), "z"));
    again.losePower(new Random(1));
    assertEquals("y", ForcedStore.peek(again).orElseThrow().group());
  }
}
