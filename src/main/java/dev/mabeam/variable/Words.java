package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Constants as words of the wire: lower case. */
final class Words {
  private Words() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static <E extends Enum<E>> E parse(Class<E> type, String what, String word) {
    List<E> all = Arrays.asList(type.getEnumConstants());
    return all.stream()
        .filter(each -> of(each).equals(word))
        .findFirst()
        .orElseThrow(() -> notOffered(what, word, all));
  }

  static MabeamException notOffered(
      String what, String asked, Collection<? extends Enum<?>> offered) {
    return new MabeamException(
        ErrorCode.INVALID,
        what + " '" + asked + "' is not offered",
        "offered: " + offered.stream().sorted().map(Words::of).collect(Collectors.joining(", ")));
  }
}
