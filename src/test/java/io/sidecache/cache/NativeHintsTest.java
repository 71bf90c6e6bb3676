/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Caffeine picks its classes by name, which a native image only finds where we have named them. */
class NativeHintsTest {
  static Stream<Bound> bounds() {
    return Stream.of(new Bound.Size(10), new Bound.Weight(10_000));
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void caffeinesClasses_ofEveryBound_areRegistered(Bound bound) throws Exception {
    CacheSettings settings =
        new CacheSettings(
            CacheFixture.NAME,
            bound,
            Optional.empty(),
            Optional.empty(),
            Duration.ZERO,
            new OnGap.Bypass(),
            100,
            false);
    Object local = field(field(CacheFixture.of(settings, false).cache, "entries"), "cache");
    assertThat(registered())
        .contains('"' + local.getClass().getName() + '"')
        .contains('"' + field(local, "nodeFactory").getClass().getName() + '"');
  }

  private static String registered() throws IOException {
    try (InputStream config =
        NativeHintsTest.class.getResourceAsStream(
            "/META-INF/native-image/io.sidecache/sidecache/reflect-config.json")) {
      assertThat(config).isNotNull();
      return new String(config.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Object field(Object owner, String name) throws ReflectiveOperationException {
    for (Class<?> type = owner.getClass(); type != null; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (field.getName().equals(name)) {
          field.setAccessible(true);
          return field.get(owner);
        }
      }
    }
    throw new NoSuchFieldException(name);
  }
}
