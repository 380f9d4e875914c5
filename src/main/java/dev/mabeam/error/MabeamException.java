package dev.mabeam.error;

import io.vertx.core.json.JsonObject;
import java.util.Objects;

/**
 * The one exception that mabeam's operations fail with: a {@link ErrorCode}, a message that names
 * what failed, and a hint at what to do next (empty when there is none).
 *
 * <p>Carries no stack trace of its own: it describes a condition, not a place in the code. A cause
 * keeps its trace.
 */
public final class MabeamException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final String hint;

  public MabeamException(ErrorCode code, String message) {
    this(code, message, "");
  }

  public MabeamException(ErrorCode code, String message, String hint) {
    this(code, message, hint, null);
  }

  public MabeamException(ErrorCode code, String message, String hint, Throwable cause) {
    super(message, cause, false, cause != null);
    this.code = Objects.requireNonNull(code);
    this.hint = Objects.requireNonNull(hint);
  }

  public ErrorCode code() {
    return code;
  }

  /** What the caller can do about it, or the empty string. */
  public String hint() {
    return hint;
  }

  /** {@code {"code","message","hint"}}, as it stands in an HTTP error and in a bus failure. */
  public JsonObject toJson() {
    return new JsonObject().put("code", code.name()).put("message", getMessage()).put("hint", hint);
  }

  /** The inverse of {@link #toJson()}; a code that this version does not know is INTERNAL. */
  public static MabeamException fromJson(JsonObject json) {
    ErrorCode code;
    try {
      code = ErrorCode.valueOf(json.getString("code", ""));
    } catch (IllegalArgumentException unknown) {
      code = ErrorCode.INTERNAL;
    }
    return new MabeamException(code, json.getString("message", ""), json.getString("hint", ""));
  }

  /** {@code failure} itself if it is one of ours, else an INTERNAL one that it caused. */
  public static MabeamException of(Throwable failure) {
    if (failure instanceof MabeamException ours) {
      return ours;
    }
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return new MabeamException(ErrorCode.INTERNAL, message, "", failure);
  }
}
