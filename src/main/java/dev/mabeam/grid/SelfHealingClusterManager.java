package dev.mabeam.grid;

import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.ext.cluster.infinispan.InfinispanClusterManager;
import io.vertx.ext.cluster.infinispan.impl.DataConverter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.infinispan.AdvancedCache;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.multimap.api.embedded.MultimapCache;
import org.infinispan.multimap.impl.Bucket;
import org.infinispan.multimap.impl.EmbeddedMultimapCache;
import org.infinispan.partitionhandling.AvailabilityMode;

/**
 * The cluster manager of the event bus, with what the one it extends leaves undone.
 *
 * <p>While two sides are cut off from each other, each one's coordinator removes the other side's
 * consumers and node infos from its copy of the caches. When they meet, one copy wins, and nobody
 * puts the rest again: requests to it fail for ever. So after a merge every node puts its own
 * registrations and its node info again, several times and without looking: its own copy may have
 * them where the others do not, and a state transfer may still undo what was put. After any other
 * change of the view it adds the registrations that are missing.
 *
 * <p>What died while the caches refused writes could not be removed, and nobody tries again: every
 * other request to its address would be lost. So the coordinator removes what belongs to a node
 * that is not in the view.
 *
 * <p>A lookup that failed once, as they do while the view churns, leaves the event bus convinced
 * that nobody listens at an address, and nothing corrects it. So a while after each change and each
 * repair it is told to forget what it looked up. On the smaller side of a cut, where lookups are
 * refused, they are answered from this node's copy.
 *
 * <p>What registers and unregisters here goes past the queue of the one that it extends; {@link
 * RegistryWrites} says why.
 *
 * <p>Not guaranteed: that a message sent during the cut or in the first seconds after it arrives.
 */
final class SelfHealingClusterManager extends InfinispanClusterManager {
  private static final Logger LOG = System.getLogger(SelfHealingClusterManager.class.getName());

  private static final List<Duration> FORGET_AFTER =
      List.of(Duration.ofMillis(500), Duration.ofMillis(2500), Duration.ofMillis(6000));
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  /** A state transfer can still replace what was repaired: look again for this many rounds. */
  private static final int ROUNDS = 14;
  /** In these rounds after a merge everything is put again, whether it is missing or not. */
  private static final Set<Integer> PUT_ALL_IN = Set.of(1, 2, 4, 7, 13);

  private final DefaultCacheManager caches;
  private final AdvancedCache<String, Bucket<byte[]>> subscriptions;
  private final MultimapCache<String, byte[]> registry;
  private final AdvancedCache<String, byte[]> nodeInfos;
  private final Registrations registrations;
  private final boolean repair;
  private volatile RegistrationListener lookups = new RegistrationListener() {};
  private volatile Vertx vertx;
  private volatile RegistryWrites writes;
  /** The view changed last: a repair stops when it is no longer about that one. */
  private volatile long latest;

  /** The caches have to be started; blocking. */
  SelfHealingClusterManager(DefaultCacheManager caches, boolean repair) {
    super(caches);
    this.caches = caches;
    this.repair = repair;
    subscriptions = caches.<String, Bucket<byte[]>>getCache("__vertx.subs").getAdvancedCache();
    registry = new EmbeddedMultimapCache<>(subscriptions, false);
    nodeInfos = caches.<String, byte[]>getCache("__vertx.nodeInfo").getAdvancedCache();
    registrations = new Registrations(subscriptions);
  }

  @Override
  public void init(Vertx clustered) {
    super.init(clustered);
    vertx = clustered;
    writes = new RegistryWrites(new VertxScheduler(clustered, clustered.getOrCreateContext()));
  }

  @Override
  public synchronized void registrationListener(RegistrationListener listener) {
    super.registrationListener(listener);
    lookups = listener;
  }

  @Override
  public void addRegistration(
      String address, RegistrationInfo registration, Completable<Void> promise) {
    registrations.added(address, registration);
    if (registration.localOnly()) {
      super.addRegistration(address, registration, promise);
    } else {
      put(address, registration, promise);
    }
  }

  private void put(String address, RegistrationInfo registration, Completable<Void> promise) {
    byte[] value = DataConverter.toCachedObject(registration);
    writes.write(address, () -> registry.put(address, value), promise);
  }

  @Override
  public void removeRegistration(
      String address, RegistrationInfo registration, Completable<Void> promise) {
    registrations.removed(address, registration);
    if (registration.localOnly()) {
      super.removeRegistration(address, registration, promise);
    } else {
      take(address, registration, promise);
    }
  }

