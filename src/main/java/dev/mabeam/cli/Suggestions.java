package dev.mabeam.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;

/** What a user may have meant by a word that is none of ours. */
final class Suggestions {
  private static final int MOST = 2;

  private Suggestions() {}

  /** The options, for a word with a dash, or else the commands that are nearest to it. */
  static List<String> meant(String word, CommandLine command) {
    String typed = word.indexOf('=') < 0 ? word : word.substring(0, word.indexOf('='));
    Set<String> names = new TreeSet<>();
    if (typed.startsWith("-")) {
      names.addAll(command.getCommandSpec().optionsMap().keySet());
    } else {
      command.getSubcommands().forEach(
          (name, sub) -> {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
              names.add(name);
            }
          });
    }
    int near = Math.max(1, typed.length() / 3);
    return names.stream()
        .filter(name -> distance(typed, name) <= near)
        .sorted(Comparator.comparingInt(name -> distance(typed, name)))
        .limit(MOST)
        .toList();
  }

  /** How many letters have to be added, left out, changed or swapped with their neighbour. */
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        cost[i][j] =
            Math.min(
                Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + change);
        boolean swapped =
            i > 1 && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
