package dev.mabeam.verticle;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Code that a user wrote outside the project: compiled at test time, as a directory or a jar. */
public final class Sources {
  private Sources() {}

  /** Compiles one class, whose full name is {@code className}, into {@code directory}. */
  public static Path compile(Path directory, String className, String source) {
    try {
      Path file =
          directory.resolveSibling(directory.getFileName() + "-src")
              .resolve(className.replace('.', '/') + ".java");
      Files.createDirectories(file.getParent());
      Files.createDirectories(directory);
      Files.writeString(file, source);
      String classPath = System.getProperty("java.class.path");
      int result =
          ToolProvider.getSystemJavaCompiler()
              .run(
                  null, null, null, "-nowarn", "-proc:none", "--release", "17",
                  "-cp", directory + java.io.File.pathSeparator + classPath,
                  "-d", directory.toString(), file.toString());
      if (result != 0) {
        throw new AssertionError(className + " does not compile");
      }
      return directory;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A verticle that answers at {@code address} with {@code answer} and the name it was sent. */
  public static String greeter(String className, String address) {
    int dot = className.lastIndexOf('.');
    return """
        package %s;
        import io.vertx.core.*;
        public class %s extends VerticleBase {
          @Override public Future<?> start() {
            String greeting = config().getString("greeting", "hello");
            return vertx.eventBus().<String>consumer("%s", message ->
                message.reply(greeting + " " + message.body())).completion();
          }
        }
        """
        .formatted(className.substring(0, dot), className.substring(dot + 1), address);
  }

  /** A verticle whose start has this body. */
  public static String starting(String className, String body) {
    int dot = className.lastIndexOf('.');
    return """
        package %s;
        import io.vertx.core.*;
        import java.util.concurrent.TimeUnit;
        public class %s extends VerticleBase {
          @Override public Future<?> start() throws Exception {
            %s
          }
        }
        """
        .formatted(className.substring(0, dot), className.substring(dot + 1), body);
  }

  /** Packs what is under {@code directory} into a jar. */
  public static Path jar(Path directory, Path jar) {
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = directory.relativize(file).toString();
        entries.putNextEntry(new JarEntry(name));
        entries.write(Files.readAllBytes(file));
        entries.closeEntry();
      }
      return jar;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The class path entries as options have them. */
  public static List<String> paths(Path... entries) {
    return Stream.of(entries).map(Path::toString).toList();
  }
}
