package dev.mabeam.variable;

import dev.mabeam.consensus.Members;
import dev.mabeam.link.Member;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Has empty places in replica sets filled when there are nodes for them. A variable's master asks
 * for it, or the oldest member where all replicas are gone; many variables in one command, one
 * command after the other, and again after a while if it fails.
 */
final class Refill {
  private static final System.Logger LOG = System.getLogger(Refill.class.getName());
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final int MOST = 500;

  private final VariableContext context;
  private final Set<String> lacking = new LinkedHashSet<>();
  private boolean underWay;
  private boolean closed;

  Refill(VariableContext context) {
    this.context = context;
  }

  /** The members have changed. */
  void lookAtAll() {
    context.definitions().definitions().keySet().forEach(this::note);
    propose();
  }

  void look(String name) {
    note(name);
    propose();
  }

  private void note(String name) {
    if (lacks(name)) {
      lacking.add(name);
    }
  }

  private boolean lacks(String name) {
    return context
        .definitions()
        .definition(name)
        .filter(info -> VariableDefinitions.lacksReplicas(info, context.members().get()))
        .filter(info -> isMine(info, context.members().get()))
        .isPresent();
  }

  private boolean isMine(VariableInfo info, Members members) {
    String proposer =
        members.contains(info.master())
            ? info.master()
            : members.all().stream().map(Member::id).findFirst().orElse("");
    return proposer.equals(context.nodeId());
  }

  private void propose() {
    if (underWay || closed) {
      return;
    }
    lacking.removeIf(name -> !lacks(name));
    List<String> names = take(MOST);
    if (names.isEmpty()) {
      return;
    }
    underWay = true;
    context
        .decisions()
        .propose(VariableDefinitions.NAME, VariableDefinitions.refill(names))
        .onComplete(
            done -> context.scheduler().execute(this::next),
            failure -> {
              LOG.log(Level.DEBUG, () -> "could not fill replica sets: " + failure);
              context.scheduler().execute(() -> context.scheduler().after(AGAIN, this::next));
            });
  }

  private List<String> take(int most) {
    Stream.Builder<String> taken = Stream.builder();
    Iterator<String> names = lacking.iterator();
    for (int i = 0; i < most && names.hasNext(); i++) {
      taken.add(names.next());
    }
    return taken.build().toList();
  }

  private void next() {
    underWay = false;
    propose();
  }

  void close() {
    closed = true;
  }
}
