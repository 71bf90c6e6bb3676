/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every mutation finds its method in the product as it is now. */
final class MutationTest {
  @ParameterizedTest
  @EnumSource
  void applyTo_productOfNow_changesIt(Mutation mutation) throws IOException {
    try (InputStream in =
        MutationTest.class.getResourceAsStream("/" + mutation.type() + ".class")) {
      assertThat(in).as(mutation.type()).isNotNull();
      byte[] original = in.readAllBytes();
      byte[] mutated = mutation.applyTo(original);
      assertThat(mutated).isNotEqualTo(original);
      assertThat(ClassFile.of().verify(mutated)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void applyTo_classWithoutTheMethod_fails(Mutation mutation) throws IOException {
    try (InputStream in = MutationTest.class.getResourceAsStream("MutationTest.class")) {
      assertThat(in).isNotNull();
      byte[] other = in.readAllBytes();
      assertThatThrownBy(() -> mutation.applyTo(other)).isInstanceOf(IllegalStateException.class);
    }
  }
}
