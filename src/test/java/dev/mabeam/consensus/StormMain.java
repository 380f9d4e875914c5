package dev.mabeam.consensus;

import java.time.Duration;

final class StormMain {
  static Rules rules(String off) {
    return new Rules(!off.equals("confirmReads"), !off.equals("rememberAnswers"), !off.equals("fence"), !off.equals("inOrder"), !off.equals("doubt"));
  }

  public static void main(String[] args) {
    long from = Long.parseLong(args[0]);
    long count = Long.parseLong(args[1]);
    int failed = 0;
    long began = System.nanoTime();
    for (long seed = from; seed < from + count; seed++) {
      try {
        RoomStorm storm = args.length > 2 && args[2].equals("governed") ? RoomStorm.governed(seed) : RoomStorm.of(seed, rules(args.length > 2 ? args[2] : ""));
        storm.run(Duration.ofSeconds(20));
        if (count < 30) System.out.println(storm);
      } catch (AssertionError failure) {
        failed++;
        System.out.println("SEED " + seed + " " + (count == 1 ? failure.getMessage().replace("], ", "],\n ") : failure.getMessage().substring(0, Math.min(300, failure.getMessage().length()))));
        if (count == 1) failure.printStackTrace(System.out);
      }
    }
    System.out.println(failed + " failed of " + count + " in " + (System.nanoTime() - began) / 1_000_000 + " ms");
    System.exit(0);
  }
}
