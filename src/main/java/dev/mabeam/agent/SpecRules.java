package dev.mabeam.agent;

import dev.mabeam.agent.AgentSpec.Pace;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a specification has to be like; the same for who deploys and for what is decided. */
final class SpecRules {
  /** Every node keeps every specification. */
  static final int MAX_CONFIG_CHARS = 65_536;

  private static final int MAX_MESSAGES = 10_000;
  private static final Duration MIN_WITHIN = Duration.ofMillis(1);
  private static final Duration MAX_WITHIN = Duration.ofSeconds(60);
  private static final int MAX_TYPE_CHARS = 512;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._@-]{1,128}");

  private SpecRules() {}

  /** Whether an agent may have that id. */
  static boolean isId(String id) {
    return id != null && ID.matcher(id).matches();
  }

  /** INVALID names what is wrong. */
  static void require(AgentSpec spec) {
    check(
        isId(spec.id()),
        "agent id '" + shortened(spec.id()) + "' is not valid",
        "use at most 128 letters, digits and . _ @ -");
    String agent = "agent '" + spec.id() + "': ";
    check(
        spec.type() != null && !spec.type().isBlank() && spec.type().length() <= MAX_TYPE_CHARS,
        agent + "the type is missing or too long",
        "name a built-in type such as counter, or a class that implements dev.mabeam.agent.Agent");
    check(
        spec.requirements() != null && spec.durability() != null,
        agent + "requirements or durability are null",
        "use Requirements.NONE and Durability.DURABLE");
    requirePace(agent, spec.pace());
    requireNeeds(agent, spec.requirements());
    check(
        spec.config().encode().length() <= MAX_CONFIG_CHARS,
        agent + "its config is larger than " + MAX_CONFIG_CHARS + " characters",
        "keep large data elsewhere, and its name in the config");
  }

  private static void requirePace(String agent, Pace pace) {
    check(
        pace != null && pace.messages() >= 1 && pace.messages() <= MAX_MESSAGES,
        agent + "a checkpoint after " + (pace == null ? "nothing" : pace.messages() + " messages"),
        "give 1 to " + MAX_MESSAGES);
    check(
        pace.within().compareTo(MIN_WITHIN) >= 0 && pace.within().compareTo(MAX_WITHIN) <= 0,
        agent + "a checkpoint within " + pace.within(),
        "give 1 ms to " + MAX_WITHIN.toSeconds() + " s");
  }

  private static void requireNeeds(String agent, Requirements needs) {
    check(
        needs.memoryMb() >= 0, agent + "memoryMb " + needs.memoryMb() + " is negative", "use 0");
    check(
        needs.cpuWeight() >= 0 && needs.cpuWeight() < Double.POSITIVE_INFINITY,
        agent + "cpuWeight " + needs.cpuWeight() + " is no share of cores",
        "1.0 is one core; use 0 for none");
    Stream.of(needs.capabilities(), needs.preferredCapabilities(), needs.preferredNodes())
        .flatMap(List::stream)
        .forEach(
            word ->
                check(
                    !word.isBlank(), agent + "a capability or a node is blank", "leave it out"));
    Stream.of(needs.affinity(), needs.antiAffinity())
        .flatMap(List::stream)
        .forEach(rule -> requireRule(agent, rule));
  }

  private static void requireRule(String agent, Rule rule) {
    check(
        rule.target() != null && rule.value() != null && !rule.value().isBlank(),
        agent + "a rule has no target or no value",
        "say what it should, or should not, share a node with");
    check(
        rule.weight() > 0 && rule.weight() < Double.POSITIVE_INFINITY,
        agent + "the rule for " + rule.value() + " has weight " + rule.weight(),
        "weights are above 0; leave out a rule that does not count");
  }

  static String shortened(String text) {
    return text == null || text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  private static void check(boolean holds, String message, String hint) {
    if (!holds) {
      throw new MabeamException(ErrorCode.INVALID, message, hint);
    }
  }
}
