package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedCourierTest {
  private static final LinkAddress FROM = new LinkAddress("a", 1);

  private final Played played = new Played();
  private final SharedCourier shared = new SharedCourier(played);
  private final List<String> heard = new ArrayList<>();

  /** What arrives is up to the test. */
  private static final class Played implements Courier {
    private Handler handler;

    @Override
    public void send(LinkAddress to, byte type, Buffer payload) {
      throw new AssertionError("nothing is sent here");
    }

    @Override
    public boolean reaches(LinkAddress to) {
      return false;
    }

    @Override
    public void onFrame(Handler newHandler) {
      handler = newHandler;
    }
  }

  private void open(String room, int first) {
    shared.room((byte) first).onFrame((from, type, payload) -> heard.add(room + " " + type));
  }

  private void arrive(int... types) {
    for (int type : types) {
      played.handler.frame(FROM, (byte) type, Buffer.buffer());
    }
  }

  @Test
  void shouldGiveEachRoomTheFramesOfItsTypes() {
    open("low", 16);
    open("high", 48);
    arrive(15, 16, 31, 32, 47, 48, 63, 64);
    assertEquals(List.of("low 16", "low 31", "high 48", "high 63"), heard);
  }

  @Test
  void shouldGiveNobodyWhatIsForARoomThatIsNotOpenYet() {
    open("low", 16);
    arrive(48);
    open("high", 48);
    arrive(48);
    assertEquals(List.of("high 48"), heard);
  }
}
