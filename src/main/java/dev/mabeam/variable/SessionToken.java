package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a session has seen: of each variable that it used a version vector, and one of everything
 * causal. It is good on any node. Immutable; a token that is older than another one of the same
 * session is of no harm, {@link #join} takes the later of each.
 */
public final class SessionToken {
  /** Nothing. */
  public static final SessionToken EMPTY = new SessionToken(Map.of(), VersionVector.EMPTY);

  /** What the hint of SESSION_LOST begins with; the token that is left follows. */
  public static final String SAFE = "go on with the token ";

  private static final int VERSION = 1;

  /** How long an encoded token may be. */
  static final int LONGEST = 1 << 20;

  private final Map<String, VersionVector> variables;
  private final VersionVector domain;

  private SessionToken(Map<String, VersionVector> variables, VersionVector domain) {
    this.variables = variables;
    this.domain = domain;
  }

  /** That much of one variable. */
  public static SessionToken of(String variable, VersionVector seen) {
    return new SessionToken(Map.of(variable, seen), VersionVector.EMPTY);
  }

  /** That much of what is causal. */
  public static SessionToken ofDomain(VersionVector seen) {
    return new SessionToken(Map.of(), seen);
  }

  /** What was seen of that variable. */
  public VersionVector of(String variable) {
    return variables.getOrDefault(variable, VersionVector.EMPTY);
  }

  /** What was seen of everything causal. */
  public VersionVector domain() {
    return domain;
  }

  public boolean isEmpty() {
    return variables.isEmpty() && domain.equals(VersionVector.EMPTY);
  }

  /** The same, but of that variable no more than {@code seen}. */
  public SessionToken replace(String variable, VersionVector seen) {
    SortedMap<String, VersionVector> less = new TreeMap<>(variables);
    less.put(variable, seen);
    return new SessionToken(less, domain);
  }

  /** The same, but of what is causal no more than {@code seen}. */
  public SessionToken replaceDomain(VersionVector seen) {
    return new SessionToken(variables, seen);
  }

  /** What either has seen. */
  public SessionToken join(SessionToken other) {
    if (other.isEmpty()) {
      return this;
    }
    if (isEmpty()) {
      return other;
    }
    SortedMap<String, VersionVector> both = new TreeMap<>(variables);
    other.variables.forEach((name, seen) -> both.merge(name, seen, VersionVector::join));
    return new SessionToken(both, domain.join(other.domain));
  }

  /** What is left of the token that led to {@code failure}, if that was SESSION_LOST. */
  public static Optional<SessionToken> safe(Throwable failure) {
    return failure instanceof MabeamException ours
            && ours.code() == ErrorCode.SESSION_LOST
            && ours.hint().startsWith(SAFE)
        ? Optional.of(parse(ours.hint().substring(SAFE.length())))
        : Optional.empty();
  }

  /** As text that fits into a URL; nobody but {@link #parse} should look into it. */
  public String encode() {
    if (isEmpty()) {
      return "";
    }
    JsonObject json = new JsonObject().put("v", VERSION).put("domain", domain.toJson());
    JsonObject names = new JsonObject();
    new TreeMap<>(variables).forEach((name, seen) -> names.put(name, seen.toJson()));
    byte[] bytes = json.put("variables", names).encode().getBytes(StandardCharsets.UTF_8);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The inverse of {@link #encode}; INVALID if it is none. */
  public static SessionToken parse(String text) {
    if (text == null || text.isEmpty()) {
      return EMPTY;
    }
    try {
      if (text.length() > LONGEST) {
        throw new IllegalArgumentException("it is too long");
      }
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      JsonObject json = new JsonObject(new String(bytes, StandardCharsets.UTF_8));
      if (json.getInteger("v") != VERSION) {
        throw new IllegalArgumentException("it is of another version");
      }
      SortedMap<String, VersionVector> variables = new TreeMap<>();
      for (Map.Entry<String, Object> each : json.getJsonObject("variables")) {
        variables.put(each.getKey(), VersionVector.fromJson((JsonObject) each.getValue()));
      }
      return new SessionToken(variables, VersionVector.fromJson(json.getJsonObject("domain")));
    } catch (DecodeException
        | IllegalArgumentException
        | ClassCastException
        | NullPointerException malformed) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "this is no session token: " + malformed.getMessage(),
          "give back the token of an earlier answer as it was");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionToken token
        && token.variables.equals(variables)
        && token.domain.equals(domain);
  }

  @Override
  public int hashCode() {
    return 31 * variables.hashCode() + domain.hashCode();
  }

  @Override
  public String toString() {
    return variables + " " + domain;
  }
}
