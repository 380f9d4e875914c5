package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.TreePMap;

/**
 * Who is in the cluster, and the highest incarnation that was ever given: the next one is one more,
 * whatever became of the others. A persistent value; commands lead from one to the next.
 *
 * <p>Commands are JSON and ignore keys that they do not know: {@code {"v":1,"do":"admit",
 * "applicant"}}, with {@code "instead"} the holder of the name that is known to have ended; the
 * first of them is {@code {"v":1,"do":"found","applicant","founder"}}; {@code {"v":1,"do":"leave","node"}}; {@code {"v":1,"do":"expel","node","reason"}}. Each changes
 * nothing when it is applied again: a boot id is admitted once, and who is gone stays gone.
 */
final class MemberTable implements Members {
  /** Who had a name last, and why no more. */
  private record Gone(String node, String bootId, String reason) {}

  /** What a command came to. {@code gone} is the member that it ended, or null. */
  record Change(MemberTable table, Buffer answer, String gone) {}

  static final MemberTable EMPTY =
      new MemberTable(TreePMap.empty(), HashTreePMap.empty(), HashTreePMap.empty(), 0, null);

  private final TreePMap<Long, Member> byIncarnation;
  private final PMap<String, Member> byName;
  private final PMap<String, Gone> gone;
  private final long lastIncarnation;
  private final Endpoint founder;

  private MemberTable(
      TreePMap<Long, Member> byIncarnation,
      PMap<String, Member> byName,
      PMap<String, Gone> gone,
      long lastIncarnation,
      Endpoint founder) {
    this.founder = founder;
    this.byIncarnation = byIncarnation;
    this.byName = byName;
    this.gone = gone;
    this.lastIncarnation = lastIncarnation;
  }

  @Override
  public Optional<Member> member(String nodeId) {
    int mark = nodeId.lastIndexOf('#');
    return mark < 0
        ? Optional.empty()
        : named(nodeId.substring(0, mark)).filter(member -> member.id().equals(nodeId));
  }

  @Override
  public Collection<Member> all() {
    return Collections.unmodifiableCollection(byIncarnation.values());
  }

  /** Whoever has that name now. */
  Optional<Member> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The highest that was ever given; 0 before the first. */
  long lastIncarnation() {
    return lastIncarnation;
  }

  /** Who began the log, which everybody who joins it has to be told; null before the first. */
  Endpoint founder() {
    return founder;
  }

  /** Why that node is a member no more, if it was the last of its name. */
  String reason(String nodeId) {
    for (Gone one : gone.values()) {
      if (one.node.equals(nodeId)) {
        return one.reason;
      }
    }
    return "it is no member any more";
  }

  // ---- commands -------------------------------------------------------------------------------

  static Buffer admit(Member applicant, String instead) {
    JsonObject command = command("admit").put("applicant", applicant.toJson());
    return (instead == null ? command : command.put("instead", instead)).toBuffer();
  }

  /** The first command of all. */
  static Buffer found(Member applicant, Endpoint founder) {
    return command("found")
        .put("applicant", applicant.toJson())
        .put("founder", founder.toJson())
        .toBuffer();
  }

  static Buffer leave(String nodeId) {
    return command("leave").put("node", nodeId).toBuffer();
  }

  static Buffer expel(String nodeId, String reason) {
    return command("expel").put("node", nodeId).put("reason", reason).toBuffer();
  }

  private static JsonObject command(String what) {
    return new JsonObject().put("v", 1).put("do", what);
  }

  /** Where {@code command} leads from here; a {@link MabeamException} refuses it. */
  Change apply(Buffer command) {
    JsonObject json = command.toJsonObject();
    String what = json.getString("do", "");
    return switch (what) {
      case "admit" ->
          admitted(Member.fromJson(json.getJsonObject("applicant")), json.getString("instead"));
      case "found" -> founded(json);
      case "leave" -> ended(json.getString("node"), "it left");
      case "expel" -> ended(json.getString("node"), json.getString("reason", "it was expelled"));
      default ->
          throw new MabeamException(ErrorCode.INVALID, "members know no command '" + what + "'");
    };
  }

