/* SPDX-License-Identifier: Apache-2.0 */
/** Whether the manifests in {@code k8s/} are what Kubernetes takes, and fit together and to us. */
@NullMarked
package io.sidecache.k8s;

import org.jspecify.annotations.NullMarked;
