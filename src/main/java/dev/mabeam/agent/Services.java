package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the rooms above offer to agents, by type. Any thread. */
final class Services {
  private final Map<Class<?>, Object> offered = new ConcurrentHashMap<>();

  <T> void offer(Class<T> type, T service) {
    offered.put(type, service);
  }

  /** INVALID if nothing of that type is offered. */
  <T> T get(Class<T> type) {
    Object service = offered.get(type);
    if (service == null) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "this node offers agents no " + type.getName(),
          "it offers " + offered.keySet().stream().map(Class::getName).sorted().toList());
    }
    return type.cast(service);
  }
}
