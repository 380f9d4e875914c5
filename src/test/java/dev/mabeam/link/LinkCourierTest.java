package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkCourierTest {
  private static final byte TYPE = 16;

  private final LinkWorld world = new LinkWorld("a", "b", "c");
  private final Map<String, List<String>> arrived = new HashMap<>();

  @BeforeEach
  void threeNodes() {
    for (String name : List.of("a", "b", "c")) {
      listen(name, world.start(name));
    }
    world.awaitCluster("a", "b", "c");
  }

  private void listen(String name, Link link) {
    List<String> log = new ArrayList<>();
    arrived.put(name, log);
    link.courier()
        .onFrame((from, type, payload) -> log.add(from.host() + " " + type + " " + payload));
  }

  private Courier courier(String name) {
    return world.links.get(name).courier();
  }

  private void send(String from, String to, String text) {
    courier(from).send(LinkWorld.address(to), TYPE, Buffer.buffer(text));
  }

  private void await(String name, String line) {
    world.await(name + " to hear '" + line + "'", () -> arrived.get(name).contains(line));
  }

  @Test
  void shouldBringEverythingInOrderAndSayFromWhom() {
    IntStream.range(0, 500).forEach(i -> send("a", "b", "a" + i));
    send("c", "b", "c");
    await("b", "a 16 a499");
    await("b", "c 16 c");
    assertEquals(
        IntStream.range(0, 500).mapToObj(i -> "a 16 a" + i).toList(),
        arrived.get("b").stream().filter(line -> line.startsWith("a ")).toList());
    assertTrue(courier("a").reaches(LinkWorld.address("b")));
    assertFalse(courier("b").reaches(LinkWorld.address("a")), "lines carry one way");
  }

  @Test
  void shouldBringWhatIsSentOverAFreshLineAtOnceAfterTheOldOneBroke() {
    send("a", "b", "before");
    await("b", "a 16 before");
    world.sim.node("b").crash();
    listen("b", world.start("b"));
    world.await("b to be back", () -> world.member("b"));
    send("a", "b", "after");
    Duration from = world.sim.elapsed();
    await("b", "a 16 after");
    Duration took = world.sim.elapsed().minus(from);
    assertTrue(took.compareTo(Duration.ofMillis(50)) < 0, () -> "" + took);
  }

  @Test
  void shouldNoticeASilentCutAndComeBackSoonAfterTheHeal() {
    send("a", "b", "before");
    await("b", "a 16 before");
    world.sim.network().isolate("b");
    world.sim.runFor(LinkCourier.STALE.plusMillis(600));
    assertFalse(courier("a").reaches(LinkWorld.address("b")));
    for (int i = 0; i < 40; i++) {
      send("a", "b", "lost" + i);
      world.sim.runFor(Duration.ofMillis(250));
    }
    world.sim.network().healAll();
    Duration from = world.sim.elapsed();
    while (!arrived.get("b").contains("a 16 after")) {
      send("a", "b", "after");
      world.sim.runFor(Duration.ofMillis(50));
    }
    Duration took = world.sim.elapsed().minus(from);
    assertTrue(took.compareTo(Duration.ofMillis(1_600)) < 0, () -> "" + took);
  }

  @Test
  void shouldKeepAnIdleLineOpen() {
    send("a", "b", "before");
    world.sim.runFor(Duration.ofMinutes(5));
    assertTrue(courier("a").reaches(LinkWorld.address("b")));
  }

  @Test
  void shouldDropWhatIsTooMuchForALineThatIsBeingOpened() {
    Buffer large = Buffer.buffer(new byte[LinkCourier.MAX_WAITING_BYTES / 2]);
    for (int i = 0; i < 5; i++) {
      courier("a").send(LinkWorld.address("b"), TYPE, large);
    }
    world.sim.runFor(Duration.ofSeconds(1));
    assertEquals(2, arrived.get("b").size());
  }

  @Test
  void shouldTalkOnlyToItsOwnCluster() {
    Link stranger = world.start("x", SeedSource.fixed(List.of()), LinkWorld.bootstrap());
    listen("x", stranger);
    world.await("x to be in a cluster of its own", () -> world.member("x"));
    send("x", "a", "to the others");
    send("a", "x", "to the stranger");
    world.sim.runFor(Duration.ofSeconds(5));
    assertEquals(List.of(), arrived.get("a"));
    assertEquals(List.of(), arrived.get("x"));
    assertFalse(courier("a").reaches(LinkWorld.address("x")));
  }

  @Test
  void shouldRefuseWhatIsTheLinksOwnAndWhatIsTooLong() {
    LinkAddress b = LinkWorld.address("b");
    assertThrows(
        IllegalArgumentException.class, () -> courier("a").send(b, (byte) 15, Buffer.buffer()));
    Buffer tooLong = Buffer.buffer(new byte[FrameCodec.MAX_PAYLOAD + 1]);
    assertThrows(
        IllegalArgumentException.class, () -> courier("a").send(b, TYPE, tooLong));
  }

  @Test
  void shouldGoOnAfterAHandlerThatFailed() {
    courier("b")
        .onFrame(
            (from, type, payload) -> {
              if (payload.toString().equals("bad")) {
                throw new IllegalStateException("bad");
              }
              arrived.get("b").add(payload.toString());
            });
    send("a", "b", "bad");
    send("a", "b", "good");
    await("b", "good");
  }

  @Test
  void shouldEndWithItsLink() {
    send("a", "b", "before");
    await("b", "a 16 before");
    world.links.get("a").leave();
    send("a", "b", "after");
    world.sim.runFor(Duration.ofSeconds(5));
    assertFalse(arrived.get("b").contains("a 16 after"));
  }
}
