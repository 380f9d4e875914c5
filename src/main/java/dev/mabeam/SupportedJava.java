package dev.mabeam;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.Optional;

/**
 * The Java that mabeam runs on: {@value #OLDEST} to {@value #NEWEST}. Infinispan 14 calls what later
 * ones refuse, and fails with words that lead nowhere.
 */
public final class SupportedJava {
  public static final int OLDEST = 17;
  public static final int NEWEST = 22;

  private SupportedJava() {}

  /** What is wrong with the Java of this process; empty if it is supported. */
  public static Optional<MabeamException> objection() {
    return objection(Runtime.version().feature());
  }

  static Optional<MabeamException> objection(int feature) {
    if (feature >= OLDEST && feature <= NEWEST) {
      return Optional.empty();
    }
    return Optional.of(
        new MabeamException(
            ErrorCode.INVALID,
            "mabeam runs on Java %d to %d, and this is Java %d at %s"
                .formatted(OLDEST, NEWEST, feature, System.getProperty("java.home")),
            "set JAVA_HOME to such a JDK"));
  }
}
