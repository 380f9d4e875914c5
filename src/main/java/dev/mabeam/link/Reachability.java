package dev.mabeam.link;

/** What this node's own link says of another node. Other nodes may see it otherwise. */
public enum Reachability {
  /** Its heartbeats come in time. */
  CONNECTED,
  /** Its heartbeats are later than its own rhythm makes likely: phi is over the threshold. */
  SUSPECT,
  /** Nothing answers at its port: cut off, paused, or its machine is down. Proves nothing. */
  SILENT,
  /** Its port refuses connections, or another process listens there: that process is gone. */
  REFUSED
}
