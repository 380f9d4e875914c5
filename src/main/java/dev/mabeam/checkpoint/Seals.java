package dev.mabeam.checkpoint;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What this node seals: the keys of one turn share a frame to each store. A store that says nothing
 * for {@link Lane#SILENT_TICKS} ticks was not reached.
 */
final class Seals {
  private static final int FRAME_KEYS = 200;
  private static final int RESEND_TICKS = 2;

  private static final class Asked {
    final Message.Seal message;
    final List<Sealing> keys;
    int ticks;

    Asked(Message.Seal message, List<Sealing> keys) {
      this.message = message;
      this.keys = keys;
    }
  }

  /** A long one is read part by part. */
  private static final class Reading {
    final Message.Read first;
    final Promise<Update> result = Promise.promise();
    Buffer bytes = Buffer.buffer();
    int quietTicks;

    Reading(Message.Read first) {
      this.first = first;
    }

    Message.Read next() {
      return new Message.Read(
          first.about(), first.key(), first.epoch(), first.position(), bytes.length());
    }
  }

  private final Outside outside;
  private final Runnable flushLater;
  private final Map<String, List<Sealing>> toAsk = new LinkedHashMap<>();
  private final Map<Long, Asked> asked = new LinkedHashMap<>();
  private final Map<Long, Reading> readings = new HashMap<>();
  private final Set<Sealing> open = new LinkedHashSet<>();

  Seals(Outside outside, Runnable flushLater) {
    this.outside = outside;
    this.flushLater = flushLater;
  }

  Future<Sealed> seal(SealRequest request, Set<String> stores) {
    Sealing sealing = new Sealing(request, stores, this::read);
    if (stores.isEmpty()) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.UNAVAILABLE, "no store is decided to have '" + request.key() + "'"));
    }
    open.add(sealing);
    sealing.result().onComplete(done -> open.remove(sealing));
    stores.forEach(store -> toAsk.computeIfAbsent(store, key -> new ArrayList<>()).add(sealing));
    flushLater.run();
    outside.counts().seals.increment();
    return sealing.result();
  }

  void flush() {
    Map<String, List<Sealing>> now = new LinkedHashMap<>(toAsk);
    toAsk.clear();
    now.forEach(
        (store, sealings) -> {
          for (int from = 0; from < sealings.size(); from += FRAME_KEYS) {
            int to = Math.min(from + FRAME_KEYS, sealings.size());
            ask(store, List.copyOf(sealings.subList(from, to)));
          }
        });
  }

  private void ask(String store, List<Sealing> sealings) {
    if (outside.gone(store)) {
      sealings.forEach(sealing -> sealing.silent(store));
      return;
    }
    List<SealRequest> requests = sealings.stream().map(Sealing::request).toList();
    Asked one = new Asked(new Message.Seal(outside.about(store), requests), sealings);
    long request = one.message.about().request();
    asked.put(request, one);
    if (!outside.isOwn(store)) {
      outside.send(one.message);
      return;
    }
    outside.own.seal(
        requests,
        outcomes -> {
          List<Message.Word> words = new ArrayList<>();
          for (int i = 0; i < outcomes.size(); i++) {
            words.add(new Message.Word(outcomes.get(i), own(requests.get(i).key())));
          }
          promised(new Message.Promised(one.message.about(), words));
        });
  }

  private Message.Found own(String key) {
    Content content = outside.own.content(key);
    return content == null
        ? null
        : new Message.Found(content.epoch(), content.position(), content.whole(0));
  }

  void promised(Message.Promised promised) {
    Asked one = asked.remove(promised.about().request());
    for (int i = 0; one != null && i < one.keys.size() && i < promised.words().size(); i++) {
      one.keys.get(i).heard(one.message.about().store(), promised.words().get(i));
    }
  }

  private Future<Update> read(String store, SealRequest request, Message.Found found) {
    Reading reading =
        new Reading(
            new Message.Read(
                outside.about(store), request.key(), found.epoch(), found.position(), 0));
    readings.put(reading.first.about().request(), reading);
    outside.send(reading.first);
    return reading.result.future();
  }

  void part(Message.Part part) {
    Reading reading = readings.get(part.about().request());
    if (reading == null) {
      return;
    }
    reading.quietTicks = 0;
    if (part.total() <= 0 || part.total() > Body.MAX) {
      end(reading, "it has another one now");
      return;
    }
    if (part.offset() != reading.bytes.length()) {
      return;
    }
    if (part.offset() == 0) {
      reading.bytes = Buffer.buffer((int) part.total());
    }
    reading.bytes.appendBuffer(part.bytes());
    if (reading.bytes.length() < part.total()) {
      outside.send(reading.next());
    } else {
      readings.remove(part.about().request());
      reading.result.complete(Update.decode(reading.bytes));
    }
  }

  private void end(Reading reading, String why) {
    readings.remove(reading.first.about().request());
    reading.result.fail(why);
  }

  void tick() {
    for (Asked one : List.copyOf(asked.values())) {
      String store = one.message.about().store();
      one.ticks++;
      if (one.ticks >= Lane.SILENT_TICKS || outside.gone(store)) {
        asked.remove(one.message.about().request());
        one.keys.forEach(sealing -> sealing.silent(store));
      } else if (one.ticks % RESEND_TICKS == 0 && !outside.isOwn(store)) {
        outside.send(one.message);
      }
    }
    for (Reading reading : List.copyOf(readings.values())) {
      reading.quietTicks++;
      if (reading.quietTicks >= Lane.SILENT_TICKS) {
        end(reading, "silent");
      } else if (reading.quietTicks % RESEND_TICKS == 0) {
        outside.send(reading.next());
      }
    }
  }

  void fail(MabeamException why) {
    List.copyOf(open).forEach(sealing -> sealing.fail(why));
    asked.clear();
    readings.clear();
    toAsk.clear();
  }
}
