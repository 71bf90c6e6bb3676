/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Cache;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/**
 * A check of the promise in production: reads an entry's value from the database again, and tells
 * whether memory holds something that no announced change explains.
 *
 * <p>A difference alone is no alarm. A change may be on its way, so a barrier is awaited that began
 * after the value was read; if the entry has gone by then, all was well. A query may answer
 * differently each time, so the value is read once more. Design: docs/adr/0016.
 *
 * <p>Loads pass the caches' own gates, and only where nobody waits there. Safe from any thread;
 * blocks for the choice of an entry alone, which walks through the table.
 */
public final class Audit {
  private static final Logger LOG = Logger.getLogger(Audit.class);

  private final List<Subject> subjects;
  private final Freshness freshness;
  private final Supplier<CompletionStage<Void>> barrier;
  private final RandomGenerator random;

  /** A cache that can be audited: one that knows how to load. */
  record Subject(
      String name,
      Cache<String, Entry> entries,
      Predicate<Entry> alive,
      Fence fence,
      Loader loader,
      Counters count) {

    /**
     * Any entry that was loaded and is in its life; an application's own fill is its own matter.
     */
    Optional<Map.Entry<String, Entry>> pick(RandomGenerator random) {
      long skip = random.nextLong(Math.max(1, entries.estimatedSize()));
      return entries.asMap().entrySet().stream()
          .skip(skip)
          .findFirst()
          .filter(e -> e.getValue().isLoaded() && holds(e.getKey(), e.getValue()));
    }

    boolean holds(String key, Entry entry) {
      return entries.policy().getIfPresentQuietly(key) == entry && alive.test(entry);
    }

    void evict(String key, Entry entry) {
      fence.invalidateKey(key);
      entries.asMap().remove(key, entry);
    }
  }

  /** One entry under audit, with the first value that the database gave. */
  private record Suspect(Subject subject, String key, Entry entry, Optional<Value> first) {}

  /**
   * @param barrier waits until everything committed before the call has been applied
   */
  public Audit(Caches caches, Supplier<CompletionStage<Void>> barrier, RandomGenerator random) {
    this.subjects =
        caches.all().stream().map(NamedCache::auditSubject).flatMap(Optional::stream).toList();
    this.freshness = caches.freshness();
    this.barrier = barrier;
    this.random = random;
  }

  /** Audits one entry of one cache, or none where that is not possible now. Never fails. */
  public CompletionStage<Void> sample() {
    if (subjects.isEmpty() || !freshness.isFresh()) {
      return done();
    }
    Subject subject = subjects.get(random.nextInt(subjects.size()));
    if (!subject.loader.isIdle()) {
      return done();
    }
    return subject
        .pick(random)
        .map(picked -> check(subject, picked.getKey(), picked.getValue()))
        .orElseGet(Audit::done);
  }

  private CompletionStage<Void> check(Subject subject, String key, Entry entry) {
    return subject
        .loader
        .load(key)
        .thenCompose(
            first -> {
              if (matches(entry, first)) {
                subject.count.auditChecked.increment();
                return done();
              }
              return suspect(new Suspect(subject, key, entry, first));
            })
        .exceptionally(
            failure -> {
              LOG.debugf("cache %s: an entry could not be audited", subject.name);
              return null;
            });
  }

  private CompletionStage<Void> suspect(Suspect suspect) {
    return barrier
        .get()
        .thenCompose(
            applied -> {
              if (!isStillServed(suspect)) {
                suspect.subject.count.auditChecked.increment(); // the change was on its way
                return done();
              }
              return suspect
                  .subject
                  .loader
                  .load(suspect.key)
                  .thenAccept(second -> decide(suspect, second));
            });
  }

  private boolean isStillServed(Suspect suspect) {
    return freshness.isFresh() && suspect.subject.holds(suspect.key, suspect.entry);
  }

  private void decide(Suspect suspect, Optional<Value> second) {
    Subject subject = suspect.subject;
    if (matches(suspect.entry, second) || !areEqual(suspect.first, second)) {
      subject.count.auditInconclusive.increment();
    } else if (!isStillServed(suspect)) {
      subject.count.auditChecked.increment();
    } else {
      subject.evict(suspect.key, suspect.entry);
      subject.count.auditStale.increment();
      LOG.warnf(
          "cache %s: an entry in memory differed from the database though no change had been"
              + " announced; it is evicted. Something changes what its load reads without telling",
          subject.name);
    }
  }

  private static boolean matches(Entry entry, Optional<Value> value) {
    if (entry.isNegative() || value.isEmpty()) {
      return entry.isNegative() && value.isEmpty();
    }
    return entry.mediaType().equals(value.get().mediaType())
        && entry.contentEncoding().equals(value.get().contentEncoding())
        && Arrays.equals(entry.body(), value.get().body());
  }

  private static boolean areEqual(Optional<Value> one, Optional<Value> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.isEmpty() && other.isEmpty();
    }
    return one.get().mediaType().equals(other.get().mediaType())
        && Arrays.equals(one.get().body(), other.get().body());
  }

  private static CompletionStage<Void> done() {
    return CompletableFuture.completedStage(null);
  }
}
