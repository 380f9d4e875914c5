package dev.mabeam.consensus;

/** What the frames of this room carry; the numbers are part of the protocol between versions. */
final class FrameType {
  /** A message of the engine. */
  static final byte LOG = 16;
  /** A command for the leader, and what became of it. */
  static final byte PROPOSE = 17;
  static final byte PROPOSED = 18;
  /** A question for a read index, and the answer. */
  static final byte READ = 19;
  static final byte READ_AT = 20;
  /** An observer asks to be fed from an index; entries; an image. */
  static final byte FOLLOW = 21;
  static final byte ENTRIES = 22;
  static final byte IMAGE = 23;
  /** A node asks for its lease; a voter grants it. */
  static final byte LEASE_REQUEST = 24;
  static final byte LEASE_CONFIRM = 25;
  /** Whoever wants to expel asks a voter to confirm a node no more; the voter promises. */
  static final byte PROMISE = 26;
  static final byte PROMISED = 27;
  /** The leader has a node become a candidate; the node says that it has. */
  static final byte ENLIST = 28;
  static final byte ENLISTED = 29;

  private FrameType() {}
}
