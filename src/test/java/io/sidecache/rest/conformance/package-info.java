/**
 * The contract of the HTTP interface, clause by clause, against the whole application and a real
 * PostgreSQL. Prints a table of what holds, and writes it to {@code target/conformance.md}.
 */
@org.jspecify.annotations.NullMarked
package io.sidecache.rest.conformance;
