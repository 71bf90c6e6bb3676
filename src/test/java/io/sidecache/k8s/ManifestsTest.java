/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.sidecache.config.ManifestSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kustomization is built by kubectl, read strictly, and its references are followed. */
final class ManifestsTest {
  private static final Path ROOT = Path.of("k8s");
  private static final Map<String, Kustomization> BUILT = new ConcurrentHashMap<>();

  /** What people make themselves; each is told at the head of the kustomization that needs it. */
  private static final Map<String, Set<String>> THEIR_SECRETS =
      Map.of(
          "sidecache-database", Set.of("jdbc-url", "username", "password"),
          "sidecache-migration", Set.of("jdbc-url", "username", "password"),
          "sidecache-relay", Set.of("api-token", "webhook-secret"));

  private static final Set<String> HEALTH =
      Set.of("/q/health/started", "/q/health/live", "/q/health/ready");

  /** Whatever can be applied by itself. Components are built as part of these. */
  static Stream<String> applicable() {
    return Stream.of("examples/products", "examples/relay", "relay", "migrate");
  }

  @Test
  void directories_eachKustomization_isBuiltHere() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      List<String> found =
          files
              .filter(file -> file.endsWith("kustomization.yaml"))
              .map(file -> ROOT.relativize(file.getParent()).toString())
              .toList();
      List<String> known = new ArrayList<>(applicable().toList());
      known.addAll(List.of("base", "relay/leaf", "monitoring"));
      assertThat(found).containsExactlyInAnyOrderElementsOf(known);
    }
  }

  /** Kustomize reads no file above its directory, so the example has a copy, with a role added. */
  @Test
  void productsSql_inTheExample_beginsLikeTheDevelopmentModes() throws IOException {
    assertThat(Files.readString(ROOT.resolve("examples/products/products.sql")))
        .startsWith(Files.readString(Path.of("src/main/resources/dev/products.sql")));
  }

  @Test
  void read_fieldThatKubernetesDoesNotKnow_fails() {
    assertThatThrownBy(
            () ->
                Kustomization.read(
                    """
                    apiVersion: v1
                    kind: Service
                    metadata: { name: a }
                    spec: { ports: [{ port: 1, targetport: 2 }] }
                    """))
        .isInstanceOf(UnrecognizedPropertyException.class);
  }

  @ParameterizedTest
  @MethodSource("applicable")
  void workload_selector_matchesItsPods(String directory) {
    for (Workload workload : workloads(directory)) {
      assertThat(workload.labels()).as(workload.name()).isNotEmpty();
      assertThat(workload.labels()).as(workload.name()).containsAllEntriesOf(workload.selector());
    }
  }

  @ParameterizedTest
  @MethodSource("applicable")
  void container_anywhere_isHardened(String directory) {
    for (Workload workload : workloads(directory)) {
      var pod = workload.pod().getSpec();
      assertThat(pod.getAutomountServiceAccountToken()).as(workload.name()).isFalse();
      workload
          .containers()
          .forEach(
              c -> {
                String name = workload.name() + " " + c.getName();
                SecurityContext own = c.getSecurityContext();
                assertThat(own.getReadOnlyRootFilesystem()).as(name).isTrue();
                assertThat(own.getAllowPrivilegeEscalation()).as(name).isFalse();
                assertThat(own.getCapabilities().getDrop()).as(name).containsExactly("ALL");
                var pods = pod.getSecurityContext();
                assertThat(effective(own.getRunAsNonRoot(), pods.getRunAsNonRoot()))
                    .as(name)
                    .isTrue();
                assertThat(effective(own.getRunAsUser(), pods.getRunAsUser()))
                    .as("%s has a number for the kubelet to check", name)
                    .isNotNull()
                    .isPositive();
                assertThat(effective(own.getSeccompProfile(), pods.getSeccompProfile()).getType())
                    .as(name)
                    .isEqualTo("RuntimeDefault");
                assertThat(c.getResources().getRequests()).as(name).containsKeys("cpu", "memory");
                assertThat(c.getResources().getLimits()).as(name).containsKey("memory");
                assertThat(c.getImage()).as(name).matches(".+:[0-9].*").doesNotEndWith(":latest");
              });
    }
  }

  /** What a container says of itself comes before what its Pod says of all. */
  private static <T> T effective(@Nullable T own, T pods) {
    return own != null ? own : pods;
  }

  @ParameterizedTest
  @MethodSource("applicable")
  void references_configMapsSecretsVolumes_lead(String directory) {
    Kustomization built = build(directory);
    for (Workload workload : Workload.of(built)) {
      var spec = workload.pod().getSpec();
      List<String> volumes = new ArrayList<>();
      spec.getVolumes()
          .forEach(
              v -> {
                volumes.add(v.getName());
                if (v.getConfigMap() != null) {
                  assertThat(configMaps(built)).containsKey(v.getConfigMap().getName());
                }
              });
      built
          .all(StatefulSet.class)
          .flatMap(s -> s.getSpec().getVolumeClaimTemplates().stream())
          .forEach(claim -> volumes.add(claim.getMetadata().getName()));
      List<String> mounted =
          workload
              .containers()
              .flatMap(c -> c.getVolumeMounts().stream())
              .map(VolumeMount::getName)
              .toList();
      assertThat(volumes).as(workload.name()).containsAll(mounted);
      spec.getVolumes().forEach(v -> assertThat(mounted).contains(v.getName()));
      workload
          .containers()
          .flatMap(c -> c.getEnv().stream())
          .forEach(variable -> leads(built, variable));
    }
  }

  private static void leads(Kustomization built, EnvVar variable) {
    if (variable.getValueFrom() == null || variable.getValueFrom().getSecretKeyRef() == null) {
      return;
    }
    var reference = variable.getValueFrom().getSecretKeyRef();
    Set<String> keys =
        built
            .all(Secret.class)
            .filter(s -> s.getMetadata().getName().equals(reference.getName()))
            .findFirst()
            .map(s -> s.getData().keySet())
            .orElseGet(() -> THEIR_SECRETS.getOrDefault(reference.getName(), Set.of()));
    assertThat(keys)
        .as("%s by %s", reference.getName(), variable.getName())
        .contains(reference.getKey());
  }

  @ParameterizedTest
  @MethodSource("applicable")
  void probes_ports_exist(String directory) {
    for (Workload workload : workloads(directory)) {
      workload
          .containers()
          .forEach(
              c ->
                  Stream.of(c.getStartupProbe(), c.getLivenessProbe(), c.getReadinessProbe())
                      .filter(p -> p != null && p.getHttpGet() != null)
                      .forEach(
                          p -> {
                            assertThat(portNames(Stream.of(c)))
                                .as(workload.name())
                                .contains(p.getHttpGet().getPort().getStrVal());
                            assertThat(HEALTH).contains(p.getHttpGet().getPath());
                          }));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"examples/products", "examples/relay"})
  void sidecar_everywhere_isANativeOne(String directory) {
    List<Workload> shops =
        workloads(directory).stream().filter(w -> w.name().endsWith(" shop")).toList();
    assertThat(shops).hasSize(1);
    Workload shop = shops.getFirst();
    assertThat(shop.pod().getSpec().getInitContainers())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.getName()).isEqualTo("sidecache");
              assertThat(c.getRestartPolicy()).isEqualTo("Always");
              assertThat(c.getStartupProbe())
                  .extracting(ManifestsTest::path)
                  .isEqualTo("/q/health/started");
              assertThat(c.getLivenessProbe())
                  .extracting(ManifestsTest::path)
                  .isEqualTo("/q/health/live");
              assertThat(c.getReadinessProbe())
                  .extracting(ManifestsTest::path)
                  .isEqualTo("/q/health/ready");
            });
    // As long as shutdown-drain's default, at least.
    assertThat(shop.pod().getSpec().getTerminationGracePeriodSeconds()).isGreaterThan(5);
  }

  @Test
  void image_everywhere_isThisVersion() throws IOException {
    String version =
        Files.readAllLines(Path.of("pom.xml")).stream()
            .filter(line -> line.startsWith("  <version>"))
            .findFirst()
            .orElseThrow()
            .replaceAll(" *</?version>", "")
            .replace("-SNAPSHOT", "");
    assertThat(
            applicable()
                .flatMap(d -> workloads(d).stream())
                .flatMap(Workload::sidecaches)
                .map(Container::getImage)
                .distinct())
        .containsExactly("sidecache:" + version);
  }

  @ParameterizedTest
  @MethodSource("applicable")
  void services_selectorsAndPorts_lead(String directory) {
    Kustomization built = build(directory);
    List<Workload> workloads = Workload.of(built);
    built
        .all(Service.class)
        .forEach(
            service -> {
              List<Workload> selected = selected(workloads, service.getSpec().getSelector());
              service
                  .getSpec()
                  .getPorts()
                  .forEach(
                      port ->
                          assertThat(ports(selected)).contains(port.getTargetPort().getStrVal()));
            });
    built
        .all(PodDisruptionBudget.class)
        .forEach(budget -> selected(workloads, budget.getSpec().getSelector().getMatchLabels()));
    built
        .all(NetworkPolicy.class)
        .forEach(
            policy -> {
              List<Workload> selected =
                  selected(workloads, policy.getSpec().getPodSelector().getMatchLabels());
              policy
                  .getSpec()
                  .getIngress()
                  .forEach(
                      rule -> {
                        rule.getPorts()
                            .forEach(
                                port ->
                                    assertThat(ports(selected))
                                        .contains(port.getPort().getStrVal()));
                        rule.getFrom()
                            .forEach(
                                from ->
                                    selected(workloads, from.getPodSelector().getMatchLabels()));
                      });
            });
  }

  @Test
  void monitoring_everySidecar_isScraped() {
    List<PodMonitor> monitors = build("monitoring").all(PodMonitor.class).toList();
    assertThat(monitors).hasSize(1);
    Map<String, String> wanted = monitors.getFirst().getSpec().getSelector().getMatchLabels();
    String port = monitors.getFirst().getSpec().getPodMetricsEndpoints().getFirst().getPort();
    for (String directory : List.of("examples/products", "examples/relay", "relay")) {
      List<Workload> running =
          workloads(directory).stream().filter(w -> w.sidecaches().findAny().isPresent()).toList();
      assertThat(running).isNotEmpty();
      for (Workload workload : running) {
        assertThat(workload.isSelectedBy(wanted)).as(workload.name()).isTrue();
        assertThat(portNames(workload.sidecaches())).contains(port);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"examples/products", "examples/relay", "relay"})
  void settings_ofEverySidecar_areAccepted(String directory) {
    Kustomization built = build(directory);
    Map<String, ConfigMap> files = configMaps(built);
    for (Workload workload : Workload.of(built)) {
      workload
          .sidecaches()
          .forEach(
              sidecar -> {
                String file =
                    workload.pod().getSpec().getVolumes().stream()
                        .filter(v -> v.getConfigMap() != null)
                        .map(v -> files.get(v.getConfigMap().getName()))
                        .map(map -> map.getData().get("application.yaml"))
                        .findFirst()
                        .orElseThrow();
                ManifestSettings.check(file, sidecar.getEnv(), EnvVar::getName, EnvVar::getValue);
              });
    }
  }

  private static Kustomization build(String directory) {
    return BUILT.computeIfAbsent(directory, d -> Kustomization.build(ROOT.resolve(d)));
  }

  private static List<Workload> workloads(String directory) {
    List<Workload> workloads = Workload.of(build(directory));
    assertThat(workloads).isNotEmpty();
    return workloads;
  }

  private static Map<String, ConfigMap> configMaps(Kustomization built) {
    return built
        .all(ConfigMap.class)
        .collect(Collectors.toMap(m -> m.getMetadata().getName(), m -> m));
  }

  private static List<Workload> selected(List<Workload> all, Map<String, String> selector) {
    List<Workload> selected = all.stream().filter(w -> w.isSelectedBy(selector)).toList();
    assertThat(selected).as("what %s selects", selector).isNotEmpty();
    return selected;
  }

  private static Set<String> ports(List<Workload> workloads) {
    return portNames(workloads.stream().flatMap(Workload::containers));
  }

  private static Set<String> portNames(Stream<Container> containers) {
    return containers
        .flatMap(c -> c.getPorts().stream())
        .map(ContainerPort::getName)
        .collect(Collectors.toSet());
  }

  private static String path(Probe probe) {
    IntOrString port = probe.getHttpGet().getPort();
    assertThat(port.getStrVal()).isEqualTo("management");
    return probe.getHttpGet().getPath();
  }
}
