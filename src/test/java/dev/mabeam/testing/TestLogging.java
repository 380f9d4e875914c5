package dev.mabeam.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Where SLF4J leads to in tests: {@code java.util.logging}, but for MicroRaft, which logs what it
 * survives and swallows what it does not. Of that, exceptions are kept for the tests to look at.
 */
public final class TestLogging implements SLF4JServiceProvider {
  private static final String ENGINE = "io.microraft";
  private static final List<String> ENGINE_DEFECTS = new ArrayList<>();

  private final Map<String, org.slf4j.Logger> loggers = new ConcurrentHashMap<>();
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter mdc = new NOPMDCAdapter();

  /** The exceptions that MicroRaft has swallowed since this was last asked. */
  public static List<String> engineDefects() {
    synchronized (ENGINE_DEFECTS) {
      List<String> all = List.copyOf(ENGINE_DEFECTS);
      ENGINE_DEFECTS.clear();
      return all;
    }
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return name ->
        loggers.computeIfAbsent(
            name, key -> key.startsWith(ENGINE) ? new Engine() : new ToJul(key));
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return mdc;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {
    // nothing to prepare
  }

  private abstract static class Quiet extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return false;
    }

    @Override
    public boolean isWarnEnabled() {
      return false;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return null;
    }
  }

  private static final class Engine extends Quiet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String message, Object[] arguments, Throwable thrown) {
      if (thrown != null) {
        StringBuilder told = new StringBuilder();
        told.append(MessageFormatter.basicArrayFormat(message, arguments)).append(": ");
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
          told.append(cause);
          StackTraceElement[] trace = cause.getStackTrace();
          for (int i = 0; i < Math.min(4, trace.length); i++) {
            told.append("\n    at ").append(trace[i]);
          }
        }
        synchronized (ENGINE_DEFECTS) {
          ENGINE_DEFECTS.add(told.toString());
        }
      }
    }
  }

  private static final class ToJul extends Quiet {
    private static final long serialVersionUID = 1L;

    private final transient Logger to;

    ToJul(String name) {
      to = Logger.getLogger(name);
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String message, Object[] arguments, Throwable thrown) {
      to.log(
          level == Level.ERROR ? java.util.logging.Level.SEVERE : java.util.logging.Level.WARNING,
          MessageFormatter.basicArrayFormat(message, arguments),
          thrown);
    }
  }
}
