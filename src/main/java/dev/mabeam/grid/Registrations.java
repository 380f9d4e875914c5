package dev.mabeam.grid;

import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.ext.cluster.infinispan.impl.DataConverter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.infinispan.AdvancedCache;
import org.infinispan.container.DataContainer;
import org.infinispan.container.entries.InternalCacheEntry;
import org.infinispan.multimap.impl.Bucket;

/**
 * Who listens where on the event bus: what this node registered itself, and this node's copy of
 * what all did. Reading the copy takes no lock and no network, and works on the smaller side of a
 * cut too, where the ordinary lookup is refused: to the cache that one is a write.
 */
final class Registrations {
  private final DataContainer<String, Bucket<byte[]>> copy;
  private final Map<String, Set<RegistrationInfo>> own = new ConcurrentHashMap<>();

  Registrations(AdvancedCache<String, Bucket<byte[]>> cache) {
    copy = cache.getDataContainer();
  }

  void added(String address, RegistrationInfo registration) {
    own.compute(
        address,
        (key, registrations) -> {
          Set<RegistrationInfo> all =
              registrations == null ? ConcurrentHashMap.newKeySet() : registrations;
          all.add(registration);
          return all;
        });
  }

  void removed(String address, RegistrationInfo registration) {
    own.computeIfPresent(
        address,
        (key, registrations) -> {
          registrations.remove(registration);
          return registrations.isEmpty() ? null : registrations;
        });
  }

  /** Whether the consumer is still there: it can go while its registration is being repaired. */
  boolean isOwn(String address, RegistrationInfo registration) {
    return own.getOrDefault(address, Set.of()).contains(registration);
  }

  /** Calls {@code action} with each address and registration of this node that others can see. */
  void forEachOwnShared(BiConsumer<String, RegistrationInfo> action) {
    own.forEach(
        (address, registrations) -> {
          for (RegistrationInfo registration : registrations) {
            if (!registration.localOnly()) {
              action.accept(address, registration);
            }
          }
        });
  }

  /** The addresses in this node's copy. */
  Set<String> addresses() {
    Set<String> addresses = new HashSet<>();
    copy.forEach(entry -> addresses.add(entry.getKey()));
    return addresses;
  }

  /** What this node's copy holds for {@code address}, from every node. */
  List<RegistrationInfo> shared(String address) {
    List<RegistrationInfo> registrations = new ArrayList<>();
    InternalCacheEntry<String, Bucket<byte[]>> entry = copy.peek(address);
    if (entry != null) {
      for (byte[] value : entry.getValue().toList()) {
        registrations.add(DataConverter.fromCachedObject(value));
      }
    }
    return registrations;
  }

  /** Where a message to {@code address} can go from here, by this node's copy. */
  List<RegistrationInfo> reachable(String address, Set<String> members) {
    List<RegistrationInfo> reachable = new ArrayList<>(shared(address));
    reachable.removeIf(registration -> !members.contains(registration.nodeId()));
    for (RegistrationInfo registration : own.getOrDefault(address, Set.of())) {
      if (!reachable.contains(registration)) {
        reachable.add(registration);
      }
    }
    return reachable;
  }
}
