/**
 * Tells peers of evictions by signed HTTP requests (Standard Webhooks) that carry CloudEvents.
 *
 * <p>Flow: {@link io.sidecache.webhook.Webhooks} is a sink of the pipeline and puts what a peer
 * asked for into that peer's own bounded queue; the peer's own virtual thread makes batches of it
 * and posts them, one after the other, through a {@link io.sidecache.webhook.PeerClient}. What
 * cannot be delivered is replaced by one reset, never by silence. Threads: the pipeline's caller
 * only ever queues; each peer has one thread, so none waits for another (docs/adr/0018).
 */
@NullMarked
package io.sidecache.webhook;

import org.jspecify.annotations.NullMarked;
