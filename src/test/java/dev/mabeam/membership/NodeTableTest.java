package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.grid.GridView;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import dev.mabeam.membership.NodeTable.Departure;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeTableTest {
  private final NodeTable table = new NodeTable(node("a", 1, NodeStatus.ACTIVE, 1));
  private Duration now = Duration.ofHours(1);

  private static NodeInfo node(String name, long incarnation, NodeStatus status, long beat) {
    return new NodeInfo(
        name + "#" + incarnation, name, incarnation, status, List.of("gpu"), new Capacity(64, 1),
        0.5, 0, "z", beat, 0, 0, "", "test", beat);
  }

  private static PeerState peer(String name, long incarnation, Reachability reachability) {
    LinkAddress address = new LinkAddress(name, 1);
    Member member = new Member(name, incarnation, address, address, address, name + incarnation);
    return new PeerState(member, reachability, 1.5, 300, 77, false);
  }

  private void view(String... names) {
    table.view(new GridView(1, Arrays.asList(names), false));
  }

  private void link(PeerState... peers) {
    table.link(List.of(peers));
  }

  private NodeTable.Folded after(Duration span) {
    now = now.plus(span);
    return table.fold(now.toNanos());
  }

  private NodeTable.Folded fold() {
    return after(Duration.ZERO);
  }

  private Optional<NodeStatus> status(String id) {
    return fold().nodes().stream()
        .filter(node -> node.id().equals(id))
        .map(NodeInfo::status)
        .findFirst();
  }

  /** b#2 is in the view and heard. */
  private void bIsActive() {
    table.report(node("b", 2, NodeStatus.ACTIVE, 10));
    view("a", "b");
    link(peer("b", 2, Reachability.CONNECTED));
    assertEquals(Optional.of(NodeStatus.ACTIVE), status("b#2"));
  }

  private void bIsFailed() {
    bIsActive();
    view("a");
    link(peer("b", 2, Reachability.REFUSED));
    assertEquals(Optional.of(NodeStatus.FAILED), status("b#2"));
  }

  @Test
  void shouldEnterAndLeaveEachStatus() {
    table.report(node("b", 2, NodeStatus.JOINING, 1));
    link(peer("b", 2, Reachability.CONNECTED));
    assertEquals(Optional.of(NodeStatus.JOINING), status("b#2"));
    bIsActive();
    link(peer("b", 2, Reachability.SUSPECT));
    assertEquals(Optional.of(NodeStatus.SUSPECT), status("b#2"));
    bIsActive();
    link(peer("b", 2, Reachability.SILENT));
    assertEquals(Optional.of(NodeStatus.SUSPECT), status("b#2"));
    table.evidence("b#2", Evidence.NOT_REACHED);
    assertEquals(Optional.of(NodeStatus.PARTITIONED), status("b#2"));
    table.evidence("b#2", Evidence.REACHED);
    assertEquals(Optional.of(NodeStatus.SUSPECT), status("b#2"));
    view("a");
    assertEquals(Optional.of(NodeStatus.PARTITIONED), status("b#2"));
    bIsActive();
    bIsFailed();
    bIsActive();
    table.goodbye("b#2");
    assertEquals(Optional.of(NodeStatus.LEAVING), status("b#2"));
    view("a");
    link();
    assertEquals(Departure.LEFT, fold().departed().get(0).why());
    assertEquals(Optional.empty(), status("b#2"));
  }

  @Test
  void shouldForgetOldEvidenceWhenTheNodeIsHeard() {
    bIsActive();
    link(peer("b", 2, Reachability.SILENT));
    table.evidence("b#2", Evidence.NOT_REACHED);
    bIsActive();
    link(peer("b", 2, Reachability.SILENT));
    assertEquals(Optional.of(NodeStatus.SUSPECT), status("b#2"));
  }

  @Test
  void shouldKeepAFailedNodeForTenMinutes() {
    bIsFailed();
    assertTrue(after(Duration.ofMinutes(9).plusSeconds(59)).departed().isEmpty());
    assertEquals(Optional.of(NodeStatus.FAILED), status("b#2"));
    List<NodeTable.Departed> departed = after(Duration.ofSeconds(1)).departed();
    assertEquals(Departure.FORGOTTEN, departed.get(0).why());
    assertTrue(table.hasGone("b#2"));
    assertEquals(Map.of("b#2", 10L).toString(), table.tombstones(List.of("b#2", "c#3")).toString());
  }

  @Test
  void shouldCallALostNodeFailedAfterTenMinutesAndThenForgetIt() {
    bIsActive();
    view("a");
    link(peer("b", 2, Reachability.SILENT));
    assertEquals(Optional.of(NodeStatus.PARTITIONED), status("b#2"));
    after(Duration.ofMinutes(10));
    assertEquals(Optional.of(NodeStatus.FAILED), status("b#2"));
    after(Duration.ofMinutes(10));
    assertEquals(Optional.empty(), status("b#2"));
  }

  @Test
  void shouldTakeBackAVerdictWhenTheNodeIsHeardAgain() {
    bIsFailed();
    after(Duration.ofMinutes(9));
    bIsActive();
    bIsFailed();
    assertTrue(after(Duration.ofMinutes(9)).departed().isEmpty());
  }

  @Test
  void shouldReplaceANodeByItsNextIncarnation() {
    bIsFailed();
    table.report(node("b", 5, NodeStatus.ACTIVE, 1));
    NodeTable.Folded folded = fold();
    assertEquals(Departure.REPLACED, folded.departed().get(0).why());
    assertEquals(List.of("a#1", "b#5"), folded.nodes().stream().map(NodeInfo::id).toList());
    assertFalse(table.report(node("b", 2, NodeStatus.ACTIVE, 99)));
  }

  @Test
  void shouldDropAnIncarnationThatTheLinkKnowsToBeReplaced() {
    bIsActive();
    link(peer("b", 5, Reachability.CONNECTED));
    assertEquals(Departure.REPLACED, fold().departed().get(0).why());
    assertFalse(table.report(node("b", 2, NodeStatus.ACTIVE, 99)));
  }

  @Test
  void shouldIgnoreLateGossip() {
    table.report(node("b", 2, NodeStatus.ACTIVE, 10));
    assertFalse(table.report(node("b", 2, NodeStatus.JOINING, 9)));
    assertFalse(table.report(node("b", 2, NodeStatus.JOINING, 10)));
    assertEquals(10, table.declared("b#2").orElseThrow().beat());
    assertTrue(table.report(node("b", 2, NodeStatus.ACTIVE, 11)));
  }

  @Test
  void shouldTakeTheProofOfAnEndForNewerThanTheSameBeatAlive() {
    table.report(node("b", 2, NodeStatus.ACTIVE, 10));
    assertTrue(table.report(node("b", 2, NodeStatus.FAILED, 10)));
    assertFalse(table.report(node("b", 2, NodeStatus.ACTIVE, 10)));
    assertEquals(Optional.of(NodeStatus.FAILED), status("b#2"));
    assertTrue(table.report(node("b", 2, NodeStatus.ACTIVE, 11)));
  }

  @Test
  void shouldNotLetALateReportBringBackWhoHasGone() {
    bIsFailed();
    after(Duration.ofMinutes(10));
    assertFalse(table.report(node("b", 2, NodeStatus.ACTIVE, 10)));
    assertTrue(table.report(node("b", 2, NodeStatus.ACTIVE, 11)));
    assertFalse(table.hasGone("b#2"));
  }

  @Test
  void shouldForgetWhomOthersSawGoUnlessItIsHeardHere() {
    bIsActive();
    table.forget("b#2", 10);
    assertEquals(Optional.of(NodeStatus.ACTIVE), status("b#2"));
    view("a");
    link();
    table.forget("b#2", 9);
    assertTrue(status("b#2").isPresent());
    table.forget("b#2", 10);
    assertEquals(Optional.empty(), status("b#2"));
  }

  @Test
  void shouldLetNobodySpeakForThisNode() {
    assertFalse(table.report(node("a", 1, NodeStatus.FAILED, 99)));
    table.forget("a#1", 99);
    assertEquals(Optional.of(NodeStatus.ACTIVE), status("a#1"));
  }

  @Test
  void shouldShowTheLinksMeasurementsAndBoundThem() {
    bIsActive();
    NodeInfo b = fold().nodes().get(1);
    assertEquals(1.5, b.phi());
    assertEquals(300, b.rttMicros());
    assertEquals(77, b.lastHeartbeat());
    PeerState heard = peer("b", 2, Reachability.SUSPECT);
    link(
        new PeerState(
            heard.member(), heard.reachability(), Double.POSITIVE_INFINITY, -1, 0, false));
    b = fold().nodes().get(1);
    assertEquals(1_000, b.phi());
    assertEquals(0, b.rttMicros());
    assertEquals(10, b.lastHeartbeat());
  }

  @Test
  void shouldNameWhoIsInTheViewByTheNewestIncarnation() {
    bIsActive();
    table.report(node("b", 3, NodeStatus.ACTIVE, 1));
    table.report(node("c", 4, NodeStatus.ACTIVE, 1));
    assertEquals(List.of("a#1", "b#3"), table.idsInView());
  }
}
