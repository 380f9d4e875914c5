package dev.mabeam.consensus;

import java.util.List;

/**
 * How much a log does at a time.
 *
 * @param batch how many entries go to another endpoint in one message
 * @param maxPending how many entries the leader lets wait for a majority before it says OVERLOADED
 * @param entriesPerImage after how many entries an image takes their place
 * @param bytesPerImage after how many bytes of entries it does, if the last image had no more
 */
record LogSettings(int batch, int maxPending, int entriesPerImage, int bytesPerImage) {
  static final LogSettings DEFAULT = new LogSettings(1_000, 5_000, 5_000, 1 << 20);

  /** Where each image becomes a file that is forced. */
  static final LogSettings ON_DISK = new LogSettings(1_000, 5_000, 5_000, 4 << 20);

  LogSettings {
    if (batch < 1 || maxPending < 1 || entriesPerImage < 10 || bytesPerImage < 1) {
      throw new IllegalArgumentException(
          "a log cannot work with "
              + List.of(batch, maxPending, entriesPerImage, bytesPerImage));
    }
  }
}
