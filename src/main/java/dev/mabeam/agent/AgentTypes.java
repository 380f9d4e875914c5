package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How agents of a type are made: built in, or a class of the users'. Any thread. */
final class AgentTypes {
  /** Makes one agent. */
  @FunctionalInterface
  interface Maker {
    Agent make() throws Throwable;
  }

  private final Vertx vertx;
  private final UserCode code;
  private final Map<String, Maker> makers = new ConcurrentHashMap<>();

  AgentTypes(Vertx vertx, UserCode code) {
    this.vertx = vertx;
    this.code = code;
    makers.put(CounterAgent.TYPE, CounterAgent::new);
  }

  /** Makes agents of that type so. */
  void register(String type, Maker maker) {
    makers.put(type, maker);
  }

  /** Fails with the codes of {@link UserCode#load}: NOT_FOUND, FORBIDDEN, INVALID. */
  Future<Maker> maker(String type) {
    Maker known = makers.get(type);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    return vertx.executeBlocking(
        () -> makers.computeIfAbsent(type, this::load), false);
  }

  private Maker load(String type) {
    Class<? extends Agent> found = code.load(type, Agent.class, "agent");
    try {
      Constructor<? extends Agent> constructor = found.getConstructor();
      return () -> make(constructor);
    } catch (NoSuchMethodException impossible) {
      throw new MabeamException(ErrorCode.INVALID, "class " + type + " has no constructor");
    }
  }

  private static Agent make(Constructor<? extends Agent> constructor) throws Throwable {
    try {
      return constructor.newInstance();
    } catch (InvocationTargetException failure) {
      throw failure.getCause();
    }
  }

  /** What agents have as their context's class loader. */
  ClassLoader loader() {
    return code.loader();
  }
}
