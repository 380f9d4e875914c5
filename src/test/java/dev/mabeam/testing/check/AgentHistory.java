package dev.mabeam.testing.check;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Records what senders, agents and their checkpoints do, for {@link AgentHistoryChecker}.
 *
 * <p>An activation's <em>sequence</em> is what has changed the agent's state by then, in order: what
 * it began with, and what it applied. Positions in it are counts of messages.
 *
 * <p>Any thread. What is recorded after something on a real clock is after it in the history too,
 * so what may be seen by others is recorded before it is done, and what was seen after it was.
 */
public final class AgentHistory {
  private final AtomicLong clock = new AtomicLong();
  private final ConcurrentLinkedQueue<Event> events = new ConcurrentLinkedQueue<>();

  /**
   * What a sender has sent once, however often it repeats it.
   *
   * @param sequence grows with each message of that sender to that agent
   */
  public record Message(String agent, String sender, long sequence) {
    public Message {
      Objects.requireNonNull(agent);
      Objects.requireNonNull(sender);
    }
  }

  /** One activation of an agent. */
  public record Activation(String agent, long epoch, String node) {}

  /** Something that happened, and its place in the history. */
  sealed interface Event {
    long at();

    String agent();
  }

  record Sent(long at, Message message) implements Event {
    @Override
    public String agent() {
      return message.agent();
    }
  }

  record Refused(long at, Message message) implements Event {
    @Override
    public String agent() {
      return message.agent();
    }
  }

  record Began(long at, Activation activation, long fromEpoch, int fromCount) implements Event {
    @Override
    public String agent() {
      return activation.agent();
    }
  }

  record Delivered(long at, Message message, Activation activation) implements Event {
    @Override
    public String agent() {
      return message.agent();
    }
  }

  record Applied(long at, Message message, Activation activation) implements Event {
    @Override
    public String agent() {
      return message.agent();
    }
  }

  record Committed(long at, Activation activation, int count) implements Event {
    @Override
    public String agent() {
      return activation.agent();
    }
  }

  record Released(long at, Message message, Activation activation) implements Event {
    @Override
    public String agent() {
      return message.agent();
    }
  }

  record Acknowledged(long at, Message message, long epoch, Object answer) implements Event {
    @Override
    public String agent() {
      return message.agent();
    }
  }

  /** A sender is about to send it for the first time. */
  public void sent(Message message) {
    events.add(new Sent(clock.incrementAndGet(), message));
  }

  /** A sender was told that it was certainly not applied and never will be. */
  public void refused(Message message) {
    events.add(new Refused(clock.incrementAndGet(), message));
  }

  /** An activation begins with the first {@code fromCount} messages of that epoch's sequence. */
  public void began(Activation activation, long fromEpoch, int fromCount) {
    events.add(new Began(clock.incrementAndGet(), activation, fromEpoch, fromCount));
  }

  /** It is in an activation's mailbox. */
  public void delivered(Message message, Activation activation) {
    events.add(new Delivered(clock.incrementAndGet(), message, activation));
  }

  /** It has changed the state of an activation. */
  public void applied(Message message, Activation activation) {
    events.add(new Applied(clock.incrementAndGet(), message, activation));
  }

  /** An activation was told that a checkpoint is written which has that much of its sequence. */
  public void committed(Activation activation, int count) {
    events.add(new Committed(clock.incrementAndGet(), activation, count));
  }

  /** An activation lets out the answer to a message, or what it sends because of it. */
  public void released(Message message, Activation activation) {
    events.add(new Released(clock.incrementAndGet(), message, activation));
  }

  /** A sender has taken the answer, which an activation of that epoch gave. */
  public void acknowledged(Message message, long epoch, Object answer) {
    events.add(new Acknowledged(clock.incrementAndGet(), message, epoch, answer));
  }

  /** Everything so far, in order. */
  List<Event> events() {
    return events.stream().sorted(java.util.Comparator.comparingLong(Event::at)).toList();
  }

  /** How many events there are. */
  public int size() {
    return events.size();
  }
}
