package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which classes of a node's own class path may be deployed: full names, or {@code package.*} for a
 * package and what is below it. The built-in samples always may.
 */
final class AllowList {
  private static final Pattern ENTRY = Pattern.compile("[\\w$]+(\\.[\\w$]+)*(\\.\\*)?");
  private static final String BUILT_IN = "dev.mabeam.sample.*";

  private final List<String> entries;

  /** INVALID if an entry is neither a class name nor {@code package.*}. */
  AllowList(List<String> entries) {
    List<String> all = new ArrayList<>(List.of(BUILT_IN));
    for (String entry : entries) {
      if (!ENTRY.matcher(entry).matches()) {
        throw new MabeamException(
            ErrorCode.INVALID,
            "'" + entry + "' is not a class that can be allowed",
            "give a full class name, or a package followed by .*");
      }
      all.add(entry);
    }
    this.entries = List.copyOf(all);
  }

  boolean allows(String className) {
    return entries.stream().anyMatch(entry -> matches(entry, className));
  }

  private static boolean matches(String entry, String className) {
    return entry.endsWith(".*")
        ? className.startsWith(entry.substring(0, entry.length() - 1))
        : className.equals(entry);
  }
}
