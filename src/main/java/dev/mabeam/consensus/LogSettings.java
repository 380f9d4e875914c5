package dev.mabeam.consensus;

/**
 * How much a log does at a time.
 *
 * @param batch how many entries go to another endpoint in one message
 * @param maxPending how many entries the leader lets wait for a majority before it says OVERLOADED
 * @param entriesPerImage after how many entries an image takes their place
 */
record LogSettings(int batch, int maxPending, int entriesPerImage) {
  static final LogSettings DEFAULT = new LogSettings(1_000, 5_000, 5_000);

  LogSettings {
    if (batch < 1 || maxPending < 1 || entriesPerImage < 10) {
      throw new IllegalArgumentException(
          "a log cannot work with " + batch + ", " + maxPending + ", " + entriesPerImage);
    }
  }
}
