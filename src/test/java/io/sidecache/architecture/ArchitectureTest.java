/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The product keeps the architecture's rules, and each rule can be broken. */
final class ArchitectureTest {
  private static final String ROOT = "io.sidecache";
  private static final String SAMPLE = "io.sidecache.architecture.sample";

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);
  private static final JavaClasses SAMPLES = new ClassFileImporter().importPackages(SAMPLE);

  private static Iterable<String> rules() {
    return ArchitectureRules.below(ROOT).keySet();
  }

  private static ArchRule rule(String root, String name) {
    return Objects.requireNonNull(ArchitectureRules.below(root).get(name), name);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void product_everyRule_isKept(String name) {
    rule(ROOT, name).check(PRODUCT);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void sample_everyRule_isBroken(String name) {
    assertThat(rule(SAMPLE, name).evaluate(SAMPLES).hasViolation()).as(name).isTrue();
  }
}
