package dev.mabeam.cli;

import dev.mabeam.variable.Consistency;
import dev.mabeam.variable.SessionToken;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** At which level a call on a variable is done, and what its session has seen. */
final class VariableSession {
  private static final String HEADER = "Mabeam-Token";

  @Option(
      names = "--consistency",
      paramLabel = "C",
      description = "a level at least as strong as the variable's own")
  private String consistency;

  @Option(
      names = "--token",
      paramLabel = "TOKEN|@FILE",
      description =
          "what the session has seen, as an earlier answer said; of a file, which may be missing at"
              + " first, it is read, and the next one is written there")
  private String token;

  /** INVALID if it is no level. */
  void putLevel(JsonObject request) {
    if (consistency != null) {
      request.put("consistency", Consistency.of(consistency).word());
    }
  }

  /** How long the node may take, and the level. */
  String query(Client client) {
    return timeout(client)
        + (consistency == null ? "" : "&consistency=" + Consistency.of(consistency).word());
  }

  static String timeout(Client client) {
    return "?timeoutMs=" + client.patience().toMillis();
  }

  /** INVALID if the token is none. */
  Map<String, String> headers() {
    Path file = file();
    String given = file == null ? token : read(file);
    return SessionToken.parse(given).isEmpty() ? Map.of() : Map.of(HEADER, given);
  }

  /** Keeps what the session has seen after that answer, if it has a file. */
  void keep(JsonObject answer) {
    Path file = file();
    if (file != null) {
      try {
        Files.writeString(file, answer.getString("token", "") + "\n");
      } catch (IOException failure) {
        throw unusable(file, "written", failure);
      }
    }
  }

  private Path file() {
    return token != null && token.startsWith("@") ? Path.of(token.substring(1)) : null;
  }

  private static String read(Path file) {
    if (!Files.exists(file)) {
      return "";
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException failure) {
      throw unusable(file, "read", failure);
    }
  }

  private static CliException unusable(Path file, String done, IOException failure) {
    return new CliException(
        ExitCodes.USAGE,
        "the session's file " + file + " cannot be " + done + ": " + Reasons.of(failure),
        "it holds a token and nothing else");
  }
}
