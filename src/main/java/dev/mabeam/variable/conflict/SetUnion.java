package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Sibling;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code merge_function} {@code set-union}: an array with every element that was ever written, once
 * each, in the order of their texts. Elements are equal if they are written the same, whatever the
 * order of an object's keys; 1 and 1.0 are two. <em>Not</em> offered: taking an element away.
 */
public final class SetUnion implements Resolution {
  public static final String NAME = "set-union";
  static final SetUnion IT = new SetUnion();

  @Override
  public Object read(List<Sibling> siblings) {
    return array(union(siblings));
  }

  @Override
  public Object first(Object value) {
    TreeMap<String, Object> elements = new TreeMap<>();
    addAll(elements, value == null ? new JsonArray() : value);
    return array(elements);
  }

  @Override
  public Object write(List<Sibling> siblings, Write write) {
    TreeMap<String, Object> elements = union(siblings);
    int before = elements.size();
    addAll(elements, Latest.requireWhole(write).value());
    return siblings.size() == 1 && elements.size() == before ? null : array(elements);
  }

  private static TreeMap<String, Object> union(List<Sibling> siblings) {
    TreeMap<String, Object> elements = new TreeMap<>();
    siblings.forEach(sibling -> addAll(elements, sibling.value()));
    return elements;
  }

  private static void addAll(TreeMap<String, Object> elements, Object value) {
    if (!(value instanceof JsonArray array)) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a variable that is merged by " + NAME + " takes arrays",
          "write [element, …]; what is there stays");
    }
    for (Object element : array) {
      Object sorted = sorted(element);
      elements.put(Json.encode(sorted), sorted);
    }
  }

  private static Object sorted(Object value) {
    if (value instanceof JsonObject object) {
      SortedMap<String, Object> keys = new TreeMap<>();
      object.forEach(each -> keys.put(each.getKey(), sorted(each.getValue())));
      JsonObject same = new JsonObject();
      keys.forEach(same::put);
      return same;
    }
    if (value instanceof JsonArray array) {
      JsonArray same = new JsonArray();
      array.forEach(each -> same.add(sorted(each)));
      return same;
    }
    return value;
  }

  private static JsonArray array(SortedMap<String, Object> elements) {
    JsonArray array = new JsonArray();
    elements.values().forEach(array::add);
    return array;
  }
}
