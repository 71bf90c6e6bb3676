/**
 * The settings of the process: read once at start, checked together, and handed on as immutable
 * records.
 *
 * <p>Flow: SmallRye Config (YAML, environment, system properties) comes in through the raw mapping;
 * {@link io.sidecache.config.Settings#read} turns it into {@link io.sidecache.config.Settings}, or
 * into one {@link io.sidecache.config.InvalidSettingsException} that names every wrong setting.
 * Nothing else of the program reads configuration. Threads: whichever starts the process; the
 * records are immutable and may be shared freely.
 */
@NullMarked
package io.sidecache.config;

import org.jspecify.annotations.NullMarked;
