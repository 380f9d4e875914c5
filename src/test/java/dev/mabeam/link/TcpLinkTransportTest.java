package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpLinkTransportTest {
  private static final LinkAddress ANY = new LinkAddress("127.0.0.1", 0);
  private static final LinkAddress ELSEWHERE = new LinkAddress("127.0.0.1", 1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(20);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Context context = vertx.getOrCreateContext();
  private final TcpLinkTransport server = onContext(() -> new TcpLinkTransport(vertx));
  private final TcpLinkTransport client = onContext(() -> new TcpLinkTransport(vertx));

  @AfterEach
  void close() {
    await(call(() -> server.close().eventually(client::close)));
    await(vertx.close());
  }

  private <T> T onContext(Callable<T> task) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(
        none -> {
          try {
            promise.complete(task.call());
          } catch (Exception failure) {
            promise.fail(failure);
          }
        });
    return await(promise.future());
  }

  private <T> Future<T> call(Callable<Future<T>> task) {
    return onContext(task::call);
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void shouldCarryFramesBothWaysInOrder() {
    List<Long> heard = new ArrayList<>();
    Promise<Void> all = Promise.promise();
    LinkAddress address =
        await(call(() -> server.listen(ANY, c -> c.onFrame(c::send))));
    call(
        () ->
            client
                .dial(address, LONG)
                .onSuccess(
                    dial -> {
                      LinkTransport.Connection connection =
                          ((LinkTransport.Dial.Connected) dial).connection();
                      connection.onFrame(
                          frame -> {
                            heard.add(frame.number());
                            if (heard.size() == 1_000) {
                              all.complete();
                            }
                          });
                      for (long i = 0; i < 1_000; i++) {
                        connection.send(Frame.of(Frame.HEARTBEAT, i));
                      }
                    }));
    await(all.future());
    for (int i = 0; i < 1_000; i++) {
      assertEquals(i, heard.get(i));
    }
  }

  @Test
  void shouldTellThatAPortRefuses() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    LinkAddress nobody = new LinkAddress("127.0.0.1", free);
    assertInstanceOf(
        LinkTransport.Dial.Refused.class, await(call(() -> client.dial(nobody, LONG))));
  }

  @Test
  void shouldTellThatAHostDoesNotResolveOrAnswer() {
    LinkAddress noName = new LinkAddress("no-such-host.invalid", 7802);
    assertInstanceOf(
        LinkTransport.Dial.Silent.class, await(call(() -> client.dial(noName, SECOND))));
  }

  @Test
  void shouldCallAListenerThatSaysNothingSilent() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      LinkAddress address = new LinkAddress("127.0.0.1", mute.getLocalPort());
      Link link = onContext(() -> link("a", client));
      assertEquals(Reachability.SILENT, await(call(() -> link.probe(address))));
    }
  }

  @Test
  void shouldSayWhichPortIsTaken() {
    LinkAddress address = await(call(() -> server.listen(ANY, connection -> {})));
    CompletionException failure =
        assertThrows(
            CompletionException.class,
            () -> await(call(() -> client.listen(address, connection -> {}))));
    MabeamException conflict = assertInstanceOf(MabeamException.class, failure.getCause());
    assertEquals(ErrorCode.CONFLICT, conflict.code());
    assertTrue(conflict.getMessage().contains(address.toString()), conflict::getMessage);
  }

  @Test
  void shouldCloseAConnectionThatSendsGarbage() throws Exception {
    Promise<Void> closed = Promise.promise();
    LinkAddress address =
        await(call(() -> server.listen(ANY, c -> c.onClose(closed::complete))));
    try (Socket socket = new Socket("127.0.0.1", address.port())) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes());
      await(closed.future());
    }
  }

  @Test
  void shouldHearThatTheOtherSideClosed() {
    Promise<Void> closed = Promise.promise();
    LinkAddress address = await(call(() -> server.listen(ANY, c -> c.onClose(closed::complete))));
    call(
        () ->
            client
                .dial(address, LONG)
                .onSuccess(dial -> ((LinkTransport.Dial.Connected) dial).connection().close()));
    await(closed.future());
  }

  private Link link(String name, TcpLinkTransport transport, LinkAddress... seeds) {
    Scheduler scheduler = new VertxScheduler(vertx, context);
    Link link =
        Link.create(
            new LinkOptions(name, ANY, ELSEWHERE, ELSEWHERE, Duration.ofSeconds(10)),
            transport,
            SeedSource.fixed(List.of(seeds)),
            scheduler,
            new Random(name.hashCode()));
    OldestMemberRegistrar.serve(link, scheduler);
    return link;
  }

  @Test
  void shouldJoinOverSocketsAndSeeTheOtherProcessEnd() {
    Link a = onContext(() -> link("a", server));
    Admission founded = await(call(a::join));
    Link b = onContext(() -> link("b", client, founded.self().link()));
    Promise<PeerState> connected = Promise.promise();
    Promise<PeerState> refused = Promise.promise();
    onContext(
        () -> {
          a.onChange(
              peer -> {
                if (peer.reachability() == Reachability.CONNECTED) {
                  connected.tryComplete(peer);
                } else if (peer.reachability() == Reachability.REFUSED) {
                  refused.tryComplete(peer);
                }
              });
          return null;
        });
    Admission joined = await(call(b::join));
    assertEquals(founded.clusterId(), joined.clusterId());
    assertEquals("b#2", joined.self().id());
    assertEquals("b#2", await(connected.future()).member().id());
    await(call(client::close));
    assertEquals("b#2", await(refused.future()).member().id());
  }

  @Test
  void shouldRefuseAnotherProtocolOverSockets() {
    Link a = onContext(() -> link("a", server));
    Admission founded = await(call(a::join));
    Promise<JsonObject> refusal = Promise.promise();
    call(
        () ->
            client
                .dial(founded.self().link(), LONG)
                .onSuccess(
                    dial -> {
                      LinkTransport.Connection connection =
                          ((LinkTransport.Dial.Connected) dial).connection();
                      connection.onFrame(
                          frame -> {
                            if (frame.type() == Frame.REFUSAL) {
                              refusal.complete(frame.json());
                            }
                          });
                      connection.send(
                          new Frame(Frame.HELLO, Buffer.buffer("{\"protocol\":2,\"name\":\"z\"}")));
                    }));
    assertTrue(await(refusal.future()).getString("message").contains("'z' speaks link protocol 2"));
  }

  @Test
  void shouldCarryWhatAnotherThreadSendsOverSocketsInOrder() {
    Link a = onContext(() -> link("a", server));
    Admission founded = await(call(a::join));
    Link b = onContext(() -> link("b", client, founded.self().link()));
    Admission joined = await(call(b::join));
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Executor loop = task -> context.runOnContext(none -> task.run());
      Courier there = onContext(() -> Courier.hopping(a.courier(), loop, other));
      Courier here = onContext(() -> Courier.hopping(b.courier(), loop, other));
      List<Integer> heard = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      Promise<LinkAddress> all = Promise.promise();
      there.onFrame(
          (from, type, payload) -> {
            heard.add(payload.getInt(0));
            threads.add(Thread.currentThread());
            if (heard.size() == 5_000) {
              all.complete(from);
            }
          });
      for (int i = 0; i < 5_000; i++) {
        here.send(founded.self().link(), (byte) 16, Buffer.buffer().appendInt(i));
      }
      assertEquals(joined.self().link(), await(all.future()));
      assertEquals(IntStream.range(0, 5_000).boxed().toList(), heard);
      assertEquals(1, Set.copyOf(threads).size());
      assertTrue(here.reaches(founded.self().link()));
    } finally {
      other.shutdownNow();
    }
  }
}
