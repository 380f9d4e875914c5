package dev.mabeam.link;

import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** Links of simulated nodes, for tests that tell one story each. */
final class LinkWorld {
  final Simulation sim = new Simulation(1);
  final Map<String, Link> links = new LinkedHashMap<>();
  final Map<String, Future<Admission>> joins = new HashMap<>();
  /** What each node's link announced, such as {@code b SUSPECT}, oldest first. */
  final Map<String, List<String>> heard = new HashMap<>();
  final Map<String, Founding.Phase> phases = new HashMap<>();
  Founding.Rules rules = new Founding.Rules();
  private final List<LinkAddress> seeds;

  LinkWorld(String... seeds) {
    this.seeds = List.of(seeds).stream().map(LinkWorld::address).toList();
  }

  static LinkAddress address(String host) {
    return new LinkAddress(host, LinkAddress.DEFAULT_PORT);
  }

  /** Starts a machine of that name with a node of the same name. */
  Link start(String name) {
    return start(name, options -> options);
  }

  Link start(String host, UnaryOperator<LinkOptions> change) {
    return start(host, SeedSource.fixed(seeds), change);
  }

  Link start(String host, SeedSource source, UnaryOperator<LinkOptions> change) {
    SimNode node = sim.start(host);
    LinkAddress address = address(host);
    LinkOptions options =
        change.apply(new LinkOptions(host, address, address, address, Duration.ofSeconds(30)));
    phases.put(host, Founding.Phase.SEEKING);
    Link link =
        Link.create(
            options,
            SimLinkTransport.of(node),
            source,
            node.scheduler(),
            node.random(),
            rules,
            phase -> phases.put(host, phase));
    OldestMemberRegistrar.serve(link, node.scheduler());
    List<String> log = heard.computeIfAbsent(host, key -> new ArrayList<>());
    link.onChange(
        peer ->
            log.add(
                peer.member().name() + " " + (peer.leaving() ? "LEAVING" : peer.reachability())));
    links.put(host, link);
    joins.put(host, link.join());
    return link;
  }

  static UnaryOperator<LinkOptions> named(String name) {
    return o ->
        new LinkOptions(
            name, o.link(), o.grid(), o.bus(), o.bootstrap(), o.bootstrapExpect(), o.joinTimeout());
  }

  static UnaryOperator<LinkOptions> bootstrap() {
    return o -> new LinkOptions(o.name(), o.link(), o.grid(), o.bus(), true, 0, o.joinTimeout());
  }

  static UnaryOperator<LinkOptions> expect(int nodes) {
    return o ->
        new LinkOptions(o.name(), o.link(), o.grid(), o.bus(), false, nodes, o.joinTimeout());
  }

  void await(String what, BooleanSupplier condition) {
    if (!sim.runUntil(condition, Duration.ofSeconds(60))) {
      throw new AssertionError("still not after a minute: " + what + "; " + phases + " " + heard);
    }
  }

  /** Waits until all of {@code names} are members and connected with each other. */
  void awaitCluster(String... names) {
    await(
        "one cluster of " + List.of(names),
        () -> {
          for (String name : names) {
            for (String other : names) {
              if (!name.equals(other) && sees(name, other) != Reachability.CONNECTED) {
                return false;
              }
            }
          }
          return true;
        });
  }

  boolean member(String name) {
    return links.get(name).admission().isPresent();
  }

  Admission admission(String name) {
    return links.get(name).admission().orElseThrow();
  }

  /** What {@code name}'s link says of {@code other}, or null if it does not know it. */
  Reachability sees(String name, String other) {
    return links.get(name).peers().stream()
        .filter(peer -> peer.member().name().equals(other))
        .map(PeerState::reachability)
        .findAny()
        .orElse(null);
  }

  PeerState peer(String name, String other) {
    return links.get(name).peers().stream()
        .filter(peer -> peer.member().name().equals(other))
        .findAny()
        .orElseThrow();
  }
}
