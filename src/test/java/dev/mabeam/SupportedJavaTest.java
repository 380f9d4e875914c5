package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupportedJavaTest {
  @Test
  void shouldAcceptThisOneAndTheEndsOfItsRange() {
    assertEquals(Optional.empty(), SupportedJava.objection());
    assertEquals(Optional.empty(), SupportedJava.objection(17));
    assertEquals(Optional.empty(), SupportedJava.objection(22));
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 16, 23, 25})
  void shouldSayInOneLineWhatIsWrongWithAnother(int feature) {
    MabeamException objection = SupportedJava.objection(feature).orElseThrow();
    assertEquals(ErrorCode.INVALID, objection.code());
    assertTrue(objection.getMessage().contains("17 to 22, and this is Java " + feature + " at "));
    assertEquals(1, objection.getMessage().lines().count());
  }
}
