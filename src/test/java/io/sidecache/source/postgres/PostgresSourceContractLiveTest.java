/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.source.SourceStatus.State;

/** The contract, by listening. */
final class PostgresSourceContractLiveTest extends InvalidationSourceContract {
  @Override
  Followed follow() {
    return Followed.listening(proxied.url(), database.dataSource());
  }

  @Override
  State proven() {
    return State.FRESH;
  }
}
