package dev.mabeam.variable.conflict;

import dev.mabeam.variable.version.Sibling;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Stands for a merge function that this node does not have: it keeps and passes on what others
 * write, and answers nobody.
 */
final class Missing implements Resolution {
  static final Missing IT = new Missing();

  @Override
  public boolean isMissing() {
    return true;
  }

  @Override
  public Object read(List<Sibling> siblings) {
    return null;
  }

  /** In the form of those that have it: a first value is the same write on every replica. */
  @Override
  public Object first(Object value) {
    return new JsonObject().put("value", value);
  }

  @Override
  public Object write(List<Sibling> siblings, Write write) {
    throw new IllegalStateException("no write is taken where its merge function is missing");
  }
}
