/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.webhook.PeerClient.UndeliveredException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Whether the peers of webhooks answer: by the clients that webhooks are sent with, their TLS and
 * their timeouts, and by a request that means nothing to them ({@link RestPeerClient#ping}).
 */
final class PeersCheck {
  private static final String WEBHOOK = "webhook";
  private static final String AWAY =
      "see that the peer runs; until it does, what it misses becomes one reset";

  private final List<Peer> peers;
  private final ForeignText foreign;
  private final Duration limit;

  /**
   * One peer.
   *
   * @param address scheme, host and port alone
   * @param client is closed once it was asked
   */
  record Peer(String name, String address, RestPeerClient client) {}

  /**
   * Makes it.
   *
   * @param limit how long to wait, where a client would wait longer
   */
  PeersCheck(List<Peer> peers, ForeignText foreign, Duration limit) {
    this.peers = List.copyOf(peers);
    this.foreign = foreign;
    this.limit = limit;
  }

  /** Asks all at once, so that one that hangs takes no time from the others. Blocks. */
  Diagnosis<Boolean> look() throws InterruptedException {
    List<Callable<Finding>> calls = new ArrayList<>();
    peers.forEach(peer -> calls.add(() -> look(peer)));
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      List<Future<Finding>> answers =
          threads.invokeAll(calls, limit.toMillis(), TimeUnit.MILLISECONDS);
      List<Finding> findings = new ArrayList<>();
      for (int i = 0; i < answers.size(); i++) {
        findings.add(answer(peers.get(i), answers.get(i)));
      }
      return new Diagnosis<>(true, findings);
    } finally {
      threads.shutdownNow();
    }
  }

  private Finding answer(Peer peer, Future<Finding> answer) throws InterruptedException {
    if (answer.isCancelled()) {
      return Finding.warn(
          WEBHOOK, told(peer, "no answer within " + limit.toMillis() + " ms"), AWAY);
    }
    try {
      return answer.get();
    } catch (ExecutionException e) {
      return Finding.fail(
          WEBHOOK,
          told(peer, foreign.of(e.getCause() == null ? e : e.getCause())),
          "this is not expected: report it, please");
    }
  }

  private Finding look(Peer peer) {
    try (RestPeerClient client = peer.client()) {
      return Finding.ok(WEBHOOK, told(peer, "answers (" + client.ping() + " to OPTIONS *)"));
    } catch (UndeliveredException e) {
      String fact = told(peer, foreign.of(e.getMessage()));
      return e.isOfTls()
          ? Finding.fail(
              WEBHOOK,
              fact,
              "set sidecache.webhooks.%s.tls-configuration-name to a quarkus.tls.<name> that trusts"
                      .formatted(peer.name())
                  + " the peer and has what it asks for")
          : Finding.warn(WEBHOOK, fact, AWAY);
    }
  }

  private static String told(Peer peer, String what) {
    return peer.name() + ", " + peer.address() + ", " + what;
  }
}
