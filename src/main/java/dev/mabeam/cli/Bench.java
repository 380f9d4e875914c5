package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that measures: says how far it is, and answers with JSON. */
abstract class Bench implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Refuses the options; {@code limits} says which there may be. */
  final ParameterException refused(String limits) {
    return new ParameterException(spec.commandLine(), limits);
  }

  final void say(String format, Object... values) {
    spec.commandLine().getErr().printf(format + "%n", values);
    spec.commandLine().getErr().flush();
  }

  final int answer(JsonObject answer) {
    spec.commandLine().getOut().println(answer.encodePrettily());
    return ExitCodes.OK;
  }

  /** What the runs on a cluster of that size came to. */
  static JsonObject summary(int size, double[] seconds) {
    Spread spread = Spread.of(seconds);
    return new JsonObject()
        .put("nodes", size)
        .put("runs", seconds.length)
        .put("min", Spread.rounded(spread.min()))
        .put("median", Spread.rounded(spread.median()))
        .put("max", Spread.rounded(spread.max()))
        .put("seconds", new JsonArray(Arrays.stream(seconds).mapToObj(Spread::rounded).toList()));
  }
}
