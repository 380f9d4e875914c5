package dev.mabeam.dashboard;

import java.util.Locale;

/** What a caller may do. */
enum Role {
  /** May read. */
  VIEWER,
  /** May also change things. */
  OPERATOR;

  String json() {
    return name().toLowerCase(Locale.ROOT);
  }
}
