/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.OPTIONS;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/** What a peer looks like to the REST client: one address to post to. */
@Path("")
interface PeerEndpoint {
  /** Returns a Response, whose body alone the REST client does not read into memory. */
  @POST
  @Consumes("application/cloudevents-batch+json")
  Response post(
      @HeaderParam("webhook-id") String id,
      @HeaderParam("webhook-timestamp") String timestamp,
      @HeaderParam("webhook-signature") String signature,
      @HeaderParam("traceparent") @Nullable String traceparent,
      byte[] body);

  /** Means nothing to a peer. */
  @OPTIONS
  Response options();
}
