package dev.mabeam.testing;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.annotations.Property;
import org.jgroups.stack.Protocol;
import org.jgroups.util.MessageBatch;
import org.jgroups.util.NameCache;

/**
 * A layer right above a channel's transport that loses what comes from a node on the other side of
 * a cut. {@link TestCluster} puts it into the stack that its nodes are configured with; JGroups
 * makes it, so the class has to be public.
 */
public final class GridCut extends Protocol {
  private static final Map<String, Cuts> NETWORKS = new ConcurrentHashMap<>();

  /** Which of this JVM's test clusters the channel belongs to. */
  @Property(description = "the test cluster that the channel belongs to")
  protected String network = "";

  /** The stack with this layer in it. */
  static String into(String stack, String network) {
    int transportEnds = stack.indexOf("/>", stack.indexOf("<TCP ")) + 2;
    String layer = "\n  <" + GridCut.class.getName() + " network=\"" + network + "\"/>";
    return stack.substring(0, transportEnds) + layer + stack.substring(transportEnds);
  }

  static void register(String network, Cuts cuts) {
    NETWORKS.put(network, cuts);
  }

  static void forget(String network) {
    NETWORKS.remove(network);
  }

  @Override
  public Object up(Message message) {
    return lost(message.getSrc()) ? null : up_prot.up(message);
  }

  @Override
  public void up(MessageBatch batch) {
    if (!lost(batch.sender())) {
      up_prot.up(batch);
    }
  }

  private boolean lost(Address sender) {
    Cuts cuts = NETWORKS.get(network);
    Address self = local_addr;
    return cuts != null
        && sender != null
        && self != null
        && cuts.between(node(sender), node(self));
  }

  /** All of the test's channels are in this JVM, so it knows the names behind their addresses. */
  private static String node(Address address) {
    String name = String.valueOf(NameCache.get(address));
    int mark = name.indexOf('/');
    return mark < 0 ? name : name.substring(0, mark);
  }
}
