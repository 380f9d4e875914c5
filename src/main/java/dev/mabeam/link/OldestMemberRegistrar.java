package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The oldest connected member admits; the others redirect to it. A name that is taken is given away
 * only if its holder's process is gone, or nothing was heard of it for {@link #PATIENCE}: during a
 * cut each side has a registrar of its own, and what is silent may be alive.
 */
final class OldestMemberRegistrar implements Registrar {
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Admission own;
  private final Mesh mesh;
  private final Lines lines;
  private final Scheduler scheduler;
  private final Set<String> underWay = new HashSet<>();

  OldestMemberRegistrar(Admission own, Mesh mesh, Lines lines, Scheduler scheduler) {
    this.own = own;
    this.mesh = mesh;
    this.lines = lines;
    this.scheduler = scheduler;
  }

  @Override
  public LinkAddress address() {
    return mesh.roster().oldest().link();
  }

  @Override
  public Future<Ruling> admit(Member applicant) {
    Member self = own.self();
    if (!mesh.roster().oldest().equals(self)) {
      return Future.succeededFuture(new Ruling.Redirect(address()));
    }
    if (applicant.name().equals(self.name())) {
      return Future.succeededFuture(conflict(self));
    }
    Member holder = mesh.roster().member(applicant.name()).orElse(null);
    if (holder != null && holder.bootId().equals(applicant.bootId())) {
      return Future.succeededFuture(admitted(holder));
    }
    if (!underWay.add(applicant.name())) {
      return Future.succeededFuture(
          new Ruling.Later("another application for '" + applicant.name() + "' is under way"));
    }
    boolean moved = holder != null && !holder.link().equals(applicant.link());
    Future<Lines.Heard> old =
        moved ? lines.probe(holder.link()) : Future.succeededFuture(new Lines.Heard.Refused());
    return Future.join(lines.probe(applicant.link()), old)
        .map(both -> rule(applicant, holder, both.resultAt(0), both.resultAt(1)))
        .onComplete(done -> underWay.remove(applicant.name()));
  }

  /**
   * @param back what answers at the applicant's address: an application can arrive after its sender
   *     has died, and one whose address nobody can dial would be of no use in the cluster
   * @param old what answers at the address of the name's holder, if that is another one
   */
  private Ruling rule(Member applicant, Member holder, Lines.Heard back, Lines.Heard old) {
    if (!isLife(back, applicant)) {
      return new Ruling.Later(
          own.self().id() + " finds no '" + applicant.name() + "' at " + applicant.link());
    }
    if (!Objects.equals(mesh.roster().member(applicant.name()).orElse(null), holder)) {
      return new Ruling.Later("'" + applicant.name() + "' has just changed hands");
    }
    if (holder == null || !isLife(old, holder) && isProof(old)) {
      return number(applicant);
    }
    if (isLife(old, holder)) {
      return conflict(holder);
    }
    return mesh.roster().silence(holder).compareTo(PATIENCE) < 0
        ? new Ruling.Later(holder.id() + " has that name and is silent; it may be back")
        : number(applicant);
  }

  private static boolean isLife(Lines.Heard heard, Member member) {
    return heard instanceof Lines.Heard.Answered answer
        && answer.from().bootId().equals(member.bootId());
  }

  private static boolean isProof(Lines.Heard heard) {
    return heard instanceof Lines.Heard.Refused || heard instanceof Lines.Heard.Answered;
  }

  private Ruling conflict(Member holder) {
    return new Ruling.Conflict(
        "the name '" + holder.name() + "' is taken by " + holder.id() + " at " + holder.link());
  }

  private Ruling number(Member applicant) {
    Member member =
        new Member(
            applicant.name(),
            mesh.roster().nextIncarnation(),
            applicant.link(),
            applicant.grid(),
            applicant.bus(),
            applicant.bootId());
    Ruling ruling = admitted(member);
    mesh.learn(member);
    mesh.tellMembersToAll();
    return ruling;
  }

  private Ruling admitted(Member member) {
    List<Member> others =
        mesh.roster().members().stream().filter(m -> !m.name().equals(member.name())).toList();
    return new Ruling.Admitted(own.clusterId(), member, others);
  }

  /** How an application travels: a member without an incarnation. */
  static JsonObject application(Member applicant) {
    return new JsonObject().put("ask", "join").put("applicant", applicant.toJson());
  }
}
