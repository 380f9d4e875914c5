package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkAddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.2:7812, 10.0.0.2, 7812",
    "node-1, node-1, 7802",
    "' node-1:1 ', node-1, 1",
    "[::1]:7802, ::1, 7802",
    "[fe80::1], fe80::1, 7802",
    "fe80::1, fe80::1, 7802"
  })
  void shouldReadHostAndPort(String text, String host, int port) {
    assertEquals(new LinkAddress(host, port), LinkAddress.parse(text));
    assertEquals(new LinkAddress(host, port), LinkAddress.parse(new LinkAddress(host, port) + ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ":7802", "a:", "a:b", "a:0", "a:65536", "a:-1", "[::1", "[::1]x", "a b"})
  void shouldRefuseWhatIsNone(String text) {
    MabeamException failure =
        assertThrows(MabeamException.class, () -> LinkAddress.parse(text));
    assertEquals(ErrorCode.INVALID, failure.code());
  }

  @Test
  void shouldOrderByHostThenPort() {
    assertEquals(-1, Integer.signum(LinkAddress.parse("a:9").compareTo(LinkAddress.parse("b:1"))));
    assertEquals(-1, Integer.signum(LinkAddress.parse("a:1").compareTo(LinkAddress.parse("a:9"))));
  }
}
