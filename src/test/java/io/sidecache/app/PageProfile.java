/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An application with peers, and with connections to PostgreSQL that can be broken. */
public final class PageProfile extends GapProfile {
  @Override
  public List<TestResourceEntry> testResources() {
    List<TestResourceEntry> all = new ArrayList<>(super.testResources());
    all.add(new TestResourceEntry(WebhookPeers.class, Map.of()));
    return all;
  }
}
