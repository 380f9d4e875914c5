package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.regex.Pattern;

/**
 * A number that a client outside gives a message to an agent, so that it can send it again, by any
 * node, without having it handled twice. A client chooses a session's name that nobody had before,
 * and numbers what it sends to one agent in it from 1, without gaps. It may forget the session at
 * any time; the agent does after an hour of silence.
 *
 * @param session its name: at most {@link #LONGEST} letters, digits and {@code ._@-}
 * @param sequence from 1, for each agent
 * @param floor of all below, the client waits for no answer any more: their answers are forgotten.
 *     It is {@code sequence} itself for a client that sends one message at a time
 * @param ageMillis how long ago the message was first sent; {@link #UNKNOWN} is taken for less than
 *     half an hour, and lets a volatile agent that was lost handle a session's first message again
 */
public record InSession(String session, long sequence, long floor, long ageMillis) {
  public static final int LONGEST = 128;
  public static final long UNKNOWN = Stamp.UNKNOWN;

  /** The names of headers, of requests by HTTP and of messages on the bus. */
  public static final String SESSION = "Mabeam-Session";

  public static final String SEQUENCE = "Mabeam-Sequence";
  public static final String FLOOR = "Mabeam-Floor";
  public static final String AGE = "Mabeam-Age";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1," + LONGEST + "}");

  /** INVALID if it makes no sense. */
  public InSession {
    if (session == null || !NAME.matcher(session).matches()) {
      throw invalid(
          SESSION + " is " + shown(session),
          "name it with 1 to " + LONGEST + " letters, digits and ._@-, such as a new UUID");
    }
    if (sequence < 1) {
      throw invalid(SEQUENCE + " is " + sequence, "number the messages to an agent from 1");
    }
    if (floor < 1 || floor > sequence) {
      throw invalid(
          FLOOR + " is " + floor,
          "give the lowest number whose answer is still of use, from 1 to " + sequence);
    }
    if (ageMillis < UNKNOWN) {
      throw invalid(AGE + " is " + ageMillis, "give milliseconds since it was first sent");
    }
  }

  /** As headers have it, null where there is none; null if no session is named. INVALID. */
  public static InSession of(String session, String sequence, String floor, String age) {
    if (session == null) {
      if (sequence != null || floor != null || age != null) {
        throw invalid(
            "there is a " + (sequence != null ? SEQUENCE : floor != null ? FLOOR : AGE)
                + " without a " + SESSION,
            "name the session that it is of");
      }
      return null;
    }
    if (sequence == null) {
      throw invalid(
          "there is no " + SEQUENCE + " for session " + shown(session),
          "number the messages to an agent from 1");
    }
    long number = number(SEQUENCE, sequence);
    return new InSession(
        session,
        number,
        floor == null ? number : number(FLOOR, floor),
        age == null ? UNKNOWN : age(number(AGE, age)));
  }

  private static long age(long millis) {
    if (millis < 0) {
      throw invalid(AGE + " is " + millis, "give milliseconds since it was first sent");
    }
    return millis;
  }

  private static long number(String header, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException notANumber) {
      throw invalid(header + " is " + shown(value), "give a whole number");
    }
  }

  private static String shown(String text) {
    return text == null || text.length() <= 40
        ? "'" + text + "'"
        : "'" + text.substring(0, 40) + "…' (" + text.length() + " characters)";
  }

  private static MabeamException invalid(String why, String hint) {
    return new MabeamException(ErrorCode.INVALID, why, hint);
  }

  Stamp stamp() {
    return new Stamp(Stamp.ofSession(session), sequence, floor, ageMillis);
  }
}
