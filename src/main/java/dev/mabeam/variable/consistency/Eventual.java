package dev.mabeam.variable.consistency;

import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableValue;
import io.vertx.core.Future;
import java.util.List;

/**
 * {@code eventual}: any replica answers with what it has. A write that is done at one, or at the
 * master where that gives the order, is acknowledged, and the others hear of it. With {@code majority} it is acknowledged when as many have
 * it; if that fails with TIMEOUT it is done here all the same. Every other failure changed nothing.
 */
public final class Eventual implements Level {
  private final Here here;

  public Eventual(Here here) {
    this.here = here;
  }

  @Override
  public List<String> takers(VariableInfo variable, boolean writes) {
    String self = here.nodeId();
    List<String> takers = writes ? variable.takers() : variable.replicas();
    return here.keeps(variable.name()) && takers.contains(self)
        ? List.of(self)
        : takers.stream().filter(id -> !id.equals(self)).toList();
  }

  @Override
  public Future<VariableValue> read(VariableInfo variable, Reading reading) {
    return Future.succeededFuture(
        here.value(variable.name()).after(reading.options().token()));
  }

  @Override
  public Future<VariableValue> write(VariableInfo variable, Writing writing) {
    String name = variable.name();
    boolean majority = Majority.isAsked(here, writing);
    here.write(variable, writing);
    VariableValue written = here.value(name).after(writing.options().token());
    return majority
        ? Majority.of(here, name, writing).map(written)
        : Future.succeededFuture(written);
  }

  /** A slice of an epoch is the same however often it is written. */
  @Override
  public boolean isRepeatable(Writing writing) {
    return writing.kind() == Writing.Kind.SET && writing.write().epoch() > 0;
  }
}
