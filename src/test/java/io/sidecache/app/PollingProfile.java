/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.util.Map;

/** An application that is told to read the log, behind a transaction pooler. */
public final class PollingProfile extends PoolerProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = super.getConfigOverrides();
    settings.put("sidecache.source", "log-polling");
    return settings;
  }
}
