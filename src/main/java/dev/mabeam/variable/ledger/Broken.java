package dev.mabeam.variable.ledger;

/** Something that breaks a rule of the chain was offered, and nothing was changed. */
public final class Broken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Fault fault;

  Broken(Fault fault) {
    super(fault.toString(), null, false, false);
    this.fault = fault;
  }

  Broken(Fault.Reason reason, String text) {
    this(new Fault(reason, -1, "", text));
  }

  public Fault fault() {
    return fault;
  }

  /** The same, found in that block. */
  Broken in(Block block) {
    return fault.height() >= 0
        ? this
        : new Broken(
            new Fault(fault.reason(), block.height(), block.hash().toString(), fault.text()));
  }
}
