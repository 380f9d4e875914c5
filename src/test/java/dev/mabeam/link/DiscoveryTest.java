package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Vertx;
import io.vertx.core.dns.DnsClientOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiscoveryTest {
  private static final LinkAddress SELF = new LinkAddress("127.0.0.1", 7802);
  private static final LinkAddress SEED = new LinkAddress("10.0.0.9", 7802);

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  @Test
  void shouldTakeTheSeedsThatAreGiven() throws Exception {
    assertEquals(List.of(SEED), seeds(of("static", List.of(SEED), Map.of())));
    assertEquals(List.of(), seeds(of("static", List.of(), Map.of())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "consul", "dns", "dns:", "static:a", "dns:a b"})
  void shouldRefuseAWayThatIsNotThere(String way) {
    MabeamException refused =
        assertThrows(MabeamException.class, () -> of(way, List.of(), Map.of()));
    assertEquals(ErrorCode.INVALID, refused.code());
  }

  @Test
  void shouldFindEveryAddressOfADnsName() throws Exception {
    try (TinyDns dns = TinyDns.serving(Map.of("nodes.test", List.of("10.0.0.2", "10.0.0.1")))) {
      SeedSource source = new DnsSeeds(vertx, "nodes.test", 7802, asking(dns));
      assertEquals(
          List.of(new LinkAddress("10.0.0.1", 7802), new LinkAddress("10.0.0.2", 7802)),
          seeds(source));
    }
  }

  @Test
  void shouldSeeAnAddressThatDnsLearnsLater() throws Exception {
    try (TinyDns dns = TinyDns.serving(Map.of("nodes.test", List.of("10.0.0.1")))) {
      SeedSource source = new DnsSeeds(vertx, "nodes.test", 7802, asking(dns));
      assertEquals(1, seeds(source).size());
      dns.answer("nodes.test", List.of("10.0.0.1", "10.0.0.2"));
      assertEquals(2, seeds(source).size());
    }
  }

  @Test
  void shouldReadTheHostsFileForANameThatDnsDoesNotKnow() throws Exception {
    try (TinyDns dns = TinyDns.serving(Map.of())) {
      SeedSource source = new DnsSeeds(vertx, "localhost", 7812, asking(dns));
      assertTrue(seeds(source).contains(new LinkAddress("127.0.0.1", 7812)));
    }
  }

  @Test
  void shouldSayWhichNameHasNoAddress() throws Exception {
    try (TinyDns dns = TinyDns.serving(Map.of())) {
      SeedSource source = new DnsSeeds(vertx, "nobody.invalid", 7802, asking(dns));
      MabeamException failure = assertThrows(MabeamException.class, () -> seeds(source));
      assertEquals(ErrorCode.UNAVAILABLE, failure.code());
      assertTrue(failure.getMessage().contains("nobody.invalid"));
    }
  }

  @Test
  void shouldTakeThePortOfADnsNameOrElseItsOwn() {
    assertEquals("DNS name a (port 7802)", of("dns:a", List.of(), Map.of()).describe());
    assertEquals("DNS name a (port 7812)", of("dns:a:7812", List.of(), Map.of()).describe());
  }

  @Test
  void shouldAskKubernetesForItsHeadlessService() {
    assertEquals(
        "DNS name mabeam.agents.svc.cluster.local (port 7802)",
        of("kubernetes", List.of(), Map.of("NAMESPACE", "agents")).describe());
    assertEquals(
        "DNS name mine.agents.svc.cluster.local (port 7802)",
        of("kubernetes", List.of(), Map.of("NAMESPACE", "agents", "MABEAM_SERVICE", "mine"))
            .describe());
  }

  @Test
  void shouldAskTheSeedsThatAreGivenToo() throws Exception {
    List<LinkAddress> found = seeds(of("dns:localhost", List.of(SEED), Map.of()));
    assertTrue(found.contains(SEED) && found.contains(SELF), found::toString);
    assertEquals(List.of(SEED), seeds(of("dns:nobody.invalid", List.of(SEED), Map.of())));
  }

  @Test
  void shouldFindWhoListensToTheSameGroup() throws Exception {
    String group = "239.255.77.98:" + ThreadLocalRandom.current().nextInt(20_000, 30_000);
    LinkAddress other = new LinkAddress("127.0.0.1", 7812);
    SeedSource ours = new MulticastSeeds(vertx, group, SELF);
    SeedSource theirs = new MulticastSeeds(vertx, group, other);
    assertEquals(List.of(SELF), seeds(ours));
    assertEquals(List.of(SELF, other), seeds(theirs));
    assertEquals(List.of(SELF, other), seeds(ours));
  }

  private SeedSource of(String way, List<LinkAddress> given, Map<String, String> environment) {
    return Discovery.of(vertx, way, given, SELF, environment);
  }

  private static DnsClientOptions asking(TinyDns dns) {
    return new DnsClientOptions().setHost("127.0.0.1").setPort(dns.port());
  }

  private static List<LinkAddress> seeds(SeedSource source) throws TimeoutException {
    return source.seeds().await(20, TimeUnit.SECONDS);
  }
}
