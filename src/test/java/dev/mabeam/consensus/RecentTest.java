package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vertx.core.buffer.Buffer;
import java.util.Iterator;
import org.junit.jupiter.api.Test;

class RecentTest {
  private final Recent recent = new Recent(100, 1_000, 200);

  private void add(long from, long to, int length) {
    for (long index = from; index <= to; index++) {
      recent.add(index, Buffer.buffer(new byte[length]));
    }
  }

  @Test
  void shouldKeepSoManyEntriesOrBytes() {
    add(1, 150, 1);
    assertEquals(51, recent.first());
    assertEquals(100, recent.bytes());
    add(151, 160, 100);
    assertEquals(151, recent.first());
    assertEquals(1_000, recent.bytes());
  }

  @Test
  void shouldKeepLessOfWhatIsOld() {
    add(1, 8, 100);
    recent.age();
    assertEquals(1, recent.first(), "all of it came since the last time");
    recent.age();
    assertEquals(7, recent.first());
    assertEquals(200, recent.bytes());
    add(9, 16, 100);
    recent.age();
    assertEquals(9, recent.first(), "what is old goes for what is new");
    recent.age();
    recent.age();
    assertEquals(15, recent.first());
    Iterator<Buffer> from = recent.from(16);
    assertEquals(100, from.next().length());
    assertEquals(false, from.hasNext());
  }

  @Test
  void shouldBeginAnewAfterAGap() {
    add(1, 8, 100);
    recent.age();
    recent.clear(20);
    assertEquals(21, recent.first());
    Buffer entry = Buffer.buffer(new byte[300]);
    recent.add(21, entry);
    recent.age();
    assertEquals(21, recent.first());
    assertSame(entry, recent.from(21).next());
    recent.age();
    assertEquals(22, recent.first(), "it is old, and too long to be kept");
    assertEquals(0, recent.bytes());
  }
}
