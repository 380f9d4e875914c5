package dev.mabeam.link;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Whoever answers in the local network: each call asks the group and gathers the answers for a
 * while. The socket stays open, so that this node answers others for as long as its Vert.x lives.
 *
 * <p>All nodes that listen to one group and port are taken for one cluster; give each cluster its
 * own. Packets do not leave the local network, on loopback not the machine. Anyone in the network
 * can answer: this finds nodes, it does not authenticate them.
 */
final class MulticastSeeds implements SeedSource {
  static final String DEFAULT_GROUP = "239.255.77.98";
  static final int DEFAULT_PORT = 7803;

  private static final long GATHER_MS = 400;
  private static final long FORGET_AFTER_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final Vertx vertx;
  private final LinkAddress group;
  private final LinkAddress self;
  private final Map<LinkAddress, Long> heard = new ConcurrentHashMap<>();
  private Future<DatagramSocket> socket;

  /** {@code where} is {@code GROUP:PORT}, or empty for the defaults. */
  MulticastSeeds(Vertx vertx, String where, LinkAddress self) {
    this.vertx = vertx;
    this.self = self;
    group =
        where.isEmpty()
            ? new LinkAddress(DEFAULT_GROUP, DEFAULT_PORT)
            : LinkAddress.parse(where.contains(":") ? where : where + ":" + DEFAULT_PORT);
  }

  @Override
  public Future<List<LinkAddress>> seeds() {
    return open().compose(open -> say(open, "ask")).compose(none -> gather());
  }

  private Future<List<LinkAddress>> gather() {
    Promise<List<LinkAddress>> gathered = Promise.promise();
    vertx.setTimer(
        GATHER_MS,
        timer -> {
          long now = System.nanoTime();
          heard.put(self, now);
          heard.values().removeIf(at -> now - at > FORGET_AFTER_NANOS);
          gathered.complete(heard.keySet().stream().sorted().toList());
        });
    return gathered.future();
  }

  private synchronized Future<DatagramSocket> open() {
    if (socket == null || socket.failed()) {
      socket = vertx.executeBlocking(this::networkInterface, false).compose(this::listen);
    }
    return socket;
  }

  /** The name of the interface that this node's address is on; blocking. */
  private String networkInterface() throws Exception {
    NetworkInterface found = NetworkInterface.getByInetAddress(InetAddress.getByName(self.host()));
    if (found == null) {
      throw new IllegalStateException("no network interface has the address " + self.host());
    }
    return found.getName();
  }

  private Future<DatagramSocket> listen(String networkInterface) {
    boolean loopback = networkInterface.equals("lo");
    DatagramSocket opening =
        vertx.createDatagramSocket(
            new DatagramSocketOptions()
                .setReuseAddress(true)
                .setLoopbackModeDisabled(false)
                .setMulticastNetworkInterface(networkInterface)
                .setMulticastTimeToLive(loopback ? 0 : 1));
    opening.handler(packet -> received(opening, packet));
    return opening
        .listen(group.port(), group.host())
        .compose(none -> opening.listenMulticastGroup(group.host(), networkInterface, null))
        .map(opening)
        .onFailure(e -> opening.close());
  }

  private void received(DatagramSocket open, DatagramPacket packet) {
    try {
      JsonObject message = packet.data().toJsonObject();
      LinkAddress other = LinkAddress.parse(message.getString("link"));
      heard.put(other, System.nanoTime());
      if ("ask".equals(message.getString("mabeam")) && !other.equals(self)) {
        say(open, "answer");
      }
    } catch (RuntimeException stray) {
      // Not one of ours: anyone may send to a group.
    }
  }

  private Future<Void> say(DatagramSocket open, String what) {
    Buffer message = new JsonObject().put("mabeam", what).put("link", self.toString()).toBuffer();
    return open.send(message, group.port(), group.host());
  }

  @Override
  public String describe() {
    return "multicast group " + group;
  }
}
