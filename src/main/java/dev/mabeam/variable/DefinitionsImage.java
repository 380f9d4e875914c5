package dev.mabeam.variable;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pcollections.TreePMap;

/**
 * All definitions, as an image of the log has them. Names come in order, each without what it has in
 * common with the one before; of what variables have in common there is one: some bytes a variable,
 * however much JSON a definition is by itself.
 *
 * <pre>
 *   (how many), then of each:
 *   (how many characters of the last name) (the rest) (life) (number of what it is like) (JSON, if new)
 * </pre>
 */
final class DefinitionsImage {
  private DefinitionsImage() {}

  static void encode(SortedMap<String, VariableInfo> definitions, Packer to) {
    Map<Object, Integer> kinds = new HashMap<>();
    String last = "";
    to.number(definitions.size());
    for (VariableInfo info : definitions.values()) {
      int common = common(last, info.name());
      Integer kind = kinds.putIfAbsent(info.kind(), kinds.size());
      to.number(common)
          .text(info.name().substring(common))
          .number(info.life())
          .number(kind == null ? kinds.size() - 1 : kind);
      if (kind == null) {
        to.bytes(info.toJson().toBuffer());
      }
      last = info.name();
    }
  }

  private static int common(String one, String other) {
    int most = Math.min(one.length(), other.length());
    int common = 0;
    while (common < most && one.charAt(common) == other.charAt(common)) {
      common++;
    }
    // Half a character is none.
    return common > 0 && Character.isHighSurrogate(one.charAt(common - 1)) ? common - 1 : common;
  }

  /**
   * @param known of a definition that is as it was there is one, not two
   */
  static TreePMap<String, VariableInfo> decode(
      Unpacker from, SortedMap<String, VariableInfo> known) {
    List<VariableInfo> kinds = new ArrayList<>();
    SortedMap<String, VariableInfo> definitions = new TreeMap<>();
    String last = "";
    for (int left = from.count(); left > 0; left--) {
      String name = last.substring(0, (int) from.number()) + from.text();
      long life = from.number();
      int kind = (int) from.number();
      if (kind == kinds.size()) {
        kinds.add(VariableInfo.fromJson(new JsonObject(from.bytes())));
      }
      VariableInfo info = kinds.get(kind).named(name, life);
      VariableInfo before = known.get(name);
      info = info.equals(before) ? before : info;
      definitions.put(info.name(), info);
      last = name;
    }
    return TreePMap.fromSortedMap(definitions);
  }
}
