package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.dns.DnsClient;
import io.vertx.core.dns.DnsClientOptions;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every address of one DNS name, asked afresh each time: the JVM would remember an answer for
 * longer than nodes take to start. A name that DNS does not know is looked up as the system does
 * it, which also reads {@code /etc/hosts}.
 */
final class DnsSeeds implements SeedSource {
  private static final int ANSWER_WITHIN_MS = 2000;

  private final Vertx vertx;
  private final DnsClient client;
  private final String name;
  private final int port;

  /** Asks the system's name server. */
  DnsSeeds(Vertx vertx, String name, int port) {
    this(vertx, name, port, new DnsClientOptions());
  }

  DnsSeeds(Vertx vertx, String name, int port, DnsClientOptions options) {
    this.vertx = vertx;
    this.name = name;
    this.port = port;
    client = vertx.createDnsClient(options.setQueryTimeout(ANSWER_WITHIN_MS));
  }

  @Override
  public Future<List<LinkAddress>> seeds() {
    Future<List<String>> v4 = client.resolveA(name).otherwise(List.of());
    Future<List<String>> v6 = client.resolveAAAA(name).otherwise(List.of());
    return Future.all(v4, v6)
        .compose(
            both -> {
              List<String> hosts = Stream.concat(hosts(v4), hosts(v6)).toList();
              return hosts.isEmpty() ? bySystem() : Future.succeededFuture(hosts);
            })
        .map(hosts -> hosts.stream().map(host -> new LinkAddress(host, port)).sorted().toList());
  }

  private static Stream<String> hosts(Future<List<String>> answer) {
    return answer.result() == null ? Stream.empty() : answer.result().stream();
  }

  private Future<List<String>> bySystem() {
    return vertx
        .executeBlocking(
            () ->
                Stream.of(InetAddress.getAllByName(name))
                    .map(InetAddress::getHostAddress)
                    .toList(),
            false)
        .recover(
            e ->
                Future.failedFuture(
                    new MabeamException(
                        ErrorCode.UNAVAILABLE,
                        "DNS knows no address for '" + name + "'",
                        "check the name, and that the nodes' service publishes addresses that are"
                            + " not ready yet")));
  }

  @Override
  public String describe() {
    return "DNS name " + name + " (port " + port + ")";
  }
}
