package dev.mabeam.checkpoint;

import java.util.random.RandomGenerator;

/** What of the checkpoint rooms is broken on purpose, for worlds of other packages. */
public enum StoreVariant {
  AS_IT_IS,
  /** Stores take what any epoch writes. */
  NO_EPOCH_CHECK {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        boolean refuses(long epoch, long promised) {
          return false;
        }

        @Override
        boolean refusesSet(long version, long known) {
          return false;
        }
      };
    }
  },
  /** A new owner reads, and nobody promises it anything. */
  NO_SEAL {
    @Override
    Rules rules() {
      return new Rules() {
        @Override
        boolean sealPromises() {
          return false;
        }
      };
    }
  };

  Rules rules() {
    return new Rules();
  }

  public CheckpointStore store(RandomGenerator random) {
    return CheckpointStore.inMemory(random, rules());
  }

  public CheckpointRoom open(CheckpointContext context) {
    return CheckpointRoom.open(context, rules());
  }
}
