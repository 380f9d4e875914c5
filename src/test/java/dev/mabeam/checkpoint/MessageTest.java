package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageTest {
  private static final Message.About ABOUT = new Message.About("store", 1L << 60, 77);

  private static Update update(Buffer base, Delta... deltas) {
    return new Update(
        "k", 5, 3, 9, Buffer.buffer("envelope"), 2, 7, base, base == null ? 7 : 0,
        List.of(deltas));
  }

  private static final List<Message> ALL =
      List.of(
          new Message.Writes(
              ABOUT,
              List.of(
                  update(Buffer.buffer("base")),
                  update(Buffer.buffer()),
                  update(null, new Delta(8, Buffer.buffer("d8")), new Delta(9, Buffer.buffer())),
                  update(null))),
          new Message.Writes(ABOUT, List.of()),
          new Message.Written(ABOUT, List.of(Outcome.DONE, Outcome.LACKS, Outcome.stale(99))),
          new Message.Piece(ABOUT, 1 << 20, 3L << 30, Buffer.buffer("piece")),
          new Message.Taken(ABOUT, 44, null),
          new Message.Taken(ABOUT, 44, Outcome.OLD_SET),
          new Message.Seal(ABOUT, List.of(new SealRequest("k", 5, 3), new SealRequest("", 1, 0))),
          new Message.Promised(
              ABOUT,
              List.of(
                  new Message.Word(Outcome.stale(6), null),
                  new Message.Word(Outcome.DONE, null),
                  new Message.Word(Outcome.DONE, new Message.Found(4, 2, null)),
                  new Message.Word(
                      Outcome.DONE, new Message.Found(4, 2, update(Buffer.buffer("base")))))),
          new Message.Read(ABOUT, "k", 5, 9, 4096),
          new Message.Part(ABOUT, 4096, 5000, Buffer.buffer("part")));

  @Test
  void shouldReadBackWhatItWrote() {
    for (Message message : ALL) {
      assertEquals(message, Message.decode(message.type(), message.encode()));
    }
  }

  @Test
  void shouldIgnoreWhatALaterVersionAppends() {
    for (Message message : ALL) {
      Buffer later = message.encode().appendString("what nobody knows yet");
      assertEquals(message, Message.decode(message.type(), later.setByte(0, (byte) 2)));
    }
    Update update = update(Buffer.buffer("base"));
    Buffer header = new Unpacker(update.header()).bytes().appendString("more");
    Buffer later = new Packer().bytes(header).buffer().appendBuffer(update.base());
    assertEquals(update, Update.decode(later));
    assertNull(Message.decode((byte) 63, ALL.get(0).encode()));
  }

  @Test
  void shouldRefuseWhatIsCutOff() {
    for (Message message : ALL) {
      Buffer whole = message.encode();
      for (int length = 0; length < whole.length(); length++) {
        Buffer part = whole.getBuffer(0, length);
        assertThrows(
            RuntimeException.class, () -> Message.decode(message.type(), part), message.toString());
      }
    }
  }

  @Test
  void shouldRefuseAPieceThatWasChanged() {
    Message piece = new Message.Piece(ABOUT, 0, 100, Buffer.buffer("piece"));
    Buffer bytes = piece.encode();
    int last = bytes.length() - 1;
    bytes.setByte(last, (byte) (bytes.getByte(last) + 1));
    assertThrows(Unpacker.Malformed.class, () -> Message.decode(piece.type(), bytes));
  }

  @Test
  void shouldCutAWholeUpdateIntoPiecesOfItsBytes() {
    byte[] base = new byte[700_000];
    for (int i = 0; i < base.length; i++) {
      base[i] = (byte) (i * 31);
    }
    Update whole = update(Buffer.buffer(base), new Delta(8, Buffer.buffer(new byte[300_000])));
    Body body = new Body(whole);
    Buffer joined = Buffer.buffer();
    while (joined.length() < body.length()) {
      joined.appendBuffer(body.from(joined.length()));
    }
    assertEquals(whole.encode(), joined);
    assertEquals(whole, Update.decode(joined));
  }
}
