package dev.mabeam.cli;

/** What happens to the nodes and the agents while a pass is under way. */
interface Disturbance {
  /** Nothing does. */
  Disturbance NONE =
      new Disturbance() {
        @Override
        public void at(int done, int all) {}

        @Override
        public boolean isEnough() {
          return true;
        }

        @Override
        public String note() {
          return "";
        }
      };

  /** So many of all files are counted. */
  void at(int done, int all);

  /** Whether the pass may end; throws what keeps it from ever being enough. */
  boolean isEnough();

  /** What has been done, to stand behind the progress; empty if there is nothing to say. */
  String note();
}
