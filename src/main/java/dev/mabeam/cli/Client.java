package dev.mabeam.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command that asks a node has: which node, as whom, for how long, and the form. */
final class Client {
  static final String DEFAULT_URL = "http://127.0.0.1:8080";

  /** The node answers TIMEOUT by itself if it has a moment less than we wait. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  /** The longest that a node waits for an answer. */
  private static final Duration LONGEST = Duration.ofSeconds(60);

  /** The forms of an answer. */
  enum Format {
    /** For people. */
    table,
    /** For scripts: the API's own JSON. */
    json
  }

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:MABEAM_URL:-" + DEFAULT_URL + "}",
      description = "any node of the cluster (MABEAM_URL; ${DEFAULT-VALUE})")
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "a file with the operator's token (or MABEAM_TOKEN)")
  private Path tokenFile;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Durations.class,
      description = "how long to wait for an answer (${DEFAULT-VALUE})")
  private Duration timeout;

  @Mixin private Shape shape;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** {@code -o}, for the commands that have a form and no node. */
  static final class Shape {
    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORM",
        defaultValue = "table",
        description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
    private Format format;

    Format format() {
      return format;
    }
  }

  Api api() {
    return new Api(url, token(tokenFile, System.getenv("MABEAM_TOKEN")), timeout);
  }

  boolean json() {
    return shape.format() == Format.json;
  }

  /** How long the node may wait for an answer, so that it says TIMEOUT before we do. */
  Duration patience() {
    Duration wait = timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
    return wait.compareTo(MARGIN.multipliedBy(2)) > 0 ? wait.minus(MARGIN) : wait;
  }

  Duration timeout() {
    return timeout;
  }

  String url() {
    return url;
  }

  void print(String text) {
    spec.commandLine().getOut().println(text);
  }

  /** The file's first line; without a file the variable; without either the empty string. */
  static String token(Path file, String variable) {
    if (file == null) {
      return variable == null ? "" : variable.strip();
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.CONFIGURATION,
          "token file " + file + " cannot be read: " + Reasons.of(failure),
          "it holds the token and nothing else");
    }
  }
}
