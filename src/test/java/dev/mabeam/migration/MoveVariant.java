package dev.mabeam.migration;

/** What of the migration rooms is broken on purpose, for worlds of other packages. */
public enum MoveVariant {
  AS_IT_IS(Handoff.Rules.ALL),
  /** A flip that may yet be decided lets the source go on. */
  RESUMES_UNSETTLED(new Handoff.Rules(false, true));

  private final Handoff.Rules rules;

  MoveVariant(Handoff.Rules rules) {
    this.rules = rules;
  }

  public MigrationRoom create(MigrationContext context) {
    return MigrationRoom.create(context, rules);
  }
}
