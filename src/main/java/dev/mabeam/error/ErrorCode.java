package dev.mabeam.error;

/**
 * Why an operation failed: one vocabulary for the event bus (failure code), HTTP (status) and the
 * command line (exit code). Several codes share a number; the name tells them apart, so both
 * travel together.
 */
public enum ErrorCode {
  /** The request is malformed or asks for something that is not allowed to exist. */
  INVALID(400, 2),
  /** The caller did not say who it is, and has to. */
  UNAUTHORIZED(401, 4),
  /** The caller may not do this here. */
  FORBIDDEN(403, 4),
  /** What the request names is not there. */
  NOT_FOUND(404, 3),
  /** There is no agent of that id. */
  AGENT_NOT_FOUND(404, 3),
  /** The path is there, the method is not. */
  METHOD_NOT_ALLOWED(405, 2),
  /** The request contradicts what is already there: a name or a port that is taken. */
  CONFLICT(409, 5),
  /** The agent is where it is to go. */
  ALREADY_ON_TARGET_NODE(409, 5),
  /** The session was closed or has expired; what was asked in it is not executed again. */
  SESSION_EXPIRED(410, 5),
  /** What the session had seen is gone with the stores that had it. */
  SESSION_LOST(410, 5),
  /** Whoever asked acts for an activation that a later one has replaced. */
  STALE_EPOCH(412, 5),
  /** The body is larger than the server accepts. */
  TOO_LARGE(413, 2),
  /** The agent is on its way to another node already. */
  MIGRATING(423, 5),
  /** The receiver has more to do than it accepts; try again later. */
  OVERLOADED(429, 6),
  /** A defect in mabeam, or in user code that it ran. */
  INTERNAL(500, 1),
  /** An agent's state could not be had from it, so that it stays where it is. */
  FAILED_TO_SERIALIZE(500, 1),
  /** An agent was placed, and its start failed there. */
  FAILED_TO_START_ON_TARGET(500, 1),
  /** No majority of the voters could be had: certainly not decided, and it will not be. */
  INSUFFICIENT_CONSENSUS(503, 6),
  /** This part of the cluster lost its majority: it answers reads and refuses writes. */
  READ_ONLY(503, 6),
  /** No replica that has what the session has seen could be had in time. */
  SESSION_UNAVAILABLE(503, 6),
  /** No node in the cluster can take this. */
  NO_SUITABLE_NODES(503, 6),
  /** None of the seeds led to a cluster, nor did enough of them agree to found one. */
  NO_REACHABLE_SEED_NODES(503, 6),
  /** The receiver is not there at the moment: starting, stopping or out of reach. */
  UNAVAILABLE(503, 6),
  /** The deadline passed; whether the operation took effect is unknown. */
  TIMEOUT(504, 6);

  private final int status;
  private final int exitCode;

  ErrorCode(int status, int exitCode) {
    this.status = status;
    this.exitCode = exitCode;
  }

  /** The HTTP status, which is also the failure code on the event bus. */
  public int status() {
    return status;
  }

  /** The exit code of a command that fails with this. */
  public int exitCode() {
    return exitCode;
  }
}