  private Change founded(JsonObject json) {
    if (founder != null) {
      throw new MabeamException(ErrorCode.CONFLICT, "this cluster was founded by " + founder);
    }
    Endpoint first = Endpoint.fromJson(json.getJsonObject("founder"));
    return new MemberTable(byIncarnation, byName, gone, lastIncarnation, first)
        .admitted(Member.fromJson(json.getJsonObject("applicant")), null);
  }

  private Change admitted(Member applicant, String instead) {
    Member holder = byName.get(applicant.name());
    if (holder == null) {
      return number(applicant, null);
    }
    if (holder.bootId().equals(applicant.bootId())) {
      return new Change(this, holder.toJson().toBuffer(), null);
    }
    if (!holder.id().equals(instead)) {
      throw taken(holder);
    }
    return without(holder, "its process has ended").number(applicant, holder.id());
  }

  static MabeamException taken(Member holder) {
    return new MabeamException(
        ErrorCode.CONFLICT,
        "the name '" + holder.name() + "' is taken by " + holder.id() + " at " + holder.link(),
        "choose another --name, or end the node that has it");
  }

  private Change number(Member applicant, String ended) {
    Gone before = gone.get(applicant.name());
    if (before != null && before.bootId.equals(applicant.bootId())) {
      throw new MabeamException(
          ErrorCode.STALE_EPOCH,
          "'" + applicant.name() + "' was " + before.node + " in this life, and is no more: "
              + before.reason);
    }
    Member member = applicant.as(lastIncarnation + 1);
    MemberTable next =
        new MemberTable(
            byIncarnation.plus(member.incarnation(), member),
            byName.plus(member.name(), member),
            gone,
            member.incarnation(),
            founder);
    return new Change(next, member.toJson().toBuffer(), ended);
  }

  private Change ended(String nodeId, String reason) {
    Member member = member(nodeId).orElse(null);
    return member == null
        ? new Change(this, Buffer.buffer(), null)
        : new Change(without(member, reason), Buffer.buffer(), nodeId);
  }

  private MemberTable without(Member member, String reason) {
    return new MemberTable(
        byIncarnation.minus(member.incarnation()),
        byName.minus(member.name()),
        gone.plus(member.name(), new Gone(member.id(), member.bootId(), reason)),
        lastIncarnation,
        founder);
  }

  // ---- image ----------------------------------------------------------------------------------

  Buffer encode() {
    List<JsonObject> ended = new ArrayList<>();
    gone.values()
        .forEach(
            one ->
                ended.add(
                    new JsonObject()
                        .put("node", one.node)
                        .put("bootId", one.bootId)
                        .put("reason", one.reason)));
    return new JsonObject()
        .put("last", lastIncarnation)
        .put("founder", founder == null ? null : founder.toJson())
        .put("members", new JsonArray(all().stream().map(Member::toJson).toList()))
        .put("gone", new JsonArray(ended))
        .toBuffer();
  }

  static MemberTable decode(Buffer bytes) {
    JsonObject json = bytes.toJsonObject();
    TreePMap<Long, Member> byIncarnation = TreePMap.empty();
    PMap<String, Member> byName = HashTreePMap.empty();
    for (Object one : json.getJsonArray("members")) {
      Member member = Member.fromJson((JsonObject) one);
      byIncarnation = byIncarnation.plus(member.incarnation(), member);
      byName = byName.plus(member.name(), member);
    }
    PMap<String, Gone> gone = HashTreePMap.empty();
    for (Object one : json.getJsonArray("gone")) {
      JsonObject ended = (JsonObject) one;
      String node = ended.getString("node");
      gone =
          gone.plus(
              node.substring(0, node.lastIndexOf('#')),
              new Gone(node, ended.getString("bootId"), ended.getString("reason")));
    }
    JsonObject founder = json.getJsonObject("founder");
    return new MemberTable(
        byIncarnation,
        byName,
        gone,
        json.getLong("last"),
        founder == null ? null : Endpoint.fromJson(founder));
  }

  @Override
  public String toString() {
    return all().stream().map(Member::id).toList() + ", last incarnation " + lastIncarnation;
  }
}
