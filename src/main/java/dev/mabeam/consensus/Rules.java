package dev.mabeam.consensus;

/**
 * What the room's promises stand on, each to be left out in a test that shows what it is for.
 *
 * @param confirmReads a leader has a majority confirm that it leads before it says up to where to
 *     read
 * @param rememberAnswers a command that was applied is not applied again
 * @param fence what a node proposed under an incarnation that is gone is refused
 * @param inOrder an observer takes only the entry that comes next, and never an older image
 * @param doubt a command that a leader may have appended is not said to be undecided for certain
 */
record Rules(
    boolean confirmReads,
    boolean rememberAnswers,
    boolean fence,
    boolean inOrder,
    boolean doubt) {
  static final Rules ALL = new Rules(true, true, true, true, true);
}
