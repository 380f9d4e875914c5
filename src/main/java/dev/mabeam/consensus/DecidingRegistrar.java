package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import dev.mabeam.link.Registrar;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;

/** Admissions as decisions: on whichever member an application comes in, the leader decides. */
public final class DecidingRegistrar implements Registrar {
  private final Supplier<Consensus> consensus;

  /** @param consensus gives that of the node's present incarnation, or null while there is none */
  public DecidingRegistrar(Supplier<Consensus> consensus) {
    this.consensus = consensus;
  }

  @Override
  public Future<Ruling> admit(Member applicant) {
    Consensus now = consensus.get();
    if (now == null) {
      return ABSENT.admit(applicant);
    }
    return now.admit(applicant)
        .<Ruling>map(admitted -> new Ruling.Admitted(admitted, others(now, admitted)))
        .otherwise(DecidingRegistrar::refusal);
  }

  private static List<Member> others(Consensus consensus, Member admitted) {
    return consensus.members().all().stream()
        .filter(member -> !member.name().equals(admitted.name()))
        .toList();
  }

  private static Ruling refusal(Throwable failure) {
    MabeamException why = MabeamException.of(failure);
    return why.code() == ErrorCode.CONFLICT
        ? new Ruling.Conflict(why.getMessage())
        : new Ruling.Later(why.getMessage());
  }
}
