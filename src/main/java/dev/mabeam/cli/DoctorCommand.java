package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    description = "Check this machine, and the cluster if there is one.",
    footer = "%nExits with 1 if a check failed.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Mixin private Client client;
  @Spec private CommandSpec spec;

  @Option(
      names = "--conf",
      paramLabel = "DIR",
      description = "check the infinispan.xml and jgroups-tcp.xml there")
  private String conf;

  @Override
  public Integer call() {
    boolean named =
        spec.commandLine().getParseResult().hasMatchedOption("--url")
            || System.getenv("MABEAM_URL") != null;
    List<Checkup.Finding> findings = new Checkup(client.api(), named, conf).all();
    if (client.json()) {
      JsonArray all = new JsonArray();
      findings.forEach(finding -> all.add(finding.toJson()));
      client.print(new JsonObject().put("checks", all).encodePrettily());
    } else {
      for (Checkup.Finding finding : findings) {
        client.print(
            "%-4s  %-8s  %s".formatted(finding.level(), finding.check(), finding.message()));
        if (!finding.hint().isEmpty()) {
          client.print("                hint: " + finding.hint());
        }
      }
    }
    return findings.stream().anyMatch(finding -> finding.level() == Checkup.Level.fail)
        ? ExitCodes.FAILED
        : ExitCodes.OK;
  }
}
