package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The directory as a snapshot of the log has it: a byte 1, then per agent the length of its JSON
 * and that JSON. Written and read agent by agent, so that many of them need no second copy.
 */
final class DirectoryImage {
  private static final byte VERSION = 1;

  private DirectoryImage() {}

  static Buffer encode(Collection<Entry> entries) {
    Buffer image = Buffer.buffer(1 + 128 * entries.size()).appendByte(VERSION);
    for (Entry entry : entries) {
      Buffer json = toJson(entry).toBuffer();
      image.appendInt(json.length()).appendBuffer(json);
    }
    return image;
  }

  static SortedMap<String, Entry> decode(Buffer image) {
    if (image.length() == 0 || image.getByte(0) != VERSION) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "this is no image of the agents' directory that this version can read",
          "start the version that wrote it, or a newer one");
    }
    SortedMap<String, Entry> entries = new TreeMap<>();
    int at = 1;
    while (at < image.length()) {
      int length = image.getInt(at);
      Entry entry = fromJson(image.getBuffer(at + 4, at + 4 + length).toJsonObject());
      entries.put(entry.id(), entry);
      at += 4 + length;
    }
    return entries;
  }

  private static JsonObject toJson(Entry entry) {
    JsonObject json =
        new JsonObject()
            .put("spec", SpecJson.toJson(entry.spec()))
            .put("owner", entry.owner())
            .put("epoch", entry.epoch())
            .put("state", entry.state().name());
    return entry.inSync().isEmpty() ? json : json.put("inSync", new JsonArray(entry.inSync()));
  }

  private static Entry fromJson(JsonObject json) {
    return new Entry(
        SpecJson.fromJson(json.getJsonObject("spec")),
        json.getString("owner"),
        json.getLong("epoch"),
        json.getJsonArray("inSync", new JsonArray()).stream()
            .map(String.class::cast)
            .toList(),
        State.valueOf(json.getString("state")));
  }
}
