package dev.mabeam.consensus;

import dev.mabeam.disk.SimDisk;
import dev.mabeam.testing.sim.SimNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What a simulated machine keeps of its logs while its processes come and go. */
final class SimStores implements LogStores {
  private final String group;
  private SimNode machine;
  private SimDisk disk = new SimDisk();

  /**
   * @param group what the logs say of themselves
   */
  SimStores(String group) {
    this.group = group;
  }

  /** The process that has it now. */
  SimStores of(SimNode running) {
    machine = running;
    return this;
  }

  @Override
  public boolean kept() {
    return endpoint().isPresent();
  }

  /** Whose log is there. */
  Optional<Endpoint> endpoint() {
    try {
      return ForcedStore.peek(disk).map(StoredState::endpoint);
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  @Override
  public LogStore open() {
    try {
      return ForcedStore.open(
          disk, group, machine.scheduler()::execute, machine.scheduler()::execute);
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  @Override
  public LogStore fresh() {
    disk = new SimDisk();
    return open();
  }

  /** The process ended, and perhaps the machine lost power. */
  void crash(RandomGenerator random) {
    if (random.nextBoolean()) {
      disk.crash();
    } else {
      disk.losePower(random);
    }
  }
}
