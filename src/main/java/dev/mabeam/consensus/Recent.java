package dev.mabeam.consensus;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** The last entries that this node's copy has applied, for others that follow; bounded. */
final class Recent {
  private final int maxEntries;
  private final int maxBytes;
  private final Deque<Buffer> entries = new ArrayDeque<>();
  private long last;
  private long bytes;

  Recent(int maxEntries, int maxBytes) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  void add(long index, Buffer entry) {
    if (index != last + 1) {
      clear(index - 1);
    }
    entries.add(entry);
    last = index;
    bytes += entry.length();
    while (entries.size() > maxEntries || bytes > maxBytes) {
      bytes -= entries.remove().length();
    }
  }

  /** Nothing up to that index is here. */
  void clear(long index) {
    entries.clear();
    bytes = 0;
    last = index;
  }

  /** The lowest index from which on everything is here; one above {@link #last} if nothing is. */
  long first() {
    return last - entries.size() + 1;
  }

  long last() {
    return last;
  }

  /** The entries from {@code index} on, which is not below {@link #first}. */
  Iterator<Buffer> from(long index) {
    // Followers are nearly always close to the end.
    Iterator<Buffer> backwards = entries.descendingIterator();
    Deque<Buffer> tail = new ArrayDeque<>();
    for (long at = last; at >= index; at--) {
      tail.addFirst(backwards.next());
    }
    return tail.iterator();
  }
}
