package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessTest {
  private static Access on(String host, String token) {
    return new Access(new DashboardOptions(host, 8080, token, Set.of("n1", "node.example.org")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost", "localhost:8080", "LocalHost:1", "localhost.", "demo.localhost", "127.0.0.1",
        "127.1.2.3:80", "[::1]:8080", "[::1]", "10.0.0.5:8080", "n1:8080", "node.example.org"
      })
  void shouldAnswerToItsOwnNames(String host) {
    assertEquals(Role.OPERATOR, on("127.0.0.1", "").admit(List.of(host), null, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8080",
        "localhost:80:80", "localhost:x", "", ":80", "localhost@evil.example", "1.2.3.4.5"
      })
  void shouldNotAnswerToOtherNames(String host) {
    assertCode(ErrorCode.FORBIDDEN, () -> on("127.0.0.1", "").admit(List.of(host), null, null));
  }

  @Test
  void shouldNotAnswerToTwoHostsOrNone() {
    Access access = on("127.0.0.1", "");
    assertCode(ErrorCode.FORBIDDEN, () -> access.admit(List.of(), null, null));
    assertCode(
        ErrorCode.FORBIDDEN, () -> access.admit(List.of("localhost", "localhost"), null, null));
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:8080, true",
    "https://LOCALHOST:8080, true",
    "http://localhost, false",
    "http://localhost:9090, false",
    "http://evil.example, false",
    "null, false",
    "localhost:8080, false",
    "'', false"
  })
  void shouldAnswerOnlyItsOwnPages(String origin, boolean ours) {
    Access access = on("127.0.0.1", "");
    if (ours) {
      access.admit(List.of("localhost:8080"), origin, null);
    } else {
      assertCode(
          ErrorCode.FORBIDDEN, () -> access.admit(List.of("localhost:8080"), origin, null));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, '',     ,              OPERATOR",
    "localhost, secret, ,              OPERATOR",
    "::1,       secret, Bearer wrong,  OPERATOR",
    "0.0.0.0,   '',     ,              VIEWER",
    "0.0.0.0,   secret, ,              VIEWER",
    "0.0.0.0,   secret, Bearer secret, OPERATOR",
    "0.0.0.0,   secret, bearer secret, OPERATOR",
    "0.0.0.0,   secret, Bearer wrong,  ",
    "0.0.0.0,   secret, Bearer,        ",
    "0.0.0.0,   secret, Basic secret,  ",
    "0.0.0.0,   '',     Bearer x,      ",
    "0.0.0.0,   '',     'Bearer ',     ",
    "10.0.0.5,  secret, Bearer secret, OPERATOR"
  })
  void shouldGiveTheRole(String bound, String token, String authorization, Role role) {
    Access access = on(bound, token);
    if (role == null) {
      assertCode(
          ErrorCode.UNAUTHORIZED, () -> access.admit(List.of("n1"), null, authorization));
    } else {
      assertEquals(role, access.admit(List.of("n1"), null, authorization));
    }
  }

  @Test
  void shouldLetViewersRead() {
    Access access = on("0.0.0.0", "secret");
    access.permit(Role.VIEWER, HttpMethod.GET);
    access.permit(Role.OPERATOR, HttpMethod.DELETE);
    for (HttpMethod change :
        List.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE, HttpMethod.PATCH)) {
      assertCode(ErrorCode.FORBIDDEN, () -> access.permit(Role.VIEWER, change));
    }
  }

  private static void assertCode(ErrorCode code, Executable call) {
    assertEquals(code, assertThrows(MabeamException.class, call).code());
  }
}
