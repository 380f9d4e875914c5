package dev.mabeam.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowListTest {
  @Test
  void shouldAllowTheSamplesAlways() {
    assertTrue(new AllowList(List.of()).allows("dev.mabeam.sample.ReaderAgent"));
    assertFalse(new AllowList(List.of()).allows("dev.mabeam.samples.ReaderAgent"));
  }

  @Test
  void shouldAllowANamedClassAndNoOther() {
    AllowList list = new AllowList(List.of("com.acme.Echo"));
    assertTrue(list.allows("com.acme.Echo"));
    assertFalse(list.allows("com.acme.Echo2"));
    assertFalse(list.allows("com.acme.Echo$Inner"));
  }

  @Test
  void shouldAllowAPackageAndWhatIsBelowIt() {
    AllowList list = new AllowList(List.of("com.acme.*"));
    assertTrue(list.allows("com.acme.Echo"));
    assertTrue(list.allows("com.acme.deep.Echo"));
    assertFalse(list.allows("com.acmeother.Echo"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "*", ".*", "com.*.Echo", "com.acme*", "com..Echo", "a/b"})
  void shouldRefuseWhatIsNoClassName(String entry) {
    MabeamException refused =
        assertThrows(MabeamException.class, () -> new AllowList(List.of(entry)));
    assertEquals(ErrorCode.INVALID, refused.code());
  }
}
