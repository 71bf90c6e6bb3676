/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.k8s;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Something that makes Pods.
 *
 * @param name for messages
 * @param selector what it takes for its own Pods; empty for a Job, which chooses itself
 * @param pod what it makes
 */
record Workload(String name, Map<String, String> selector, PodTemplateSpec pod) {

  static List<Workload> of(Kustomization built) {
    return built.objects().stream().flatMap(Workload::of).toList();
  }

  private static Stream<Workload> of(HasMetadata object) {
    String name = object.getKind() + " " + object.getMetadata().getName();
    return switch (object) {
      case Deployment d ->
          Stream.of(
              new Workload(
                  name, d.getSpec().getSelector().getMatchLabels(), d.getSpec().getTemplate()));
      case StatefulSet s ->
          Stream.of(
              new Workload(
                  name, s.getSpec().getSelector().getMatchLabels(), s.getSpec().getTemplate()));
      case Job j -> Stream.of(new Workload(name, Map.of(), j.getSpec().getTemplate()));
      default -> Stream.empty();
    };
  }

  Map<String, String> labels() {
    return pod.getMetadata().getLabels();
  }

  Stream<Container> containers() {
    return Stream.concat(
        pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
  }

  /** The sidecar, or what is started from its image; none in others' Pods. */
  Stream<Container> sidecaches() {
    return containers().filter(c -> c.getImage().contains("sidecache"));
  }

  boolean isSelectedBy(Map<String, String> wanted) {
    return !wanted.isEmpty() && labels().entrySet().containsAll(wanted.entrySet());
  }
}
