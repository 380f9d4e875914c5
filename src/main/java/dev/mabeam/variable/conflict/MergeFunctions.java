package dev.mabeam.variable.conflict;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The merge functions of this process, by name: those that are built in, and users'. Any thread. */
public final class MergeFunctions {
  private static final System.Logger LOG = System.getLogger(MergeFunctions.class.getName());
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final List<String> ORDER =
      List.of(MapByKey.NAME, Extreme.MAX, Extreme.MIN, SetUnion.NAME, Counter.NAME);
  private static final Map<String, Resolution> BUILT_IN =
      Map.of(
          MapByKey.NAME, MapByKey.IT,
          Extreme.MAX, Extreme.GREATEST,
          Extreme.MIN, Extreme.SMALLEST,
          SetUnion.NAME, SetUnion.IT,
          Counter.NAME, Counter.IT);
  private static final Map<String, Resolution> OWN = new ConcurrentHashMap<>();

  static {
    load(MergeFunctions.class.getClassLoader());
  }

  private MergeFunctions() {}

  /** Takes those that are named as services in what {@code loader} finds. */
  public static void load(ClassLoader loader) {
    try {
      ServiceLoader.load(MergeFunction.class, loader).forEach(MergeFunctions::register);
    } catch (ServiceConfigurationError | MabeamException failure) {
      LOG.log(Level.WARNING, "a merge function cannot be used: " + failure.getMessage());
    }
  }

  /** From now on {@code function} is found by its name; an earlier one of that name is not. */
  public static void register(MergeFunction function) {
    String name = function.name();
    if (!isName(name) || BUILT_IN.containsKey(name)) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a merge function cannot be named '" + name + "'",
          "1 to 64 of A-Z a-z 0-9 . _ -, and none of " + ORDER);
    }
    OWN.put(name, new Merging(function));
  }

  /** Whether a function may be called that, here or on another node. */
  public static boolean isName(String name) {
    return name != null && NAME.matcher(name).matches();
  }

  public static boolean isBuiltIn(String name) {
    return name != null && BUILT_IN.containsKey(name);
  }

  /** Null if this process has none of that name. */
  static Resolution find(String name) {
    Resolution builtIn = name == null ? null : BUILT_IN.get(name);
    return builtIn != null || name == null ? builtIn : OWN.get(name);
  }

  /** Those that are built in first. */
  static String names() {
    List<String> names = new ArrayList<>(ORDER);
    OWN.keySet().stream().sorted().forEach(names::add);
    return String.join(", ", names);
  }
}
