package dev.mabeam.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Deployable;
import io.vertx.core.VerticleBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserCodeLoadingTest {
  private static final String HERE = "dev.mabeam.verticle.UserCodeLoadingTest$";

  @TempDir static Path temp;
  private static Path classes;
  private static Path jar;

  /** On the class path of mabeam itself, as far as the user's loader can tell. */
  public static class Inside extends VerticleBase {}

  public static class NoVerticle {}

  public abstract static class Abstract extends VerticleBase {}

  public static class NeedsArgument extends VerticleBase {
    public NeedsArgument(int argument) {}
  }

  static class NotPublic extends VerticleBase {
    public NotPublic() {}
  }

  /** Stands for a room above, which has verticles of its own. */
  public abstract static class Kind extends VerticleBase {}

  public static class OfThatKind extends Kind {}

  @Test
  void shouldRefuseAVerticleThatIsDeployedInAnotherWayAndSayHow() {
    try (UserCode code = UserCode.open(List.of(), List.of(HERE + "*"))) {
      assertSame(OfThatKind.class, code.load(HERE + "OfThatKind"));
      code.deployedOtherwise(Kind.class, "a kind", "deploy it as such");
      MabeamException refused =
          assertThrows(MabeamException.class, () -> code.load(HERE + "OfThatKind"));
      assertEquals(ErrorCode.INVALID, refused.code());
      assertTrue(refused.getMessage().contains("is a kind"), refused.getMessage());
      assertEquals("deploy it as such", refused.hint());
      assertSame(OfThatKind.class, code.load(HERE + "OfThatKind", Kind.class, "kind"));
      assertSame(Inside.class, code.load(HERE + "Inside"));
    }
  }

  @BeforeAll
  static void compile() throws IOException {
    classes = Sources.compile(
        temp.resolve("classes"), "com.acme.Echo", Sources.greeter("com.acme.Echo", "echo"));
    Sources.compile(
        classes, "com.acme.Base", "package com.acme; public class Base {}");
    Sources.compile(
        classes,
        "com.acme.Orphan",
        "package com.acme; public class Orphan extends io.vertx.core.VerticleBase {"
            + " public Orphan() {} public Orphan(Base base) {} }");
    Files.delete(classes.resolve("com/acme/Base.class"));
    jar = Sources.jar(classes, temp.resolve("echo.jar"));
    byte[] tooNew = Files.readAllBytes(classes.resolve("com/acme/Echo.class"));
    tooNew[7] = 99;
    Files.createDirectories(temp.resolve("new/com/acme"));
    Files.write(temp.resolve("new/com/acme/Echo.class"), tooNew);
  }

  private static MabeamException refusal(List<String> classPath, List<String> allow, String name) {
    try (UserCode code = UserCode.open(classPath, allow)) {
      return assertThrows(MabeamException.class, () -> code.load(name));
    }
  }

  @Test
  void shouldLoadAVerticleFromADirectoryAndFromAJar() {
    for (Path entry : List.of(classes, jar)) {
      try (UserCode code = UserCode.open(Sources.paths(entry), List.of())) {
        Class<? extends Deployable> echo = code.load("com.acme.Echo");
        assertSame(code.loader(), echo.getClassLoader());
      }
    }
  }

  @Test
  void shouldLoadAnAllowedClassOfMabeamsOwnClassPath() {
    try (UserCode code = UserCode.open(List.of(), List.of(HERE + "Inside"))) {
      assertSame(Inside.class, code.load(HERE + "Inside"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "com.acme.Nothing, NOT_FOUND",
    "com.acme.echo, NOT_FOUND",
    "com/acme/Echo, NOT_FOUND",
    "Echo, NOT_FOUND",
    "' ', NOT_FOUND",
    "java.lang.String, FORBIDDEN",
    "[I, FORBIDDEN",
    "io.vertx.core.AbstractVerticle, FORBIDDEN",
    "dev.mabeam.verticle.UserCodeLoadingTest$Inside, FORBIDDEN",
    "com.acme.Orphan, INVALID",
  })
  void shouldRefuseWithATypedError(String className, ErrorCode code) {
    MabeamException refusal = refusal(Sources.paths(classes), List.of(), className);
    assertEquals(code, refusal.code(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(className), refusal.getMessage());
    assertTrue(!refusal.hint().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"NoVerticle", "Abstract", "NeedsArgument", "NotPublic"})
  void shouldRefuseWhatIsNoVerticleThatCanBeMade(String name) {
    MabeamException refusal =
        refusal(List.of(), List.of("dev.mabeam.verticle.*"), HERE + name);
    assertEquals(ErrorCode.INVALID, refusal.code(), refusal.getMessage());
  }

  @Test
  void shouldSayThatAClassWasCompiledForANewerJava() {
    MabeamException refusal =
        refusal(Sources.paths(temp.resolve("new")), List.of(), "com.acme.Echo");
    assertEquals(ErrorCode.INVALID, refusal.code());
    assertTrue(refusal.getMessage().contains("UnsupportedClassVersionError"));
  }

  @Test
  void shouldRefuseAClassPathEntryThatIsNotThereOrNoJar() throws IOException {
    Path text = Files.writeString(temp.resolve("not-a.jar"), "text");
    for (Path entry : List.of(temp.resolve("missing.jar"), text)) {
      MabeamException refusal =
          assertThrows(
              MabeamException.class, () -> UserCode.open(Sources.paths(entry), List.of()));
      assertEquals(ErrorCode.INVALID, refusal.code());
      assertTrue(refusal.getMessage().contains(entry.toString()), refusal.getMessage());
    }
  }
}
