package dev.mabeam.cli;

import dev.mabeam.Mabeam;
import dev.mabeam.MabeamOptions;
import dev.mabeam.Wiring;
import dev.mabeam.error.MabeamException;
import dev.mabeam.migration.Drained;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.logging.LogManager;

/**
 * The process of one node. It closes in order when it is told to end: by a signal, or, if it is to
 * stop with its parent, by the end of its standard input.
 */
final class NodeProcess {
  private static final Duration CLOSING = Duration.ofSeconds(15);
  private static final String LOGGING = "/node-logging.properties";

  private final MabeamOptions options;
  private final PrintWriter out;

  NodeProcess(MabeamOptions options, PrintWriter out) {
    this.options = options;
    this.out = out;
  }

  /** Returns only if the node does not start; ends with the process otherwise. */
  int run(boolean stopWithParent) throws InterruptedException {
    return run(stopWithParent, started -> Future.succeededFuture());
  }

  /** The same; what {@code then} does with the node is done before it says that it is ready. */
  int run(boolean stopWithParent, Function<Mabeam, Future<Void>> then)
      throws InterruptedException {
    return run(stopWithParent, Wiring.PLAIN, then);
  }

  int run(boolean stopWithParent, Wiring wiring, Function<Mabeam, Future<Void>> then)
      throws InterruptedException {
    if (stopWithParent) {
      watchParent();
    }
    configureLogging();
    Mabeam mabeam = await(Mabeam.start(options, wiring), options.getJoinTimeout().plusSeconds(60));
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> close(mabeam, options.getDrainTimeout()), "close"));
    await(then.apply(mabeam), CLOSING);
    out.println(
        "node " + mabeam.nodeId() + " is ready"
            + (mabeam.httpPort() > 0 ? ": http://" + shownHost() + ":" + mabeam.httpPort() : ""));
    // Ends with the process, or because the node could not go on.
    CompletableFuture<Void> failure = new CompletableFuture<>();
    mabeam.failure().onFailure(failure::completeExceptionally);
    try {
      failure.get();
      return ExitCodes.OK;
    } catch (ExecutionException failed) {
      throw MabeamException.of(failed.getCause());
    }
  }

  private String shownHost() {
    return options.getHttpHost().equals("0.0.0.0") ? "127.0.0.1" : options.getHttpHost();
  }

  private static void watchParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // The parent says nothing; only the end of what it says matters.
                }
              } catch (IOException closed) {
                // The same.
              }
              System.exit(ExitCodes.OK);
            },
            "parent");
    watch.setDaemon(true);
    watch.start();
  }

  /** Warnings, and what mabeam has to say, on standard error; the user's own configuration wins. */
  static void configureLogging() {
    System.setProperty("org.jboss.logging.provider", "jdk");
    System.setProperty("jgroups.use.jdk_logger", "true");
    if (System.getProperty("java.util.logging.config.file") != null
        || System.getProperty("java.util.logging.config.class") != null) {
      return;
    }
    try (InputStream configuration = NodeProcess.class.getResourceAsStream(LOGGING)) {
      LogManager.getLogManager().readConfiguration(configuration);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void close(Mabeam mabeam, Duration draining) {
    Thread hurry =
        new Thread(
            () -> {
              sleep(draining.plus(CLOSING).plusSeconds(2));
              Runtime.getRuntime().halt(ExitCodes.FAILED);
            },
            "hurry");
    hurry.setDaemon(true);
    hurry.start();
    try {
      drain(mabeam, draining);
      await(mabeam.close(), CLOSING);
    } catch (RuntimeException failure) {
      System.err.println("error: the node did not close in order: " + failure.getMessage());
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /** What cannot be moved in time is recovered by the others, if they have its state. */
  private static void drain(Mabeam mabeam, Duration limit) throws InterruptedException {
    try {
      Drained drained = await(mabeam.drain(), limit.plusSeconds(1));
      for (Drained.Left left : drained.left()) {
        System.err.println("warning: agent " + left.agent() + " stays: " + left.why());
      }
      if (!drained.done()) {
        System.err.println(
            "warning: the node ends before it is drained, after " + limit.toSeconds() + " s: "
                + drained.waiting() + " agents are recovered elsewhere, and a copy of the last"
                + " state of " + drained.copies() + " others goes with it");
      }
    } catch (MabeamException | CliException failure) {
      System.err.println("warning: agents were not all moved away: " + failure.getMessage());
    }
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  /** The future's result, or its failure as the exception that it is. */
  static <T> T await(Future<T> future, Duration limit) throws InterruptedException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      throw MabeamException.of(failure.getCause());
    } catch (TimeoutException late) {
      throw new CliException(
          ExitCodes.UNAVAILABLE, "no end after " + limit.toSeconds() + " s", "");
    }
  }
}
