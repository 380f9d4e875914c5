package dev.mabeam.cli;

import dev.mabeam.variable.ledger.Checkpoint;
import dev.mabeam.variable.ledger.Evidence;
import dev.mabeam.variable.ledger.Hash;
import dev.mabeam.variable.ledger.Verdict;
import dev.mabeam.variable.ledger.Verifier;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "verify",
    description = {
      "Check a variable's chain of blocks: with NAME a node checks what a replica has, with --file",
      "a copy is checked here and no cluster is asked."
    },
    footer = "%nExits with 1 if it does not hold.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  @Mixin private Client client;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", arity = "0..1", description = "the variable")
  private String name;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "the chain, as it was exported")
  private Path file;

  @Option(
      names = "--checkpoint",
      paramLabel = "WORD",
      description =
          "with --file: what was printed when it was checked before; finds that its end was cut"
              + " off")
  private String checkpoint;

  @Option(
      names = "--roster",
      paramLabel = "HASH",
      description =
          "with --file: a replica set whose keys are trusted, as a node of the cluster tells it;"
              + " more than once for several (those of the file)")
  private List<String> rosters = new ArrayList<>();

  @Override
  public Integer call() {
    if ((name == null) == (file == null)) {
      throw new ParameterException(
          spec.commandLine(), "give either the NAME of a variable or a copy with --file");
    }
    if (file == null && (checkpoint != null || !rosters.isEmpty())) {
      throw new ParameterException(
          spec.commandLine(),
          "--checkpoint and --roster go with --file; 'variables export' writes one");
    }
    return file == null ? ofCluster() : ofFile();
  }

  private int ofCluster() {
    JsonObject verdict = client.api().object(VariablesCommand.path(name) + "/verify");
    int twice = verdict.getInteger("evidence", 0);
    List<String> more = new ArrayList<>();
    if (twice > 0) {
      more.add("signed twice: %d times".formatted(twice));
    }
    more.add("checked by node " + verdict.getString("node"));
    return tell(verdict, more);
  }

  private int ofFile() {
    Verdict verdict =
        Verifier.verify(
            read(),
            rosters.stream().map(VerifyCommand::hash).toList(),
            Optional.ofNullable(checkpoint).map(Checkpoint::parse));
    return tell(
        verdict.toJson(),
        verdict.evidence().stream()
            .map(Evidence::store)
            .map(store -> "signed twice by store " + store)
            .toList());
  }

  private int tell(JsonObject verdict, List<String> more) {
    client.print(client.json() ? verdict.encodePrettily() : text(verdict, more));
    return verdict.getBoolean("holds", false) ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private byte[] read() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException missing) {
      throw new CliException(
          ExitCodes.USAGE,
          "cannot read " + file + ": " + Reasons.of(missing),
          "name a file that is there");
    }
  }

  private static Hash hash(String word) {
    try {
      return Hash.parse(word);
    } catch (IllegalArgumentException malformed) {
      throw new CliException(
          ExitCodes.USAGE, "'" + word + "' is no hash", "64 hexadecimal digits");
    }
  }

  private static String text(JsonObject verdict, List<String> more) {
    List<String> lines = new ArrayList<>();
    lines.add(
        verdict.getBoolean("holds", false)
            ? verdict.getString("name") + " holds"
            : "DOES NOT HOLD: " + fault(verdict.getJsonObject("fault", new JsonObject())));
    lines.add(
        verdict.getLong("blocks") == 0
            ? "no block was reached that holds"
            : "%d blocks hold, up to height %d; %s"
                .formatted(
                    verdict.getLong("blocks"),
                    verdict.getLong("height"),
                    certified(verdict.getLong("certifiedHeight"))));
    lines.addAll(more);
    verdict
        .getJsonArray("rosters")
        .forEach(each -> lines.add("signed by the keys of roster " + each));
    Optional.ofNullable(verdict.getString("checkpoint"))
        .ifPresent(each -> lines.add("checkpoint " + each));
    return String.join(System.lineSeparator(), lines);
  }

  private static String certified(long height) {
    return height < 0 ? "none is certified" : "certified up to height " + height;
  }

  private static String fault(JsonObject fault) {
    long height = fault.getLong("height", -1L);
    return fault.getString("reason")
        + (height < 0 ? "" : " at height " + height)
        + ": "
        + fault.getString("text");
  }
}
