package dev.mabeam.variable.version;

/** 64-bit hashes that are the same on every node and in every version. Not against an adversary. */
public final class Hash64 {
  private Hash64() {}

  /** FNV-1a over the characters, then mixed. */
  public static long of(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  /** Spreads every bit over all. */
  public static long mix(long value) {
    long hash = value;
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return hash ^ (hash >>> 31);
  }
}
