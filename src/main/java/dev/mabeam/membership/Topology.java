package dev.mabeam.membership;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.Locale;

/** Who gossips with whom, and who is asked about a suspect. */
public enum Topology {
  /** Each with the two beside it: the least traffic, news travels half the ring. */
  RING,
  /** Each with all: news travels in one step, traffic grows with the square of the nodes. */
  MESH,
  /** All with the first: two steps, and the first carries it all. */
  STAR;

  /** The name in options and in JSON. */
  public String json() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The inverse of {@link #json()}; INVALID for any other word. */
  public static Topology fromJson(String word) {
    for (Topology topology : values()) {
      if (topology.json().equals(word)) {
        return topology;
      }
    }
    throw new MabeamException(
        ErrorCode.INVALID, "topology '" + word + "' is unknown", "use ring, mesh or star");
  }
}
