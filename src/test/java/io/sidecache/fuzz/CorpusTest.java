/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Gives every target its corpus: the seeds, and every input that once was a finding. Without the
 * fuzzer, whose agent would rewrite the classes of all other tests.
 */
class CorpusTest {
  static final Path CORPORA = Path.of("src", "test", "resources", "fuzz");

  @TestFactory
  Stream<DynamicTest> everyInput_ofTheCorpora_isNoFinding() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Target target : Target.values()) {
      List<Path> inputs = inputs(target);
      assertThat(inputs).as("the corpus of " + target).isNotEmpty();
      for (Path input : inputs) {
        tests.add(
            DynamicTest.dynamicTest(
                target.corpus() + "/" + input.getFileName(),
                () -> target.take(Files.readAllBytes(input))));
      }
    }
    return tests.stream();
  }

  /** A seed is where an input begins, so its neighbours are worth a look: each octet changed. */
  @Test
  void neighbours_ofTheCorpora_areNoFindings() throws IOException {
    int taken = 0;
    for (Target target : Target.values()) {
      for (Path input : inputs(target)) {
        byte[] octets = Files.readAllBytes(input);
        for (int i = 0; i < Math.min(octets.length, 200); i++) {
          for (int change : new int[] {0x01, 0x02, 0x10, 0x20, 0x80}) {
            byte[] changed = octets.clone();
            changed[i] ^= (byte) change;
            target.take(changed);
            taken++;
          }
          target.take(Arrays.copyOf(octets, i));
          taken++;
        }
      }
    }
    assertThat(taken).isGreaterThan(1000);
  }

  private static List<Path> inputs(Target target) throws IOException {
    try (Stream<Path> files = Files.list(CORPORA.resolve(target.corpus()))) {
      return files.sorted().toList();
    }
  }
}
