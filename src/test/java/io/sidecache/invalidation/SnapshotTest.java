/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10:10:      | 10:10:      | true",
        "11:11:      | 10:10:      | true",
        "10:10:      | 11:11:      | false",
        "10:14:10,12 | 10:14:10,12 | true",
        "10:14:10    | 10:14:10,12 | true",
        "10:14:10,12 | 10:14:10    | false",
        "12:14:12    | 10:12:10    | true",
        "10:20:10    | 5:9:5,7     | true",
        "10:12:10    | 10:13:10,12 | true",
        "10:12:10    | 10:13:10    | false",
        "10:14:      | 10:10:      | true",
        "10:14:      | 10:11:      | false",
        "10:14:      | 10:14:10,11,12,13 | true",
      })
  void includes_twoSnapshots_asTheirVisibleSets(String later, String earlier, boolean included) {
    assertThat(Snapshot.parse(later).includes(Snapshot.parse(earlier))).isEqualTo(included);
  }

  /** Against the definition, over all snapshots of a small range. */
  @Test
  void includes_allSmallSnapshots_agreesWithTheDefinition() {
    List<Snapshot> all = new ArrayList<>();
    for (int xmin = 3; xmin <= 7; xmin++) {
      for (int xmax = xmin; xmax <= 7; xmax++) {
        for (int bits = 0; bits < 1 << (xmax - xmin); bits++) {
          all.add(Snapshot.parse(text(xmin, xmax, bits)));
        }
      }
    }
    assertThat(all).hasSizeGreaterThan(50);
    for (Snapshot later : all) {
      for (Snapshot earlier : all) {
        assertThat(later.includes(earlier))
            .as("%s includes %s", later, earlier)
            .isEqualTo(visible(later, true).containsAll(visible(earlier, false)));
      }
    }
  }

  private static String text(int xmin, int xmax, int bits) {
    List<String> running = new ArrayList<>();
    for (int i = 0; i < xmax - xmin; i++) {
      if ((bits >> i & 1) == 1) {
        running.add(String.valueOf(xmin + i));
      }
    }
    return xmin + ":" + xmax + ":" + String.join(",", running);
  }

  /** What a snapshot sees of 1 to 9; the careful reading doubts one that lists nothing. */
  private static Set<Integer> visible(Snapshot snapshot, boolean careful) {
    String[] parts = snapshot.toString().split(":", -1);
    Set<String> running = Set.of(parts[2].split(","));
    int end = Integer.parseInt(careful && parts[2].isEmpty() ? parts[0] : parts[1]);
    return java.util.stream.IntStream.range(1, end)
        .filter(xid -> !running.contains(String.valueOf(xid)))
        .boxed()
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "::",
        "1:2",
        "1::",
        ":1:",
        "2:1:",
        "0:0:",
        "1:3:0",
        "1:3:3",
        "1:5:3,2",
        "1:5:2,2",
        "1:5:2,",
        "1:5:,2",
        "-1:5:",
        "+1:5:",
        "1:5:2:3",
        "1: 5:",
        "x:5:",
        "1:99999999999999999999:"
      })
  void parse_notASnapshot_isRefused(String text) {
    assertThatThrownBy(() -> Snapshot.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
