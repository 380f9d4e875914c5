package dev.mabeam.checkpoint;

/** Where a store writes down what it promised and took, so that it outlives the process. */
interface StoreLog {
  /** Memory: what is in the shelf is all there is. */
  StoreLog NONE =
      new StoreLog() {
        @Override
        public void wrote(Update update) {}

        @Override
        public void promised(String key, long epoch, long setVersion) {}

        @Override
        public void forgot(String key) {}

        @Override
        public void force(Runnable then) {
          then.run();
        }

        @Override
        public void close() {}
      };

  void wrote(Update update);

  void promised(String key, long epoch, long setVersion);

  void forgot(String key);

  /**
   * Calls back on the store's thread once everything so far is there for good. It never does if
   * that cannot be had.
   */
  void force(Runnable then);

  void close();
}
