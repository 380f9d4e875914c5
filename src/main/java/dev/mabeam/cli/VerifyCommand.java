package dev.mabeam.cli;

import dev.mabeam.variable.ledger.Checkpoint;
import dev.mabeam.variable.ledger.Hash;
import dev.mabeam.variable.ledger.Verdict;
import dev.mabeam.variable.ledger.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "verify",
    description = "Check a copy of a variable's chain of blocks; no cluster is asked.",
    footer = "%nExits with 1 if it does not hold.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  @Mixin private Client client;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      required = true,
      description = "the chain, as it was exported")
  private Path file;

  @Option(
      names = "--checkpoint",
      paramLabel = "WORD",
      description = "what was printed when it was checked before: finds that its end was cut off")
  private String checkpoint;

  @Option(
      names = "--roster",
      paramLabel = "HASH",
      description =
          "a replica set whose keys are trusted, as a node of the cluster tells it; more than once"
              + " for several (those of the file)")
  private List<String> rosters = new ArrayList<>();

  @Override
  public Integer call() {
    Verdict verdict =
        Verifier.verify(
            read(),
            rosters.stream().map(VerifyCommand::hash).toList(),
            Optional.ofNullable(checkpoint).map(Checkpoint::parse));
    client.print(client.json() ? verdict.toJson().encodePrettily() : text(verdict));
    return verdict.holds() ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private byte[] read() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException missing) {
      throw new CliException(
          ExitCodes.USAGE, "cannot read " + file + ": " + missing, "name a file that is there");
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

  private static String text(Verdict verdict) {
    List<String> lines = new ArrayList<>();
    lines.add(
        verdict
            .fault()
            .map(fault -> "DOES NOT HOLD: " + fault)
            .orElse("%s holds".formatted(verdict.variable())));
    lines.add(
        "%d blocks hold, up to height %d; certified up to height %d"
            .formatted(verdict.blocks(), verdict.height(), verdict.certifiedHeight()));
    verdict.evidence().forEach(each -> lines.add("signed twice by store " + each.store()));
    verdict.rosters().forEach(each -> lines.add("signed by the keys of roster " + each));
    verdict.certified().ifPresent(each -> lines.add("checkpoint " + each));
    return String.join(System.lineSeparator(), lines);
  }
}
