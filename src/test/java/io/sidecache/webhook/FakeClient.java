/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;

/** A peer that answers what the test says, and keeps what it was sent. */
final class FakeClient implements PeerClient {
  private static final Pattern EVENT =
      Pattern.compile("\"type\":\"io\\.sidecache\\.(\\w+)\"(?:,\"subject\":\"([^\"]*)\")?");

  private final List<Post> posts = new CopyOnWriteArrayList<>();
  private volatile Answers answers = (n, post) -> new Answer(204, Optional.empty());

  record Post(String id, long timestampSeconds, String signature, String body, long nanos) {
    /** The subjects of a message, or "reset". */
    List<String> told() {
      List<String> told = new ArrayList<>();
      EVENT
          .matcher(body)
          .results()
          .forEach(r -> told.add(r.group(1).equals("reset") ? "reset" : r.group(2)));
      return told;
    }
  }

  @FunctionalInterface
  interface Answers {
    Answer answer(int number, Post post) throws UndeliveredException, InterruptedException;
  }

  void answers(Answers script) {
    answers = script;
  }

  void status(int status) {
    answers = (n, post) -> new Answer(status, Optional.empty());
  }

  /** Lets each request wait until the latch opens. */
  void hangUntil(CountDownLatch latch) {
    answers =
        (n, post) -> {
          latch.await();
          return new Answer(204, Optional.empty());
        };
  }

  List<Post> posts() {
    return List.copyOf(posts);
  }

  /** All that was told, in order, whatever was answered. */
  List<String> told() {
    return posts.stream().flatMap(post -> post.told().stream()).toList();
  }

  @Override
  public Answer post(String id, long timestampSeconds, String signature, byte[] body)
      throws UndeliveredException {
    Post post =
        new Post(
            id,
            timestampSeconds,
            signature,
            new String(body, StandardCharsets.UTF_8),
            System.nanoTime());
    posts.add(post);
    try {
      return answers.answer(posts.size(), post);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UndeliveredException("interrupted");
    }
  }

  @Override
  public void close() {}
}
