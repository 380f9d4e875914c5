package dev.mabeam.checkpoint;

import dev.mabeam.link.Courier;
import dev.mabeam.link.LinkAddress;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** This node's store at work for others: it takes what they send and says what it has. */
final class Replica {
  /** What a store says of a key at once; what is longer is read in parts. */
  private static final int INLINE_BYTES = 64 * 1024;

  private static final int ANSWER_BYTES = 1024 * 1024;
  /** After how many ticks without a piece an update is given up. */
  private static final int PATIENCE_TICKS = 100;

  private static final int REMEMBERED = 256;

  private record Source(LinkAddress from, long room, long request) {}

  private static final class Incoming {
    final Buffer bytes;
    int idleTicks;

    Incoming(long total) {
      bytes = Buffer.buffer((int) total);
    }
  }

  private final CheckpointStore store;
  private final Courier courier;
  private final CheckpointCounts counts;
  private final Map<Source, Incoming> incoming = new LinkedHashMap<>();
  private final Map<Source, Outcome> finished =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Source, Outcome> eldest) {
          return size() > REMEMBERED;
        }
      };

  Replica(CheckpointStore store, Courier courier, CheckpointCounts counts) {
    this.store = store;
    this.courier = courier;
    this.counts = counts;
  }

  /** Somebody asks this store. */
  void asked(LinkAddress from, Message message) {
    if (!message.about().store().equals(store.id())) {
      // Meant for the one that was at this address before.
      return;
    }
    if (message instanceof Message.Writes writes) {
      write(from, writes);
    } else if (message instanceof Message.Piece piece) {
      piece(from, piece);
    } else if (message instanceof Message.Seal seal) {
      seal(from, seal);
    } else if (message instanceof Message.Read read) {
      read(from, read);
    }
  }

  private void answer(LinkAddress to, Message message) {
    courier.send(to, message.type(), message.encode());
  }

  private void write(LinkAddress from, Message.Writes writes) {
    store.write(
        writes.updates(),
        outcomes -> {
          count(outcomes);
          answer(from, new Message.Written(writes.about(), outcomes));
        });
  }

  private void count(List<Outcome> outcomes) {
    counts.kept.add(outcomes.stream().filter(Outcome::done).count());
    counts.refused.add(outcomes.stream().filter(Outcome::stale).count());
  }

  private void piece(LinkAddress from, Message.Piece piece) {
    Source source = new Source(from, piece.about().room(), piece.about().request());
    Outcome before = finished.get(source);
    if (before != null) {
      answer(from, new Message.Taken(piece.about(), piece.total(), before));
      return;
    }
    if (piece.total() <= 0 || piece.total() > Body.MAX) {
      return;
    }
    Incoming here = incoming.get(source);
    if (here == null && piece.offset() == 0) {
      here = new Incoming(piece.total());
      incoming.put(source, here);
    }
    if (here != null && here.bytes.length() == piece.offset()) {
      here.bytes.appendBuffer(piece.bytes());
      here.idleTicks = 0;
    }
    long upTo = here == null ? 0 : here.bytes.length();
    if (upTo < piece.total()) {
      answer(from, new Message.Taken(piece.about(), upTo, null));
      return;
    }
    Buffer all = incoming.remove(source).bytes;
    store.write(
        List.of(Update.decode(all)),
        outcomes -> {
          count(outcomes);
          finished.put(source, outcomes.get(0));
          answer(from, new Message.Taken(piece.about(), piece.total(), outcomes.get(0)));
        });
  }

  private void seal(LinkAddress from, Message.Seal seal) {
    store.seal(
        seal.keys(),
        outcomes -> {
          List<Message.Word> words = new ArrayList<>(outcomes.size());
          int room = ANSWER_BYTES;
          for (int i = 0; i < outcomes.size(); i++) {
            Message.Found found =
                outcomes.get(i).done() ? found(seal.keys().get(i).key(), room) : null;
            room -= found == null || found.update() == null ? 0 : found.update().size();
            words.add(new Message.Word(outcomes.get(i), found));
          }
          answer(from, new Message.Promised(seal.about(), words));
        });
  }

  private Message.Found found(String key, int room) {
    Content content = store.content(key);
    if (content == null) {
      return null;
    }
    Update whole = content.whole(0);
    boolean inline = whole.size() <= Math.min(INLINE_BYTES, room);
    return new Message.Found(content.epoch(), content.position(), inline ? whole : null);
  }

  private void read(LinkAddress from, Message.Read read) {
    Content content = store.content(read.key());
    boolean there =
        content != null
            && content.epoch() == read.epoch()
            && content.position() == read.position();
    Body body = there ? new Body(content.whole(0)) : null;
    boolean within = there && read.offset() < body.length();
    answer(
        from,
        new Message.Part(
            read.about(),
            read.offset(),
            within ? body.length() : 0,
            within ? body.from(read.offset()) : Buffer.buffer()));
  }

  void tick() {
    Iterator<Incoming> all = incoming.values().iterator();
    while (all.hasNext()) {
      if (++all.next().idleTicks > PATIENCE_TICKS) {
        all.remove();
      }
    }
  }
}
