package dev.mabeam.consensus;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * The last entries that this node's copy has applied, for others that follow; bounded. Whoever is
 * behind is so by moments, or gets an image: of what is older there is less.
 */
final class Recent {
  private final int maxEntries;
  private final int maxBytes;
  private final int maxOldBytes;
  private final Deque<Buffer> entries = new ArrayDeque<>();
  private long last;
  private long bytes;
  /** The last one that was here when it {@link #age}d the last time. */
  private long old;

  /** Of entries that are old, {@code maxOldBytes} are kept. */
  Recent(int maxEntries, int maxBytes, int maxOldBytes) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
    this.maxOldBytes = maxOldBytes;
  }

  void add(long index, Buffer entry) {
    if (index != last + 1) {
      clear(index - 1);
    }
    entries.add(entry);
    last = index;
    bytes += entry.length();
    while (entries.size() > maxEntries || bytes > maxBytes) {
      removeFirst();
    }
  }

  private void removeFirst() {
    bytes -= entries.remove().length();
  }

  /** Called from time to time: what was here the last time is old. */
  void age() {
    while (bytes > maxOldBytes && first() <= old) {
      removeFirst();
    }
    old = last;
  }

  /** Nothing up to that index is here. */
  void clear(long index) {
    entries.clear();
    bytes = 0;
    last = index;
    old = index;
  }

  /** Of the entries that are here. */
  long bytes() {
    return bytes;
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
