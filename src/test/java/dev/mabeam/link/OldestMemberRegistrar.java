package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * Stands in for the room of decisions where the link is tested without it: the oldest connected
 * member admits, and the others ask it. During a cut each side has one of its own, which decisions
 * would not allow; nothing that these tests look at rests on it.
 */
public final class OldestMemberRegistrar implements Registrar {
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Link link;
  private final Scheduler scheduler;
  private final Set<String> underWay = new HashSet<>();

  private OldestMemberRegistrar(Link link, Scheduler scheduler) {
    this.link = link;
    this.scheduler = scheduler;
  }

  /** Has {@code link} admit this way. */
  public static void serve(Link link, Scheduler scheduler) {
    link.setRegistrar(new OldestMemberRegistrar(link, scheduler));
  }

  private Roster roster() {
    return link.mesh().roster();
  }

  @Override
  public Future<Ruling> admit(Member applicant) {
    Member self = link.admission().orElseThrow().self();
    Member oldest = roster().oldest();
    if (!oldest.equals(self)) {
      return link.lines()
          .ask(oldest.link(), Link.application(applicant), Duration.ofMillis(500))
          .map(
              heard ->
                  heard instanceof Lines.Heard.Answered answer
                      ? Registrar.fromJson(answer.body())
                      : new Ruling.Later(oldest.id() + " does not answer"));
    }
    if (applicant.name().equals(self.name())) {
      return Future.succeededFuture(conflict(self));
    }
    Member holder = roster().member(applicant.name()).orElse(null);
    if (holder != null && holder.bootId().equals(applicant.bootId())) {
      return Future.succeededFuture(admitted(holder));
    }
    if (!underWay.add(applicant.name())) {
      return Future.succeededFuture(
          new Ruling.Later("another application for '" + applicant.name() + "' is under way"));
    }
    boolean moved = holder != null && !holder.link().equals(applicant.link());
    Future<Lines.Heard> old =
        moved
            ? link.lines().probe(holder.link())
            : Future.succeededFuture(new Lines.Heard.Refused());
    return old.map(heard -> rule(applicant, holder, heard))
        .onComplete(done -> underWay.remove(applicant.name()));
  }

  /**
   * @param old what answers at the address of the name's holder, if that is another one
   */
  private Ruling rule(Member applicant, Member holder, Lines.Heard old) {
    if (!Objects.equals(roster().member(applicant.name()).orElse(null), holder)) {
      return new Ruling.Later("'" + applicant.name() + "' has just changed hands");
    }
    boolean alive =
        old instanceof Lines.Heard.Answered answer
            && holder != null
            && answer.from().bootId().equals(holder.bootId());
    if (alive) {
      return conflict(holder);
    }
    boolean proven = old instanceof Lines.Heard.Refused || old instanceof Lines.Heard.Answered;
    return holder != null && !proven && roster().silence(holder).compareTo(PATIENCE) < 0
        ? new Ruling.Later(holder.id() + " has that name and is silent; it may be back")
        : number(applicant);
  }

  private Ruling conflict(Member holder) {
    return new Ruling.Conflict(
        "the name '" + holder.name() + "' is taken by " + holder.id() + " at " + holder.link());
  }

  private Ruling number(Member applicant) {
    Member member = applicant.as(roster().nextIncarnation());
    Ruling ruling = admitted(member);
    link.learn(member);
    link.mesh().tellMembersToAll();
    return ruling;
  }

  private Ruling admitted(Member member) {
    return new Ruling.Admitted(
        member,
        roster().members().stream().filter(m -> !m.name().equals(member.name())).toList());
  }
}
