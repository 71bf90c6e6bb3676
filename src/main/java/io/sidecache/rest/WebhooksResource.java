/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sidecache.webhook.DeadLetter;
import io.sidecache.webhook.Peer;
import io.sidecache.webhook.PeerFigures;
import io.sidecache.webhook.PeerSettings;
import io.sidecache.webhook.Webhooks;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Locale;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

/** The peers that are told of evictions, and what could not be delivered to them. */
@Path("/v1/webhooks")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class WebhooksResource {
  private final Webhooks webhooks;

  @Inject
  WebhooksResource(Webhooks webhooks) {
    this.webhooks = webhooks;
  }

  /** All peers, in the order of their names. */
  @GET
  public PeerList list() {
    return new PeerList(webhooks.peers().stream().map(PeerView::of).toList());
  }

  /** The messages to a peer that were given up, oldest first; without the keys in them. */
  @GET
  @Path("{peer}/dead-letters")
  public DeadLetterList deadLetters(@PathParam("peer") String name) {
    return new DeadLetterList(find(name).deadLetters().stream().map(DeadLetterView::of).toList());
  }

  /** Sends the messages that were given up once more. */
  @POST
  @Path("{peer}/replay")
  @ResponseStatus(202)
  public Replayed replay(@PathParam("peer") String name) {
    Peer peer = find(name);
    if (peer.isDisabled()) {
      throw new ProblemException(Problem.peerDisabled());
    }
    return new Replayed(peer.replay());
  }

  private Peer find(String name) {
    return webhooks.find(name).orElseThrow(() -> new ProblemException(Problem.unknownPeer()));
  }

  /** All peers. */
  record PeerList(List<PeerView> webhooks) {}

  /** One peer; {@code address} without path and query, which may hold a credential. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record PeerView(
      String name,
      String address,
      List<String> caches,
      List<String> groups,
      String state,
      int queued,
      int queueCapacity,
      boolean resetOwed,
      long delivered,
      long batches,
      long resets,
      long failures,
      long consecutiveFailures,
      long overflows,
      long covered,
      long discarded,
      int deadLetters,
      long deadLettersDropped,
      @Nullable String lastSuccess,
      @Nullable String lastFailure) {

    static PeerView of(Peer peer) {
      PeerSettings settings = peer.settings();
      PeerFigures f = peer.figures();
      return new PeerView(
          settings.name(),
          settings.address(),
          settings.caches().stream().sorted().toList(),
          settings.groups().stream().sorted().toList(),
          f.state().name().toLowerCase(Locale.ROOT),
          f.queued(),
          settings.queueCapacity(),
          f.resetOwed(),
          f.delivered(),
          f.batches(),
          f.resets(),
          f.failures(),
          f.consecutiveFailures(),
          f.overflows(),
          f.covered(),
          f.discarded(),
          f.deadLetters(),
          f.deadLettersDropped(),
          f.lastSuccess().map(Object::toString).orElse(null),
          f.lastFailure().orElse(null));
    }
  }

  /** What was given up. */
  record DeadLetterList(List<DeadLetterView> deadLetters) {}

  /** One message that was given up. */
  record DeadLetterView(String id, String at, int events, int bytes, int attempts, String reason) {
    static DeadLetterView of(DeadLetter letter) {
      return new DeadLetterView(
          letter.id(),
          letter.at().toString(),
          letter.events(),
          letter.bytes(),
          letter.attempts(),
          letter.reason());
    }
  }

  /** How many messages are sent once more. */
  record Replayed(int replayed) {}
}
