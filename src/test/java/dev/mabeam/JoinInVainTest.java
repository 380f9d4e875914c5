package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.migration.Steps;
import dev.mabeam.testing.FreePorts;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A node that gives up its cluster for another one, and then cannot open again. */
class JoinInVainTest {
  private static MabeamOptions options(String name) {
    int ports = FreePorts.block();
    return new MabeamOptions()
        .setName(name)
        .setGridPort(ports)
        .setBusPort(ports + 1)
        .setLinkPort(ports + 2)
        .setHttpPort(-1);
  }

  @Test
  void shouldTellThatItIsOver() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    Wiring once =
        new Wiring(
            transport -> {
              if (opened.getAndIncrement() > 0) {
                throw new IllegalStateException("no way out");
              }
              return transport;
            },
            UnaryOperator.identity(),
            Steps.NONE);
    MabeamOptions there = options("there");
    Mabeam other = Mabeam.start(there).await(60, TimeUnit.SECONDS);
    try {
      Mabeam joining = Mabeam.start(options("joining"), once).await(60, TimeUnit.SECONDS);
      joining.join(List.of("127.0.0.1:" + there.getLinkPort())).await(60, TimeUnit.SECONDS);
      Exception over =
          assertThrows(Exception.class, () -> joining.failure().await(60, TimeUnit.SECONDS));
      assertEquals("no way out", over.getMessage());
      assertEquals(3, opened.get(), "once in the other cluster, and once alone again");
    } finally {
      other.close().await(60, TimeUnit.SECONDS);
    }
  }
}
