package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Deployable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.jar.JarFile;

/**
 * The classes that users may deploy on this node: all that the jars and directories of its class
 * path bring, and what the allow list names of mabeam's own.
 *
 * <p>Isolation, such as it is: all of a node's user code shares one class loader whose parent is
 * mabeam's. So verticles share their statics; a class that mabeam or Vert.x also has comes from
 * there, in that version; and two versions of a library on the class path are one, the first.
 * <em>Not</em> guaranteed: any protection of the node from the code. It runs in the node's process
 * with all its rights, and what blocks an event loop blocks what else is on it.
 *
 * <p>Safe for any thread. Opening and loading read files: not for an event loop.
 */
public final class UserCode implements AutoCloseable {
  private record Other(Class<?> kind, String what, String hint) {}

  private final List<Other> others = new CopyOnWriteArrayList<>();
  private final AllowList allowed;
  private final URLClassLoader loader;

  private UserCode(AllowList allowed, URLClassLoader loader) {
    this.allowed = allowed;
    this.loader = loader;
  }

  /**
   * Opens the jars and directories of {@code classPath}. INVALID names an entry that is not there
   * or is no jar, or one of {@code allow} that is no class name.
   *
   * @param allow full names of classes, or {@code package.*}
   */
  public static UserCode open(List<String> classPath, List<String> allow) {
    URL[] urls = classPath.stream().map(UserCode::url).toArray(URL[]::new);
    ClassLoader parent = UserCode.class.getClassLoader();
    return new UserCode(
        new AllowList(allow), new URLClassLoader("mabeam-user-code", urls, parent));
  }

  private static URL url(String entry) {
    Path path = Path.of(entry);
    if (!Files.isReadable(path)) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "class path entry '" + entry + "' is not there or cannot be read",
          "give a jar or a directory of classes, relative to " + Path.of("").toAbsolutePath());
    }
    if (!Files.isDirectory(path)) {
      requireJar(path);
    }
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static void requireJar(Path path) {
    try (JarFile jar = new JarFile(path.toFile())) {
      jar.size();
    } catch (IOException notAJar) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "class path entry '" + path + "' is no jar: " + notAJar.getMessage(),
          "give a jar or a directory of classes");
    }
  }

  /**
   * The verticle class of that name, not yet initialised. NOT_FOUND if there is none, FORBIDDEN if
   * it may not be deployed, INVALID if it is no verticle that can be made.
   */
  public Class<? extends Deployable> load(String className) {
    Class<?> found = permitted(className);
    for (Other other : others) {
      if (other.kind.isAssignableFrom(found)) {
        throw new MabeamException(
            ErrorCode.INVALID,
            "class " + className + " is " + other.what + ", and not deployed as a verticle",
            other.hint);
      }
    }
    return usable(found, Deployable.class, "verticle");
  }

  /**
   * Has {@link #load(String)} refuse, as INVALID, classes that are deployed in another way, also
   * if they are verticles.
   *
   * @param what what one of a {@code kind} is called, with its article
   * @param hint how it is deployed
   */
  public void deployedOtherwise(Class<?> kind, String what, String hint) {
    others.add(new Other(kind, what, hint));
  }

  /**
   * The same for a class that is to be a {@code kind}.
   *
   * @param what what a {@code kind} is called
   */
  public <T> Class<? extends T> load(String className, Class<T> kind, String what) {
    return usable(permitted(className), kind, what);
  }

  private Class<?> permitted(String className) {
    Class<?> found = find(className);
    if (found.getClassLoader() != loader && !allowed.allows(className)) {
      throw new MabeamException(
          ErrorCode.FORBIDDEN,
          "class " + className + " may not be deployed",
          "start the node with --allow " + className + ", or bring the class with --class-path");
    }
    return found;
  }

  private Class<?> find(String className) {
    try {
      return Class.forName(className, false, loader);
    } catch (ClassNotFoundException missing) {
      throw new MabeamException(
          ErrorCode.NOT_FOUND,
          "class " + className + " is not there",
          "check the name, and that the node was started with --class-path for its jar");
    } catch (LinkageError broken) {
      if (broken instanceof NoClassDefFoundError && broken.getCause() == null
          && String.valueOf(broken.getMessage()).contains("wrong name")) {
        throw new MabeamException(
            ErrorCode.NOT_FOUND,
            "class " + className + " is not there: " + broken.getMessage(),
            "give the full name, with its package and in its letter case");
      }
      throw unusable(className, broken);
    }
  }

  private static <T> Class<? extends T> usable(Class<?> found, Class<T> kind, String what) {
    if (!kind.isAssignableFrom(found)) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "class " + found.getName() + " is no " + what,
          kind == Deployable.class
              ? "extend io.vertx.core.VerticleBase"
              : "it has to be a " + kind.getName());
    }
    try {
      boolean usable =
          !Modifier.isAbstract(found.getModifiers())
              && Modifier.isPublic(found.getModifiers())
              && Modifier.isPublic(found.getConstructor().getModifiers());
      if (usable) {
        return found.asSubclass(kind);
      }
    } catch (NoSuchMethodException noConstructor) {
      // The same answer as for the other ways not to be instantiable.
    } catch (LinkageError broken) {
      throw unusable(found.getName(), broken);
    }
    throw new MabeamException(
        ErrorCode.INVALID,
        what + " class " + found.getName() + " cannot be instantiated",
        "make it public and not abstract, with a public constructor without parameters");
  }

  private static MabeamException unusable(String className, LinkageError broken) {
    return new MabeamException(
        ErrorCode.INVALID,
        "class " + className + " cannot be loaded: " + broken,
        "bring what it needs with --class-path, compiled for Java "
            + Runtime.version().feature() + " or earlier",
        broken);
  }

  /** What verticles have as their context's class loader. */
  public ClassLoader loader() {
    return loader;
  }

  /** Closes the jars; classes that are not yet loaded cannot be any more. */
  @Override
  public void close() {
    try {
      loader.close();
    } catch (IOException failure) {
      System.getLogger(UserCode.class.getName())
          .log(System.Logger.Level.WARNING, "closing the user class path failed", failure);
    }
  }
}
