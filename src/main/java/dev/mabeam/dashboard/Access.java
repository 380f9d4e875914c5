package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Who may do what, decided from a request's headers alone.
 *
 * <p>Host: a page of another site can have its own name resolve to this node's address and then
 * talk to it as if it were its own server (DNS rebinding). So a host <em>name</em> has to be one
 * that is known here; an IP address cannot be rebound and is always fine. Origin: what a browser
 * says about the page that asks has to be this very server, for WebSockets too.
 */
final class Access {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final String BEARER = "bearer ";
  private static final Set<HttpMethod> READS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private final boolean loopback;
  private final String token;
  private final Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  Access(DashboardOptions options) {
    this.loopback = isLoopback(options.host());
    this.token = options.token();
    names.addAll(options.names());
    names.add(options.host());
  }

  /** Whether a request with that method changes nothing. */
  static boolean isRead(HttpMethod method) {
    return READS.contains(method);
  }

  /** The caller's role; throws FORBIDDEN or UNAUTHORIZED if it may not even read. */
  Role admit(List<String> hosts, String origin, String authorization) {
    if (hosts.size() != 1 || !isOurs(hosts.get(0))) {
      throw new MabeamException(
          ErrorCode.FORBIDDEN,
          "the Host header does not name this node",
          "use its IP address, localhost, or one of " + String.join(", ", names));
    }
    if (origin != null && !sameOrigin(origin, hosts.get(0))) {
      throw new MabeamException(
          ErrorCode.FORBIDDEN,
          "a page from another origin may not use this node",
          "open the dashboard that this node serves");
    }
    return role(authorization);
  }

  /** Throws FORBIDDEN if {@code role} may not send {@code method}. */
  void permit(Role role, HttpMethod method) {
    if (role == Role.VIEWER && !isRead(method)) {
      throw new MabeamException(
          ErrorCode.FORBIDDEN,
          "viewers may only read",
          token.isEmpty()
              ? "this node has no token, so only one that is bound to loopback takes changes"
              : "present the node's token as 'Authorization: Bearer …'");
    }
  }

  private Role role(String authorization) {
    if (loopback) {
      return Role.OPERATOR;
    }
    if (authorization == null) {
      return Role.VIEWER;
    }
    boolean bearer = authorization.toLowerCase(Locale.ROOT).startsWith(BEARER);
    if (!bearer || token.isEmpty() || !isToken(authorization.substring(BEARER.length()).trim())) {
      throw new MabeamException(
          ErrorCode.UNAUTHORIZED,
          "the token is not this node's",
          "check the token that the node was started with");
    }
    return Role.OPERATOR;
  }

  /** Takes the same time whatever is wrong with {@code presented}. */
  private boolean isToken(String presented) {
    return MessageDigest.isEqual(
        token.getBytes(StandardCharsets.UTF_8), presented.getBytes(StandardCharsets.UTF_8));
  }

  private boolean isOurs(String hostHeader) {
    return hostOf(hostHeader)
        .map(
            host ->
                isLoopback(host)
                    || host.endsWith(".localhost")
                    || host.startsWith("[")
                    || IPV4.matcher(host).matches()
                    || names.contains(host))
        .orElse(false);
  }

  private static boolean sameOrigin(String origin, String host) {
    int scheme = origin.indexOf("://");
    return scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host);
  }

  /** The host of {@code host[:port]} in lower case; an IPv6 address keeps its brackets. */
  private static Optional<String> hostOf(String header) {
    String value = header.toLowerCase(Locale.ROOT);
    int port = value.startsWith("[") ? value.indexOf(']') + 1 : value.indexOf(':');
    String host = port < 0 ? value : value.substring(0, port);
    String rest = value.substring(host.length());
    boolean valid = !host.isEmpty() && (rest.isEmpty() || rest.matches(":\\d{1,5}"));
    return valid
        ? Optional.of(host.endsWith(".") ? host.substring(0, host.length() - 1) : host)
        : Optional.empty();
  }

  /** Whether {@code host}, as written, cannot be anything but this machine. */
  static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || host.equals("::1")
        || host.equals("[::1]")
        || IPV4.matcher(host).matches() && host.startsWith("127.");
  }
}
