package dev.mabeam.checkpoint;

import java.util.HashMap;
import java.util.Map;

/** What one store has of each key, and what it has promised: the rules of a replica. */
final class Shelf {
  /** One key. */
  static final class Kept {
    /** No lower epoch is taken any more. */
    long promised;
    /** No older set is. */
    long setVersion;
    /** Null if it was only sealed. */
    Content content;
  }

  private final Rules rules;
  private final Map<String, Kept> keys = new HashMap<>();

  Shelf(Rules rules) {
    this.rules = rules;
  }

  /** Null if it has nothing of that key. */
  Kept find(String key) {
    return keys.get(key);
  }

  Map<String, Kept> keys() {
    return keys;
  }

  Outcome write(Update update) {
    Kept kept = keys.computeIfAbsent(update.key(), key -> new Kept());
    Outcome refusal = promise(kept, update.epoch(), update.setVersion(), true);
    if (refusal != null) {
      return refusal;
    }
    Content have = kept.content;
    boolean sameEpoch = have != null && have.epoch() == update.epoch();
    if (sameEpoch && have.position() >= update.position()) {
      return Outcome.DONE;
    }
    Content next = sameEpoch ? have : new Content(update.key(), update.epoch());
    if (!next.take(update)) {
      return Outcome.LACKS;
    }
    kept.content = next;
    return Outcome.DONE;
  }

  Outcome seal(String key, long epoch, long setVersion) {
    Kept kept = keys.computeIfAbsent(key, name -> new Kept());
    Outcome refusal = promise(kept, epoch, setVersion, rules.sealPromises());
    return refusal == null ? Outcome.DONE : refusal;
  }

  private Outcome promise(Kept kept, long epoch, long setVersion, boolean remember) {
    if (rules.refuses(epoch, kept.promised)) {
      return Outcome.stale(kept.promised);
    }
    if (rules.refusesSet(setVersion, kept.setVersion)) {
      return Outcome.OLD_SET;
    }
    if (remember) {
      kept.promised = Math.max(kept.promised, epoch);
      kept.setVersion = Math.max(kept.setVersion, setVersion);
    }
    return null;
  }

  void forget(String key) {
    keys.remove(key);
  }

  // ---- from the log ---------------------------------------------------------------------------

  /** It was taken once: what was promised since does not matter, and later ones win. */
  void restore(Update update) {
    promised(update.key(), update.epoch(), update.setVersion());
    Kept kept = keys.get(update.key());
    Content have = kept.content;
    if (have == null || have.epoch() < update.epoch()) {
      Content next = new Content(update.key(), update.epoch());
      if (next.take(update)) {
        kept.content = next;
      }
    } else if (have.epoch() == update.epoch() && have.position() < update.position()) {
      have.take(update);
    }
  }

  void promised(String key, long epoch, long setVersion) {
    Kept kept = keys.computeIfAbsent(key, name -> new Kept());
    kept.promised = Math.max(kept.promised, epoch);
    kept.setVersion = Math.max(kept.setVersion, setVersion);
  }
}
