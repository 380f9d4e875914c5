package dev.mabeam.sample;

import java.util.Map;

/**
 * Counts words in bytes. A word is a run of the bytes {@code a-z0-9}, with {@code A-Z} taken as
 * {@code a-z}; every other byte separates. That is what {@code tr 'A-Z' 'a-z' | LC_ALL=C tr -cs
 * 'a-z0-9' '\n'} makes of them, whatever the text's encoding.
 */
public final class WordScanner {
  private static final int NO_BYTE = 256;

  private final StringBuilder word = new StringBuilder();

  /** The part of a word that the last block ended with; empty if it did not end in a word. */
  String rest() {
    return word.toString();
  }

  /** Goes on where another scanner had that {@code rest}. */
  void resume(String rest) {
    word.setLength(0);
    word.append(rest);
  }

  /** Counts the words that end within the first {@code length} bytes of {@code block}. */
  public long scan(byte[] block, int length, Map<String, Long> counts) {
    long words = 0;
    for (int i = 0; i < length; i++) {
      words += take(block[i] & 0xff, counts);
    }
    return words;
  }

  /** The input's end ends a word, too. */
  public long end(Map<String, Long> counts) {
    return take(NO_BYTE, counts);
  }

  private long take(int b, Map<String, Long> counts) {
    if (b >= 'a' && b <= 'z' || b >= '0' && b <= '9') {
      word.append((char) b);
      return 0;
    }
    if (b >= 'A' && b <= 'Z') {
      word.append((char) (b - 'A' + 'a'));
      return 0;
    }
    if (word.isEmpty()) {
      return 0;
    }
    counts.merge(word.toString(), 1L, Long::sum);
    word.setLength(0);
    return 1;
  }
}
