package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** An activation as its agent sees it. On the agent's home. */
final class OwnContext implements AgentContext {
  private final Activation self;
  private final Stage stage;
  /** Null until there is one. */
  private Timers timers;

  OwnContext(Activation self, Stage stage) {
    this.self = self;
    this.stage = stage;
  }

  @Override
  public String id() {
    return self.id();
  }

  @Override
  public long epoch() {
    return self.epoch();
  }

  @Override
  public String nodeId() {
    return stage.nodeId();
  }

  @Override
  public JsonObject config() {
    return self.entry().spec().config();
  }

  @Override
  public Vertx vertx() {
    return stage.vertx();
  }

  @Override
  public Agents agents() {
    return new OwnAgents(stage.agents(), self);
  }

  @Override
  public Scheduler.Scheduled timer(Duration delay, Runnable task) {
    return timers().once(delay, task);
  }

  @Override
  public Scheduler.Scheduled periodic(Duration period, Runnable task) {
    return timers().again(period, task);
  }

  private Timers timers() {
    if (timers == null) {
      timers = new Timers(stage.scheduler(), self.mailbox());
    }
    return timers;
  }

  @Override
  public void remind(String name, Duration delay, Object body) {
    if (!self.entry().isKept()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "agent '" + id() + "' is volatile and cannot be reminded",
          "deploy it as durable, or use a timer");
    }
    long due = stage.scheduler().wallMillis() + delay.toMillis();
    self.belongings().remind(name, due, body);
  }

  @Override
  public void forgetReminder(String name) {
    if (self.entry().isKept()) {
      self.belongings().forgetReminder(name);
    }
  }

  @Override
  public Effect effect(String key) {
    return new Effect(id(), epoch(), key);
  }

  @Override
  public <T> T service(Class<T> type) {
    return stage.services().get(type);
  }

  /** Its timers run no more. */
  void end() {
    if (timers != null) {
      timers.end();
    }
  }
}
