/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Webhooks in: who may send them, what they may say, and a source that lives from them alone.
 *
 * <p>Flow: the HTTP interface hands in messages; {@link
 * io.sidecache.source.webhook.WebhookReceiver} checks signature, time and content, and delivers
 * what they say: to whatever publishes to all sidecars, or, where no database is at hand, to {@link
 * io.sidecache.source.webhook.WebhookSource}, which gives it to the pipeline. Threads: the
 * caller's. Threat: a sender can only cause evictions, and, where it is the source, call them
 * complete; so nothing is read before its signature is checked.
 */
@NullMarked
package io.sidecache.source.webhook;

import org.jspecify.annotations.NullMarked;
