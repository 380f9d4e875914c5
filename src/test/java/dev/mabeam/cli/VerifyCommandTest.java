package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.variable.ledger.Chain;
import dev.mabeam.variable.ledger.Stores;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Chain chain = new Stores(3, 1).forked();

  @TempDir private Path directory;

  @Test
  void shouldTellHowFarACopyIsCertified() throws IOException {
    JsonObject verdict = verify(0, chain.export());
    assertTrue(verdict.getBoolean("holds"));
    assertEquals(Stores.NAME, verdict.getString("name"));
    assertEquals(6, verdict.getInteger("blocks"));
    assertEquals(3, verdict.getInteger("certifiedHeight"));
    assertEquals(0, run(file(chain.export())));
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("certified up to height 3"));
  }

  @Test
  void shouldFindWhatWasChangedOrCutOff() throws IOException {
    JsonObject whole = verify(0, chain.export());
    byte[] changed = chain.export();
    changed[changed.length / 2] ^= 1;
    JsonObject verdict = verify(1, changed);
    assertFalse(verdict.getBoolean("holds"));
    assertEquals("checksum", verdict.getJsonObject("fault").getString("reason"));
    byte[] empty = new Stores(3, 1).chain().export();
    assertTrue(verify(0, empty).getBoolean("holds"));
    String checkpoint = whole.getString("checkpoint");
    JsonObject cut = verify(1, empty, "--checkpoint", checkpoint);
    assertEquals("checkpoint", cut.getJsonObject("fault").getString("reason"));
    assertTrue(verify(0, chain.export(), "--checkpoint", checkpoint).getBoolean("holds"));
  }

  @Test
  void shouldTrustTheKeysThatItIsTold() throws IOException {
    String roster = verify(0, chain.export()).getJsonArray("rosters").getString(0);
    assertTrue(verify(0, chain.export(), "--roster", roster).getBoolean("holds"));
    byte[] invented = new Stores(3, 2).forked().export();
    assertTrue(verify(0, invented).getBoolean("holds"));
    JsonObject verdict = verify(1, invented, "--roster", roster);
    assertEquals("unknown_key", verdict.getJsonObject("fault").getString("reason"));
  }

  @Test
  void shouldRefuseWhatItCannotUse() throws IOException {
    assertEquals(2, run(directory.resolve("none")));
    assertTrue(printed().contains("none: there is no such file"), printed());
    assertEquals(2, run(file(chain.export()), "--roster", "12"));
    assertEquals(2, run(file(chain.export()), "--checkpoint", "yesterday"));
    assertEquals(1, run(file(new byte[0])));
    assertTrue(
        out.toString(StandardCharsets.UTF_8).contains("\nno block was reached that holds"),
        out.toString(StandardCharsets.UTF_8));
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("chain"), bytes);
  }

  private JsonObject verify(int exit, byte[] bytes, String... more) throws IOException {
    List<String> options = new ArrayList<>(List.of("-o", "json"));
    options.addAll(List.of(more));
    assertEquals(exit, run(file(bytes), options.toArray(String[]::new)), this::printed);
    return new JsonObject(out.toString(StandardCharsets.UTF_8));
  }

  private String printed() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private int run(Path file, String... more) {
    out.reset();
    List<String> words =
        new ArrayList<>(List.of("variables", "verify", "--file", file.toString()));
    words.addAll(List.of(more));
    return MabeamCli.run(
        words.toArray(String[]::new),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }
}
