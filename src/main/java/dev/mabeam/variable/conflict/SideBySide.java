package dev.mabeam.variable.conflict;

import dev.mabeam.variable.version.Sibling;
import java.util.Arrays;
import java.util.List;

/**
 * Writes that have not seen each other stay beside each other: a reader gets the latest of them, the
 * same on every node, and the others as siblings. Who settles it, and how, is the choice's.
 */
abstract class SideBySide extends WholeValues {
  @Override
  public List<Object> siblings(List<Sibling> siblings) {
    if (siblings.size() == 1) {
      return List.of();
    }
    Sibling latest = Latest.of(siblings);
    return Arrays.asList(
        siblings.stream().filter(each -> each != latest).map(Latest::unwrap).toArray());
  }
}
