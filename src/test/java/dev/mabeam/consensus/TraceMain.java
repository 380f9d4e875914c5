package dev.mabeam.consensus;

import java.time.Duration;

final class TraceMain {
  public static void main(String[] args) throws Exception {
    long seed = Long.parseLong(args[0]);
    RoomStorm storm = args.length > 2 ? RoomStorm.governed(seed) : RoomStorm.of(seed, Rules.ALL);
    int ms = Integer.parseInt(args[1]);
    storm.world.sim.onTopology(() -> System.out.println(storm.world.sim.elapsed() + " topology " + storm.world.all().stream().map(n -> n.machine.toString()).toList()));
    java.util.function.Consumer<Object> tick = new java.util.function.Consumer<>() {
      String last = "";
      public void accept(Object o) {
        String now = "";
        for (var n : storm.world.all()) {
          var log = n.consensus.seat().log();
          now += n.name + " " + (log == null ? "none" : log.status().role() + " t" + log.status().term() + " c" + log.status().committed() + " L" + (log.status().leader() == null ? "-" : log.status().leader().node()) + " v" + log.status().voters().size()) + " i" + n.consensus.replica().index() + "; ";
        }
        if (!now.equals(last)) System.out.println(storm.world.sim.elapsed() + " " + now);
        last = now;
        storm.world.sim.after(Duration.ofMillis(ms), () -> this.accept(null));
      }
    };
    tick.accept(null);
    try { storm.run(Duration.ofSeconds(20)); } finally { 
      for (var n : storm.world.all()) {
        for (String name : new String[] {"observer"}) {
          var of = Seat.class.getDeclaredField(name); of.setAccessible(true);
          var o = of.get(n.consensus.seat());
          for (var x : o.getClass().getDeclaredFields()) { x.setAccessible(true); if (!x.getName().equals("pieces")) System.out.println(n.name + " observer " + x.getName() + " = " + x.get(o)); }
        }
        var ff = Consensus.class.getDeclaredField("feed"); ff.setAccessible(true);
        var o = ff.get(n.consensus);
        for (var x : o.getClass().getDeclaredFields()) { x.setAccessible(true); if (!x.getName().equals("image")) System.out.println(n.name + " feed " + x.getName() + " = " + x.get(o)); 
          if (x.getName().equals("followers")) for (var e : ((java.util.Map<?, ?>) x.get(o)).values()) for (var y : e.getClass().getDeclaredFields()) { y.setAccessible(true); System.out.println("   " + y.getName() + " = " + y.get(e)); } }
        System.out.println(n.name + " recent " + n.consensus.seat().recent().first() + ".." + n.consensus.seat().recent().last());
      }
      for (var n : storm.world.all()) {
        var log = n.consensus.seat().log();
        if (log == null) continue;
        var f = MicroRaftLog.class.getDeclaredField("engine"); f.setAccessible(true);
        var e = (io.microraft.impl.RaftNodeImpl) f.get(log);
        var tf = MicroRaftLog.class.getDeclaredField("thread"); tf.setAccessible(true);
        var t = tf.get(log);
        for (var x : t.getClass().getDeclaredFields()) { x.setAccessible(true); System.out.println(n.name + " " + x.getName() + " = " + x.get(t)); }
        for (var x : e.getClass().getDeclaredFields()) if (x.getName().toLowerCase().contains("timestamp") || x.getName().toLowerCase().contains("heartbeat")) { x.setAccessible(true); System.out.println(n.name + " " + x.getName() + " = " + x.get(e)); }
        System.out.println("now " + (n.machine.scheduler().nanos() / 250_000 + 1000000) + " pre " + e.state().preCandidateState() + " last " + e.state().log().lastLogOrSnapshotIndex());
      }
      System.out.flush(); }
    System.exit(0);
  }
}
