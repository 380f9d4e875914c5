package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The directory as a snapshot of the log has it: a byte 2, a record of the directory, and a record
 * an agent; a record is the length of its JSON and that JSON. Written and read agent by agent, so
 * that many of them need no second copy. An image of version 1, which has agents only, is read too.
 *
 * @param cordoned the nodes that get no agents, and whether each is being drained
 */
record DirectoryImage(SortedMap<String, Entry> entries, SortedMap<String, Boolean> cordoned) {
  private static final byte AGENTS_ONLY = 1;
  private static final byte VERSION = 2;

  static Buffer encode(Collection<Entry> entries, Map<String, Boolean> cordoned) {
    Buffer image = Buffer.buffer(1 + 128 * entries.size()).appendByte(VERSION);
    append(image, new JsonObject().put("cordoned", new JsonObject(new TreeMap<>(cordoned))));
    for (Entry entry : entries) {
      append(image, toJson(entry));
    }
    return image;
  }

  private static void append(Buffer image, JsonObject record) {
    Buffer json = record.toBuffer();
    image.appendInt(json.length()).appendBuffer(json);
  }

  static DirectoryImage decode(Buffer image) {
    byte version = image.length() == 0 ? 0 : image.getByte(0);
    if (version != VERSION && version != AGENTS_ONLY) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "this is no image of the agents' directory that this version can read",
          "start the version that wrote it, or a newer one");
    }
    SortedMap<String, Entry> entries = new TreeMap<>();
    SortedMap<String, Boolean> cordoned = new TreeMap<>();
    int at = 1;
    while (at < image.length()) {
      int length = image.getInt(at);
      JsonObject record = image.getBuffer(at + 4, at + 4 + length).toJsonObject();
      if (at == 1 && version == VERSION) {
        record.getJsonObject("cordoned", new JsonObject())
            .forEach(node -> cordoned.put(node.getKey(), (Boolean) node.getValue()));
      } else {
        Entry entry = fromJson(record);
        entries.put(entry.id(), entry);
      }
      at += 4 + length;
    }
    return new DirectoryImage(entries, cordoned);
  }

  private static JsonObject toJson(Entry entry) {
    JsonObject json =
        new JsonObject()
            .put("spec", SpecJson.toJson(entry.spec()))
            .put("owner", entry.owner())
            .put("epoch", entry.epoch())
            .put("born", entry.born())
            .put("state", entry.state().name());
    if (entry.prior() != 0) {
      json.put("prior", entry.prior());
    }
    if (!entry.set().equals(CheckpointSet.NONE)) {
      json.put("set", toJson(entry.set()));
    }
    if (!entry.why().isEmpty()) {
      json.put("why", entry.why());
    }
    if (entry.lostAt() != 0) {
      json.put("lostAt", entry.lostAt());
    }
    return entry.lossy() ? json.put("lossy", true) : json;
  }

  private static JsonObject toJson(CheckpointSet set) {
    JsonObject json =
        new JsonObject().put("version", set.version()).put("stores", new JsonArray(set.stores()));
    return set.previous().isEmpty() ? json : json.put("previous", new JsonArray(set.previous()));
  }

  private static Entry fromJson(JsonObject json) {
    long epoch = json.getLong("epoch");
    return new Entry(
        SpecJson.fromJson(json.getJsonObject("spec")),
        json.getString("owner"),
        epoch,
        json.getLong("prior", 0L),
        json.getLong("born", epoch),
        set(json.getJsonObject("set")),
        State.valueOf(json.getString("state")),
        json.getString("why", ""),
        json.getBoolean("lossy", false),
        json.getLong("lostAt", 0L));
  }

  private static CheckpointSet set(JsonObject json) {
    return json == null
        ? CheckpointSet.NONE
        : new CheckpointSet(
            json.getLong("version"), words(json, "stores"), words(json, "previous"));
  }

  private static List<String> words(JsonObject json, String key) {
    // One string a store, not one an agent.
    return json.getJsonArray(key, new JsonArray()).stream()
        .map(word -> ((String) word).intern())
        .toList();
  }
}
