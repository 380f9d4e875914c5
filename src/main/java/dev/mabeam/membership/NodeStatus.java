package dev.mabeam.membership;

import java.util.Locale;

/** How a node is, as another node sees it; in JSON in lower case. */
public enum NodeStatus {
  /** It was admitted, and is not in this side's view yet. */
  JOINING,
  /** It is in the view and is heard. */
  ACTIVE,
  /** It is not heard as it should be; nothing is decided. */
  SUSPECT,
  /** It said goodbye, or is being emptied, and goes. */
  LEAVING,
  /** It cannot be reached from here; it may well be alive on the other side of a cut. */
  PARTITIONED,
  /** Its process is gone. */
  FAILED;

  /** The name in JSON. */
  public String json() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The inverse of {@link #json()}; a word that only a newer version knows is ACTIVE. */
  public static NodeStatus fromJson(String word) {
    for (NodeStatus status : values()) {
      if (status.json().equals(word)) {
        return status;
      }
    }
    return ACTIVE;
  }
}
