/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.util.List;

/**
 * What one check brings home.
 *
 * @param seen what later checks go on from
 * @param findings what people are told
 */
record Diagnosis<T>(T seen, List<Finding> findings) {
  Diagnosis {
    findings = List.copyOf(findings);
  }
}
