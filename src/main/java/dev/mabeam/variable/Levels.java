package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.causal.CausalDomain;
import dev.mabeam.variable.consistency.Arrivals;
import dev.mabeam.variable.consistency.Causal;
import dev.mabeam.variable.consistency.Decided;
import dev.mabeam.variable.consistency.Eventual;
import dev.mabeam.variable.consistency.Here;
import dev.mabeam.variable.consistency.Level;
import dev.mabeam.variable.consistency.Session;
import dev.mabeam.variable.consistency.Strong;
import java.util.EnumMap;
import java.util.Map;

/** The level that a call is done at: the variable's own, or a stronger one that the call asks for. */
final class Levels {
  private final Map<Consistency, Level> declared = new EnumMap<>(Consistency.class);
  /** Of calls on variables that are weaker. */
  private final Map<Consistency, Level> asked = new EnumMap<>(Consistency.class);

  Levels(Here here, Arrivals arrivals, CausalDomain domain, Decided decided) {
    Eventual eventual = new Eventual(here);
    Session session = new Session(here, eventual, arrivals);
    declared.put(Consistency.EVENTUAL, eventual);
    declared.put(Consistency.SESSION, session);
    declared.put(Consistency.CAUSAL, new Causal(here, domain));
    declared.put(Consistency.STRONG, new Strong(decided));
    asked.put(Consistency.SESSION, session);
  }

  Level of(VariableInfo variable, Consistency wanted) {
    Consistency own = variable.options().consistency();
    if (wanted == null || wanted == own) {
      return declared.get(own);
    }
    if (own.atLeast(wanted)) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "variable '" + variable.name() + "' is " + own.word() + "; a call may not ask for "
              + wanted.word(),
          "leave the level out, or ask for a stronger one");
    }
    Level stronger = asked.get(wanted);
    if (wanted == Consistency.STRONG) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "variable '" + variable.name() + "' is " + own.word() + "; a call on it cannot be strong:"
              + " what its replicas have is not in the log, and a set of them that changes proves"
              + " nothing",
          "distribute it as strong, or ask for acks majority");
    }
    if (stronger == null) {
      throw Words.notOffered("a call at consistency", wanted.word(), asked.keySet());
    }
    return stronger;
  }
}
