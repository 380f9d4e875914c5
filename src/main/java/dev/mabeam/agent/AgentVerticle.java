package dev.mabeam.agent;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;

/**
 * An agent that is a verticle of its own: what users extend when an agent has timers, consumers,
 * clients, or work that blocks.
 *
 * <p>It is deployed, with its settings as {@link #config()}, on a context of its own, on which its
 * start, its messages and its stop are called. What it opens on that context (timers, consumers,
 * servers) is closed with it. {@link #agent()} says who it is, from {@link #start()} on. With
 * {@link #threadingModel()} it may ask for a worker thread, and may block then.
 *
 * <p>That costs about 2 KB and a millisecond each. A plain {@link Agent} costs a tenth of that: it
 * shares one of a node's few event-loop contexts with many others, may never block, and has to
 * close in its {@link Agent#stop()} what it opened. Both get one message at a time.
 *
 * <p>The class is public, with a public constructor without parameters.
 */
public abstract class AgentVerticle extends VerticleBase implements Agent {
  private AgentContext agent;

  /** Who this agent is, and how it reaches others. */
  protected final AgentContext agent() {
    return agent;
  }

  /** Where it runs: on an event loop, unless overridden. */
  protected ThreadingModel threadingModel() {
    return ThreadingModel.EVENT_LOOP;
  }

  /** Gets ready, before the first message; a failure means that it was not deployed. */
  @Override
  public Future<?> start() throws Exception {
    return Future.succeededFuture();
  }

  /** Not called: {@link #start()} is, and {@link #agent()} has the context. */
  @Override
  public final Future<?> start(AgentContext context) {
    return Future.succeededFuture();
  }

  /** Says goodbye, after the last message. */
  @Override
  public Future<?> stop() {
    return Future.succeededFuture();
  }

  final void bind(AgentContext context) {
    agent = context;
  }

  /** Its own context, once it is deployed. */
  final Context home() {
    return context;
  }

  final ThreadingModel model() {
    return threadingModel();
  }
}
