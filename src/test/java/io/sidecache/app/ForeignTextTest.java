/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ForeignTextTest {
  private final ForeignText foreign = new ForeignText(List.of("", "can", "canary"));

  @Test
  void message_keepsItsFirstLineWithoutSecrets() {
    assertThat(foreign.of("canary, can\nmore")).isEqualTo("***, ***");
  }

  @Test
  void url_keepsSchemeHostAndPath() {
    assertThat(foreign.of("no driver for jdbc:postgresql://me:pw@db:5432/shop?password=x&y=z now"))
        .isEqualTo("no driver for jdbc:postgresql://db:5432/shop now");
  }

  @Test
  void address_isHostsAndDatabase() {
    assertThat(JdbcAddress.of("jdbc:postgresql://a,b:5433/shop?password=canary&user=x"))
        .isEqualTo("a:5432,b:5433/shop");
    assertThat(JdbcAddress.of("jdbc:postgresql://me:canary@db/shop")).doesNotContain("canary");
    assertThat(JdbcAddress.of("nonsense")).isEqualTo("the database");
    assertThat(JdbcAddress.secrets("jdbc:postgresql://a/shop?password=canary&sslpassword=bird"))
        .containsExactly("canary", "bird");
  }
}
