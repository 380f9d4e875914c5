package dev.mabeam.variable.conflict;

/**
 * A merge function of the users' own. It is found by its name on every node: named in {@code
 * META-INF/services/dev.mabeam.variable.conflict.MergeFunction} of a jar or directory on the class
 * path or given with {@code --class-path}, or {@linkplain MergeFunctions#register registered}.
 *
 * <p>Replicas merge in different orders, some of them several times. They become equal only if
 * {@link #merge} is commutative, associative and idempotent, and gives the same on every node: no
 * clock, no randomness, nothing kept. {@code MergeLaws} of the test kit looks for values that show
 * the opposite; run it on yours.
 *
 * <p>Values are JSON: a string, number or boolean, {@code JsonObject} or {@code JsonArray}; null
 * stands for no value yet, and is never given. Called on the room's thread, so it must not block.
 */
public interface MergeFunction {
  /** 1 to 64 of {@code A-Z a-z 0-9 . _ -}; none that is built in. */
  String name();

  /** What the two come to. A write is merged with what is there in the same way. */
  Object merge(Object one, Object other);

  /** Throws IllegalArgumentException, with the reason, for a value that no such variable has. */
  default void check(Object value) {}
}
