package dev.mabeam.checkpoint;

/** How far one store has one key. */
final class Progress {
  final Owned owned;
  final Lane lane;
  /** What it said it has, of the writer's epoch: 0 is nothing. */
  long position;
  long base;
  long state;
  /** What is on its way there; one at a time. */
  Update underWay;
  /** When its store was last asked to be dropped, in ticks of the lane. */
  int askedAt;
  /** The store is in the key's set no more. */
  boolean over;

  Progress(Owned owned, Lane lane) {
    this.owned = owned;
    this.lane = lane;
  }

  boolean behind() {
    return position < owned.position();
  }

  /** What it lacks. */
  Update next() {
    return owned.since(base, state);
  }

  /** The store said what became of {@code update}, which may be an earlier one. */
  void heard(Update update, Outcome outcome) {
    if (underWay == update) {
      underWay = null;
    }
    if (over) {
      return;
    }
    switch (outcome.kind()) {
      case DONE -> {
        if (update.position() > position) {
          position = update.position();
          base = update.basePosition();
          state = update.statePosition();
          owned.advanced();
        }
      }
      case LACKS -> {
        base = 0;
        state = 0;
      }
      case OLD_SET -> lane.later(this);
      case STALE -> owned.fenced(outcome.epoch());
    }
    if (!over && behind() && outcome.kind() != Outcome.Kind.OLD_SET) {
      lane.wants(this);
    }
  }
}
