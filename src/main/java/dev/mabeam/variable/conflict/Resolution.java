package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Sibling;
import java.util.List;
import java.util.Optional;

/**
 * What several siblings mean to a reader, and what a write makes of them. Pure: the siblings come
 * sorted, and equal siblings give an equal result on every node.
 *
 * <p>Siblings are settled when they are read, and replaced by the next write that has seen them;
 * never when they arrive. So the order of arrival has no way into the result, and no version has to
 * be invented for one that nobody wrote.
 */
public interface Resolution {
  /** What a reader gets. */
  Object read(List<Sibling> siblings);

  /** The values that stand beside what {@link #read} gives; none where all become one. */
  default List<Object> siblings(List<Sibling> siblings) {
    return List.of();
  }

  /** The one that stands for all where the others are put aside; none where all become one. */
  default Optional<Sibling> winner(List<Sibling> siblings) {
    return Optional.empty();
  }

  /** Whether it only stands for one that this node does not have. */
  default boolean isMissing() {
    return false;
  }

  /** The first value in the form in which siblings have it; INVALID if it is no such value. */
  Object first(Object value);

  /**
   * The value of the sibling that takes the place of all of {@code siblings}.
   *
   * @return null if the write changes nothing
   */
  Object write(List<Sibling> siblings, Write write);

  /** The one of that name; INVALID, naming what there is, if it is not built. */
  static Resolution of(String conflict, String merge) {
    return switch (String.valueOf(conflict)) {
      case "merge_function" -> merging(merge);
      case LastWriterWins.NAME -> LastWriterWins.IT;
      case VectorClocks.NAME -> VectorClocks.IT;
      case Vote.NAME -> Vote.IT;
      default ->
          throw notOffered(
              "conflict resolution",
              conflict,
              "merge_function, last_writer_wins, vector_clocks, consensus");
    };
  }

  private static Resolution merging(String merge) {
    Resolution found = MergeFunctions.find(merge);
    if (found == null) {
      throw notOffered("merge function", merge, MergeFunctions.names());
    }
    return found;
  }

  /** The one of that name, or what stands for it where the users' function is missing. */
  static Resolution here(String conflict, String merge) {
    boolean own = conflict.equals("merge_function") && MergeFunctions.find(merge) == null;
    return own ? Missing.IT : of(conflict, merge);
  }

  private static MabeamException notOffered(String what, String asked, String offered) {
    return new MabeamException(
        ErrorCode.INVALID, what + " '" + asked + "' is not offered", "offered: " + offered);
  }
}