  private void take(String address, RegistrationInfo registration, Completable<Void> promise) {
    byte[] value = DataConverter.toCachedObject(registration);
    writes.write(address, () -> registry.remove(address, value), promise);
  }

  @Override
  public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
    if (!repair || writable()) {
      super.getRegistrations(address, promise);
    } else {
      promise.succeed(registrations.reachable(address, Set.copyOf(getNodes())));
    }
  }

  /** Called by the grid with every view. */
  void viewChanged(GridView view) {
    if (!repair || !isActive()) {
      return;
    }
    latest = view.id();
    forgetLookups();
    vertx.setTimer(LOOK_EVERY.toMillis(), timer -> look(view, 1));
  }

  private void forgetLookups() {
    for (Duration delay : FORGET_AFTER) {
      vertx.setTimer(delay.toMillis(), timer -> lookups.registrationsLost());
    }
  }

  private void look(GridView view, int round) {
    if (view.id() != latest || !isActive()) {
      return;
    }
    repair(view.merged() && PUT_ALL_IN.contains(round))
        .onComplete(
            (repaired, failure) -> {
              if (failure == null && repaired > 0) {
                LOG.log(Level.INFO, "{0}: repaired {1} registrations", getNodeId(), repaired);
                forgetLookups();
              }
              // A round that could not be done is not counted: what it should put has to be put.
              int done = failure == null ? round : round - 1;
              if (done < ROUNDS) {
                vertx.setTimer(LOOK_EVERY.toMillis(), timer -> look(view, done + 1));
              }
            });
  }

  /** Puts and removes what has to be, and says how many registrations that were. */
  private Future<Integer> repair(boolean putAll) {
    if (!writable()) {
      return Future.failedFuture("the caches are read-only");
    }
    List<Future<Void>> infos = new ArrayList<>();
    List<Future<Boolean>> repairs = new ArrayList<>();
    NodeInfo info = getNodeInfo();
    if (putAll && info != null) {
      infos.add(call(promise -> setNodeInfo(info, promise)));
    }
    registrations.forEachOwnShared((address, own) -> repairs.add(add(address, own, putAll)));
    if (caches.isCoordinator()) {
      Set<String> members = Set.copyOf(getNodes());
      registrations.addresses().forEach(address -> sweep(address, members, repairs));
      nodeInfos
          .getDataContainer()
          .forEach(entry -> forgetIfGone(entry.getKey(), members, infos));
    }
    return Future.join(infos)
        .compose(none -> Future.join(repairs))
        .map(all -> (int) repairs.stream().filter(Future::result).count());
  }

  /** Adds a registration of this node that is missing, or any; whether it was missing. */
  private Future<Boolean> add(String address, RegistrationInfo own, boolean always) {
    return this.<List<RegistrationInfo>>call(promise -> super.getRegistrations(address, promise))
        .compose(
            seen -> {
              boolean missing = !seen.contains(own);
              if (!missing && !always) {
                return Future.succeededFuture(false);
              }
              return this.<Void>call(promise -> put(address, own, promise))
                  .compose(none -> undoIfGone(address, own))
                  .map(missing);
            });
  }

  /** A consumer that went meanwhile would otherwise be looked up for ever. */
  private Future<Void> undoIfGone(String address, RegistrationInfo own) {
    return registrations.isOwn(address, own)
        ? Future.succeededFuture()
        : call(promise -> take(address, own, promise));
  }

  private void sweep(String address, Set<String> members, List<Future<Boolean>> repairs) {
    for (RegistrationInfo registration : registrations.shared(address)) {
      if (!members.contains(registration.nodeId())) {
        repairs.add(
            this.<Void>call(promise -> take(address, registration, promise))
                .map(true));
      }
    }
  }

  private void forgetIfGone(String node, Set<String> members, List<Future<Void>> infos) {
    if (!members.contains(node)) {
      infos.add(
          vertx.executeBlocking(
              () -> {
                nodeInfos.remove(node);
                return null;
              },
              false));
    }
  }

  private boolean writable() {
    return subscriptions.getAvailability() == AvailabilityMode.AVAILABLE
        && nodeInfos.getAvailability() == AvailabilityMode.AVAILABLE;
  }

  /** Runs a call that Infinispan may block in away from the event loop. */
  private <T> Future<T> call(Consumer<Completable<T>> verb) {
    return vertx
        .executeBlocking(
            () -> {
              Promise<T> promise = Promise.promise();
              verb.accept(promise);
              return promise.future();
            },
            false)
        .compose(Function.identity());
  }
}
