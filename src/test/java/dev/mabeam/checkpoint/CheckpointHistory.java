package dev.mabeam.checkpoint;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks what owners were told against what later owners found. Every write has a token; its
 * envelope lists all tokens that came to it, its state those of the writes that changed it. So what
 * is found says what it contains.
 *
 * <ul>
 *   <li>What was done before a seal of a later epoch found something is in what it found.
 *   <li>What is done after such a seal was found by it: otherwise a lower epoch was not fenced.
 *   <li>The state that is found is the one that belonged to the envelope.
 * </ul>
 */
final class CheckpointHistory {
  private record Done(long epoch, long token) {}

  private record Seen(long epoch, Set<Long> tokens) {}

  private final Map<String, List<Done>> done = new HashMap<>();
  private final Map<String, List<Seen>> found = new HashMap<>();
  private final Map<Long, List<Long>> states = new HashMap<>();
  private long lastToken;
  /** The first thing that was wrong, or null. */
  String failure;
  long writes;
  long seals;

  /** The next write of a key, after which its state is made of these. */
  long token() {
    return ++lastToken;
  }

  void written(long token, List<Long> state) {
    states.put(token, List.copyOf(state));
  }

  void done(String key, long epoch, long token) {
    writes++;
    done.computeIfAbsent(key, name -> new ArrayList<>()).add(new Done(epoch, token));
    for (Seen seen : found.getOrDefault(key, List.of())) {
      if (seen.epoch > epoch && !seen.tokens.contains(token)) {
        fail(
            "write " + token + " of '" + key + "' at epoch " + epoch
                + " was done after a seal at epoch " + seen.epoch + " did not find it");
      }
    }
  }

  /** A new owner found that, in stores of which it takes one at least to be whole. */
  void found(String key, long epoch, List<Long> envelope, List<Long> state) {
    seals++;
    Set<Long> tokens = new HashSet<>(envelope);
    found.computeIfAbsent(key, name -> new ArrayList<>()).add(new Seen(epoch, tokens));
    for (Done one : done.getOrDefault(key, List.of())) {
      if (one.epoch < epoch && !tokens.contains(one.token)) {
        fail(
            "write " + one.token + " of '" + key + "', done at epoch " + one.epoch
                + ", was not found by the seal at epoch " + epoch);
      }
    }
    List<Long> expected =
        envelope.isEmpty() ? List.of() : states.get(envelope.get(envelope.size() - 1));
    if (!state.equals(expected)) {
      fail(
          "the state of '" + key + "' found at epoch " + epoch + " is " + state + " and was "
              + expected);
    }
  }

  /** It is heard by whoever looks: a future would swallow what its handler throws. */
  private void fail(String why) {
    if (failure == null) {
      failure = why;
    }
  }

  void check() {
    if (failure != null) {
      throw new AssertionError(failure);
    }
  }

  static Buffer encode(List<Long> tokens, int padding) {
    Buffer buffer = Buffer.buffer(8 * tokens.size() + padding + 4).appendInt(tokens.size());
    tokens.forEach(buffer::appendLong);
    return buffer.appendBytes(new byte[padding]);
  }

  static List<Long> decode(Buffer buffer) {
    List<Long> tokens = new ArrayList<>();
    for (int i = 0; i < buffer.getInt(0); i++) {
      tokens.add(buffer.getLong(4 + 8 * i));
    }
    return tokens;
  }
}
