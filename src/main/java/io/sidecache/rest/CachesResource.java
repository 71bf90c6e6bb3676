/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.cache.NamedCache;
import io.sidecache.source.InvalidationSource;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/** The caches themselves: settings and figures, and what keeps them fresh. */
@Path("/v1/caches")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class CachesResource {
  private final Caches caches;
  private final InvalidationSource source;

  @Inject
  CachesResource(Caches caches, InvalidationSource source) {
    this.caches = caches;
    this.source = source;
  }

  /** All caches, sorted by name, and the state of the feed. */
  @GET
  public CacheList list() {
    boolean fresh = caches.freshness().isFresh();
    return new CacheList(
        caches.all().stream().map(cache -> CacheView.of(cache, fresh)).toList(),
        SourceView.of(source.status()));
  }

  /** One cache. */
  @GET
  @Path("{cache}")
  public CacheView get(@PathParam("cache") String name) {
    NamedCache cache =
        caches.find(name).orElseThrow(() -> new ProblemException(Problem.unknownCache()));
    return CacheView.of(cache, caches.freshness().isFresh());
  }

  /** All caches, and where their invalidations come from. */
  record CacheList(List<CacheView> caches, SourceView source) {}
}
