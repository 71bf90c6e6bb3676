-- SPDX-License-Identifier: Apache-2.0
--
-- The SQL interface of Sidecache, for PostgreSQL 14 to 18. Schema sidecache.
--
-- BY HAND. Run it as the role that owns the tables to attach (set role first, if need be):
--
--   psql --single-transaction --set ON_ERROR_STOP=1 --file V1__sidecache.sql
--
-- A second run fails and changes nothing. Nothing here needs a superuser. To remove all of it, triggers
-- included: drop schema sidecache cascade.
--
-- WHO MAY WHAT. PUBLIC may nothing. Roles that write to attached tables need nothing: the triggers write the
-- log as the schema's owner. A sidecar's role is a member of sidecache_listener:
--   grant sidecache_listener to my_sidecar;
-- An application that calls the invalidate functions needs:
--   grant usage on schema sidecache to my_app;
--   grant execute on function sidecache.invalidate(text, text[]), sidecache.invalidate_group(text, text[]),
--     sidecache.invalidate_all(text) to my_app;
-- attach and detach are for members of the schema's owner who own the table as well.
--
-- WHAT NO TRIGGER SEES. A trigger does not see DETACH PARTITION, ATTACH PARTITION of a table with rows,
-- DROP TABLE of a partition, ALTER TABLE that rewrites values, TRUNCATE aimed at a partition made after
-- attach, or anything at all while the triggers are disabled. Follow these with
--   select sidecache.invalidate_all('<cache>');   select sidecache.attach(...);      -- the same arguments
-- If this script is run by a superuser, event triggers do that by themselves (PostgreSQL lets superusers
-- alone make event triggers). Without them, rows of a new partition are watched all the same, by row triggers
-- that it inherits; the next attach gives it the faster statement triggers.
--
-- FORMATS. Keys and groups are text of 1 to 512 bytes in UTF-8.
--   One key column: the column's text. TimeZone UTC, DateStyle ISO, hexadecimal bytea, numeric without
--     trailing zeros, character(n) without trailing blanks, boolean true or false.
--   Several: a JSON array of these texts, as JavaScript's JSON.stringify writes it: ["7","42"].
--   A group template is text with {column} in it; {{ and }} stand for braces. Where a column of a template
--     is NULL the row is in no such group. An update names the groups of both the old and the new row.
--   What has no such text (NULL in a key, empty, too long, a column renamed since) widens to the whole cache.
--
--   Channel sidecache_invalidation, at most 7999 bytes each, one of
--     {"v":1,"x":"<xid8>","i":[{"cache":"c","key":"k"},{"cache":"c","group":"g"},{"cache":"c","whole":true}]}
--     {"v":1,"log":"<xid8>","cache":"c"}
--   The second stands for more names than fit into 8 of the first, and for what follows on 100 payloads in one
--   transaction. It means:
--     select keys, groups, whole from sidecache.invalidation where xid = '<xid8>' and cache = 'c';
--   If the rows are gone or cannot be read, it means the whole cache c. They are visible when it is heard.
--
--   Channel sidecache_heartbeat (function heartbeat), five parts with a blank between:
--     <nonce> <pg_current_wal_insert_lsn> <timeline, 8 hex digits> <pg_current_snapshot> <mac>
--   mac: 64 lower-case hex digits, HMAC-SHA-256 (RFC 2104) under fleet_key.key of all that comes before the
--   last blank. The snapshot is <xmin>:<xmin>: (sees nothing from xmin on) where the whole would exceed 7999
--   bytes.
--
-- CATCH-UP. In one REPEATABLE READ READ ONLY transaction, C being the snapshot (text) to go on from:
--     select pg_current_snapshot(), sidecache.floor(), pg_snapshot_xmin(C::pg_snapshot) < sidecache.floor();
--     select id, xid, cache, keys, groups, whole from sidecache.invalidation
--      where xid >= pg_snapshot_xmin(C::pg_snapshot) and not pg_visible_in_snapshot(xid, C::pg_snapshot);
--   If the third column is true, changes after C have been pruned: empty the caches. Never go by id: ids
--   commit out of order.
-- PRUNING. select sidecache.prune('1 hour'), every minute or so, from as many sidecars as you like. It needs
--   two calls at least a retention apart to delete anything, because it deletes by recorded snapshots.
-- XA. NOTIFY breaks PREPARE TRANSACTION. attach(..., notify => false) writes the log only, in rows that are
--   silent. Poll them, on every heartbeat, by the query of CATCH-UP with "and silent". The invalidate
--   functions always notify.

do $check$
begin
  if current_setting('server_version_num')::int < 140000 then
    raise exception 'Sidecache needs PostgreSQL 14 or later, this is %', current_setting('server_version')
      using errcode = 'feature_not_supported';
  end if;
  if to_regclass('sidecache.invalidation') is not null then
    raise exception 'Sidecache is installed in this database already'
      using errcode = 'duplicate_schema', hint = 'Nothing has been changed.';
  end if;
end
$check$;

-- Flyway may have made the schema, for its own table.
create schema if not exists sidecache;
revoke all on schema sidecache from public;

-- ---- The log ---------------------------------------------------------------------------------------------

create table sidecache.invalidation (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  cache text not null,
  keys text[] not null default '{}',
  groups text[] not null default '{}',
  whole boolean not null default false,
  -- Written without a notification (notify => false): nobody hears of it who does not look.
  silent boolean not null default false,
  at timestamptz not null default clock_timestamp()
) with (
  -- Rows are added, never changed, and deleted from the old end: whole pages come free, and vacuum should
  -- come for them long before a fifth of the table is dead.
  fillfactor = 100,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_analyze_scale_factor = 0.1,
  toast.autovacuum_vacuum_scale_factor = 0.02,
  toast.autovacuum_vacuum_threshold = 1000
);
-- A writer waits while they are compressed, which takes half of the time of writing them.
alter table sidecache.invalidation alter keys set storage external, alter groups set storage external;
comment on table sidecache.invalidation is
  'What to forget, by transaction. Read by snapshot (xid), never by id.';

-- Catch-up reads xid >= $1, pruning deletes xid < $1.
create index invalidation_xid on sidecache.invalidation (xid);
-- Says whether this transaction has widened already.
create index invalidation_whole on sidecache.invalidation (xid, cache) where whole;
-- Polling asks for those that nobody was notified of, xid >= $1.
create index invalidation_silent on sidecache.invalidation (xid) where silent;

-- ---- Pruning ---------------------------------------------------------------------------------------------

create table sidecache.prune_floor (
  only_row boolean primary key default true check (only_row),
  xid xid8 not null
);
comment on table sidecache.prune_floor is 'Rows of the log with an xid below this one may have been deleted.';
insert into sidecache.prune_floor (xid) values (pg_snapshot_xmin(pg_current_snapshot()));

create table sidecache.horizon (
  at timestamptz not null,
  oldest xid8 not null
);
comment on table sidecache.horizon is
  'Snapshots and when they were taken: every transaction below oldest had ended by then.';

create function sidecache.floor() returns xid8
language sql stable security definer set search_path = pg_catalog, pg_temp
as $body$
  -- One that lies ahead came in a dump, from a server whose transactions are none of ours.
  select case when f.xid > pg_snapshot_xmax(pg_current_snapshot()) then '0' else f.xid end
    from sidecache.prune_floor f
$body$;
comment on function sidecache.floor() is
  'A reader that goes on from a snapshot whose xmin is below this has missed pruned rows.';

-- A clock that jumps can only prune too early, and then the floor tells the readers; order is by xid alone.
create function sidecache.prune(retention interval) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
declare
  v_now timestamptz := clock_timestamp();
  v_last timestamptz;
  v_at timestamptz;
  v_xmin xid8;
  v_deleted bigint := 0;
begin
  if retention is null or retention < interval '0' then
    raise exception 'retention must be 0 or more, was %', coalesce(retention::text, 'NULL')
      using errcode = 'invalid_parameter_value';
  end if;
  -- The letters SIDECACH. Who finds it taken leaves the work to the other.
  if not pg_try_advisory_xact_lock(x'5349444543414348'::bigint) then
    return 0;
  end if;
  -- What a dump has brought along of a server that was further. No row that can be seen is of a transaction of
  -- ours that comes after the snapshot by which it is seen.
  delete from sidecache.invalidation i where i.xid >= pg_snapshot_xmax(pg_current_snapshot());
  delete from sidecache.horizon h where h.oldest > pg_snapshot_xmax(pg_current_snapshot());
  update sidecache.prune_floor f set xid = '0' where f.xid > pg_snapshot_xmax(pg_current_snapshot());
  select max(h.at) into v_last from sidecache.horizon h;
  -- A clock set back must not stop the recording.
  if v_last is null or v_last <= v_now - retention / 16 or v_last > v_now then
    delete from sidecache.horizon h where h.at > v_now;
    insert into sidecache.horizon (at, oldest) values (v_now, pg_snapshot_xmin(pg_current_snapshot()));
  end if;
  select h.at, h.oldest into v_at, v_xmin from sidecache.horizon h
   where h.at <= v_now - retention order by h.oldest desc, h.at desc limit 1;
  if v_xmin is null then
    return 0;
  end if;
  -- The newest one that is old enough stays: a shorter way to say what was said before.
  delete from sidecache.horizon h where h.at < v_at;
  if v_xmin <= (select f.xid from sidecache.prune_floor f) then
    return 0;
  end if;
  delete from sidecache.invalidation i where i.xid < v_xmin;
  get diagnostics v_deleted = row_count;
  update sidecache.prune_floor set xid = v_xmin;
  return v_deleted;
end
$body$;
comment on function sidecache.prune(interval) is
  'Deletes what is older than the retention and raises the floor. Returns how many rows.';

-- ---- Heartbeats ------------------------------------------------------------------------------------------

create table sidecache.fleet_key (
  only_row boolean primary key default true check (only_row),
  key bytea not null check (octet_length(key) = 32),
  inner_pad bytea not null,
  outer_pad bytea not null
);
comment on table sidecache.fleet_key is
  'Authenticates heartbeats among the sidecars of this database. The pads are RFC 2104''s, derived from key.';

do $key$
declare
  -- Each uuid has 122 random bits from the server's strong source; sha256 makes 256 of 488.
  v_key bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
    || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  v_inner bytea := v_key || decode(repeat('00', 32), 'hex');
  v_outer bytea := v_inner;
begin
  for i in 0..63 loop
    v_inner := set_byte(v_inner, i, get_byte(v_inner, i) # 54);
    v_outer := set_byte(v_outer, i, get_byte(v_outer, i) # 92);
  end loop;
  insert into sidecache.fleet_key (key, inner_pad, outer_pad) values (v_key, v_inner, v_outer);
end
$key$;

create function sidecache.heartbeat(nonce text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
declare
  v_lsn pg_lsn := pg_current_wal_insert_lsn();
  v_snapshot pg_snapshot := pg_current_snapshot();
  v_text text;
  v_mac text;
begin
  if nonce is null or nonce collate "C" !~ '^[!-~]{1,200}$' then
    raise exception 'a nonce is 1 to 200 printable ASCII characters without blanks'
      using errcode = 'invalid_parameter_value';
  end if;
  v_text := concat(nonce, ' ', v_lsn, ' ', substr(pg_walfile_name(v_lsn), 1, 8), ' ', v_snapshot);
  if octet_length(v_text) > 7999 - 65 then
    -- Claims less than is true.
    v_text := concat(nonce, ' ', v_lsn, ' ', substr(pg_walfile_name(v_lsn), 1, 8), ' ',
      pg_snapshot_xmin(v_snapshot), ':', pg_snapshot_xmin(v_snapshot), ':');
  end if;
  select encode(sha256(f.outer_pad || sha256(f.inner_pad || convert_to(v_text, 'UTF8'))), 'hex')
    into strict v_mac from sidecache.fleet_key f;
  v_text := concat(v_text, ' ', v_mac);
  perform pg_notify('sidecache_heartbeat', v_text);
  return v_text;
end
$body$;
comment on function sidecache.heartbeat(text) is 'Sends a heartbeat with a MAC and returns its text.';

-- ---- Writing the log and notifying -----------------------------------------------------------------------

-- Counts within the transaction; undone with a savepoint, as the notifications are. Whoever writes may set
-- the counter, which changes in how many pieces things are said, never what.
create function sidecache.count_up(counter text, by int) returns int
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
  v_text text := current_setting(counter, true);
  v_count int := by;
begin
  if v_text collate "C" ~ '^[0-9]{1,8}$' then
    v_count := v_count + v_text::int;
  end if;
  perform set_config(counter, least(v_count, 99999999)::text, true);
  return v_count;
end
$body$;

-- Widens to the whole cache; once in a transaction is enough.
create function sidecache.record_whole(cache text, notify boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
begin
  insert into sidecache.invalidation (cache, whole, silent)
  select record_whole.cache, true, not record_whole.notify
   where not exists (select from sidecache.invalidation i
     where i.xid = pg_current_xact_id() and i.cache = record_whole.cache and i.whole);
  if notify then
    -- PostgreSQL folds equal notifications of a transaction into one.
    perform pg_notify('sidecache_invalidation',
      '{"v":1,"x":"' || pg_current_xact_id()::text || '","i":[{"cache":'
        || to_json(record_whole.cache)::text || ',"whole":true}]}');
  end if;
end
$body$;

-- Distinct keys and groups that fit, in rows of 500 and as few notifications as hold them.
create function sidecache.record(cache text, keys text[], groups text[], notify boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
  v_open constant text := '{"v":1,"x":"' || pg_current_xact_id()::text || '","i":[';
  v_around constant int := octet_length(v_open) + 2;
  v_head text;
  v_items text[];
  v_item text;
  v_payloads text[] := '{}';
  v_payload text;
  v_bytes int := 0;
  v_names int := cardinality(keys) + cardinality(groups);
begin
  if v_names = 0 then
    return;
  end if;
  if cardinality(keys) <= 500 and cardinality(groups) <= 500 then
    insert into sidecache.invalidation (cache, keys, groups, silent)
    values (record.cache, record.keys, record.groups, not record.notify);
  else
    insert into sidecache.invalidation (cache, keys, groups, silent)
    select record.cache, coalesce(k.names, '{}'), coalesce(g.names, '{}'), not record.notify
      from (select p.part, array_agg(p.name) as names
          from (select unnest(record.keys), generate_series(0, cardinality(record.keys) - 1) / 500) p(name, part)
         group by p.part) k
      full join (select p.part, array_agg(p.name) as names
          from (select unnest(record.groups), generate_series(0, cardinality(record.groups) - 1) / 500) p(name, part)
         group by p.part) g using (part);
  end if;
  if not notify then
    return;
  end if;
  -- No item is shorter than 24 bytes, so more than 2664 do not fit into 8 payloads.
  if v_names <= 2664 then
    v_head := '{"cache":' || to_json(record.cache)::text;
    select array_agg(v_head || u.item order by u.kind, u.n) into v_items from (
      select 0 as kind, k.n, ',"key":' || to_json(k.name)::text || '}' as item
        from unnest(keys) with ordinality k(name, n)
      union all
      select 1, g.n, ',"group":' || to_json(g.name)::text || '}'
        from unnest(groups) with ordinality g(name, n)) u;
    v_payload := array_to_string(v_items, ',');
    if octet_length(v_payload) + v_around <= 7999 then
      v_payloads := array[v_open || v_payload || ']}'];
    elsif octet_length(v_payload) <= 8 * 7999 then
      v_payload := '';
      foreach v_item in array v_items loop
        if v_bytes + octet_length(v_item) + 1 + v_around > 7999 then
          v_payloads := v_payloads || (v_open || v_payload || ']}');
          v_payload := '';
          v_bytes := 0;
        end if;
        v_payload := case when v_payload = '' then v_item else v_payload || ',' || v_item end;
        v_bytes := v_bytes + octet_length(v_item) + 1;
      end loop;
      v_payloads := v_payloads || (v_open || v_payload || ']}');
    end if;
  end if;
  if cardinality(v_payloads) between 1 and 8
      and sidecache.count_up('sidecache.sent', cardinality(v_payloads)) <= 100 then
    foreach v_payload in array v_payloads loop
      perform pg_notify('sidecache_invalidation', v_payload);
    end loop;
  else
    -- The same text each time in a transaction, so PostgreSQL folds it into one.
    perform pg_notify('sidecache_invalidation',
      '{"v":1,"log":"' || pg_current_xact_id()::text || '","cache":' || to_json(record.cache)::text || '}');
  end if;
end
$body$;

-- ---- For applications ------------------------------------------------------------------------------------

create function sidecache.require_cache(cache text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $body$
begin
  if cache is null or octet_length(cache) not between 1 and 512 then
    raise exception 'a cache''s name has 1 to 512 bytes' using errcode = 'invalid_parameter_value';
  end if;
end
$body$;

-- Whether all are names of 1 to 512 bytes in UTF-8.
create function sidecache.all_fit(names text[]) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select names is not null and coalesce(bool_and(
    coalesce(octet_length(convert_to(u.name, 'UTF8')), 0) between 1 and 512), true) from unnest(names) u(name)
$body$;

create function sidecache.invalidate(cache text, variadic keys text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
begin
  perform sidecache.require_cache(cache);
  if sidecache.all_fit(keys) then
    perform sidecache.record(cache, array(select distinct u.name from unnest(keys) u(name)), '{}', true);
  else
    perform sidecache.record_whole(cache, true);
  end if;
end
$body$;
comment on function sidecache.invalidate(text, text[]) is
  'Forgets entries, if and when this transaction commits. A key that cannot be one forgets all entries.';

create function sidecache.invalidate_group(cache text, variadic groups text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
begin
  perform sidecache.require_cache(cache);
  if sidecache.all_fit(groups) then
    perform sidecache.record(cache, '{}', array(select distinct u.name from unnest(groups) u(name)), true);
  else
    perform sidecache.record_whole(cache, true);
  end if;
end
$body$;
comment on function sidecache.invalidate_group(text, text[]) is
  'Forgets the entries that carry one of the groups, if and when this transaction commits.';

create function sidecache.invalidate_all(cache text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
begin
  perform sidecache.require_cache(cache);
  perform sidecache.record_whole(cache, true);
end
$body$;
comment on function sidecache.invalidate_all(text) is
  'Forgets a cache''s entries, if and when this transaction commits.';

-- ---- Attaching tables ------------------------------------------------------------------------------------

create table sidecache.attachment (
  id int generated always as identity primary key,
  tbl regclass not null,
  cache text not null,
  key text[] not null,
  groups text[] not null,
  coarsen_after int not null,
  notify boolean not null,
  -- The types that the generated function was written for, by column.
  types jsonb not null,
  unique (tbl, cache)
);
comment on table sidecache.attachment is
  'What attach was asked for. Number 7 has the function on_7 and triggers named sidecache_7_.';

-- The triggers that an attachment should have, beside those it has. Modes are pg_trigger.tgenabled's.
--
-- Statement triggers fire in ordinary sessions, row triggers where session_replication_role is replica, which
-- a subscription's apply worker sets and which knows no statement triggers: no change is seen twice. The row
-- trigger of a partitioned table is cloned to each new partition, with its mode: ALWAYS there, so that the
-- partition is watched at once, and REPLICA after attach has given it its statement triggers.
create function sidecache.wanted(tbl regclass, id int)
returns table (rel oid, kind "char", depth int, name text, mode "char", present "char", clone boolean)
language sql stable set search_path = pg_catalog, pg_temp
as $body$
  with recursive tree (rel, depth) as (
    select wanted.tbl::oid, 0
    union all
    select i.inhrelid, t.depth + 1 from tree t join pg_inherits i on i.inhparent = t.rel
     where not i.inhdetachpending
  ), nodes as (
    select t.rel, c.relkind, c.relispartition, min(t.depth) as depth
      from tree t join pg_class c on c.oid = t.rel group by 1, 2, 3
  )
  select n.rel, n.relkind, n.depth, 'sidecache_' || wanted.id || '_' || w.event,
    case when w.event = 'truncate' or w.event = 'row' and n.relkind = 'p' then 'A'
      when w.event = 'row' then 'R' else 'O' end::"char",
    (select g.tgenabled from pg_trigger g join pg_proc p on p.oid = g.tgfoid
      where g.tgrelid = n.rel and g.tgname = 'sidecache_' || wanted.id || '_' || w.event
        and p.proname = 'on_' || wanted.id and p.pronamespace = 'sidecache'::regnamespace),
    w.event = 'row' and n.relispartition and n.depth > 0
    from nodes n cross join (values ('insert'), ('update'), ('delete'), ('truncate'), ('row')) w(event)
$body$;

create function sidecache.column_types(tbl regclass) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $body$
  select coalesce(jsonb_object_agg(a.attname, format_type(a.atttypid, null)), '{}')
    from pg_attribute a where a.attrelid = column_types.tbl and a.attnum > 0 and not a.attisdropped
$body$;

create view sidecache.attached as
select a.tbl, a.cache, a.key, a.groups, a.coarsen_after, a.notify,
  (select array_agg(distinct w.rel::regclass::text) from sidecache.wanted(a.tbl, a.id) w
    where w.present is not null) as relations,
  array(
    select format('the type of column %I is %s, was %s: attach again', t.key, coalesce(c.now ->> t.key, 'gone'),
        t.value)
      from jsonb_each_text(a.types) t where c.now ->> t.key is distinct from t.value
    union all
    select case
        when w.kind not in ('r', 'p') then format('%s is a foreign table and cannot be watched', w.rel::regclass)
        when w.present is null then format('trigger %s on %s is missing: attach again', w.name, w.rel::regclass)
        when w.present = 'D' then format('trigger %s on %s is disabled: attach again', w.name, w.rel::regclass)
        else format('trigger %s on %s fires in mode %s, not %s: attach again', w.name, w.rel::regclass,
          w.present, w.mode) end
      from sidecache.wanted(a.tbl, a.id) w
     where w.present is distinct from w.mode) as drift
  from sidecache.attachment a
  join pg_class k on k.oid = a.tbl,
  lateral (select sidecache.column_types(a.tbl) as now) c;
comment on view sidecache.attached is
  'What is attached, on which tables and partitions, and in what they differ from what attach makes.';

-- The text of a column of a row, as an SQL expression; NULL for NULL. Casts of PostgreSQL's own types are its
-- own. For all others format calls the type's output function and never a cast, so that a table's owner cannot
-- smuggle in a function to run as ours. The expression must not be evaluated where the type may be another.
create function sidecache.column_text(alias text, col text, type text) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select case
      when type in ('int2', 'int4', 'int8', 'uuid', 'text', 'varchar', 'bpchar', 'bool', 'bytea', 'oid', 'xid8', 'pg_lsn',
        'date', 'time', 'timestamp', 'timestamptz') then f.ref || '::text'
      when type = 'numeric' then format('trim_scale(%s)::text', f.ref)
      else format('case when %1$s is null then null else format(''%%s'', %1$s) end', f.ref) end
    from (select format('%s.%I', alias, col) as ref) f
$body$;

-- A group template as an SQL expression; NULL where one of its columns is. Fails on an unpaired brace.
create function sidecache.group_text(alias text, template text, base_types jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $body$
declare
  v_rest text := template;
  v_part text;
  v_parts text[] := '{}';
begin
  while v_rest <> '' loop
    v_part := substring(v_rest from '^[^{}]+');
    if v_part is not null then
      v_parts := v_parts || quote_literal(v_part);
    elsif left(v_rest, 2) in ('{{', '}}') then
      v_part := left(v_rest, 2);
      v_parts := v_parts || quote_literal(left(v_part, 1));
    else
      v_part := substring(v_rest from '^[{][^{}]+[}]');
      if v_part is null then
        raise exception 'the group template % has a brace without its pair', template
          using errcode = 'invalid_parameter_value', hint = 'Write {column}, or {{ and }} for braces.';
      end if;
      if not base_types ? substr(v_part, 2, length(v_part) - 2) then
        raise exception 'the group template % names column %, which the table does not have', template, v_part
          using errcode = 'undefined_column';
      end if;
      v_parts := v_parts || sidecache.column_text(alias, substr(v_part, 2, length(v_part) - 2),
        base_types ->> substr(v_part, 2, length(v_part) - 2));
    end if;
    v_rest := substr(v_rest, length(v_part) + 1);
  end loop;
  return '(' || array_to_string(v_parts, ' || ') || ')';
end
$body$;

-- The names of a template's columns.
create function sidecache.group_columns(template text) returns setof text
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select m[1] from regexp_matches(replace(replace(template, '{{', ''), '}}', ''), '[{]([^{}]+)[}]', 'g') m
$body$;

-- A row's key as an SQL expression; NULL where a part of it is.
create function sidecache.key_text(alias text, key text[], base_types jsonb) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select case when cardinality(key) = 1 then sidecache.column_text(alias, key[1], base_types ->> key[1])
    else '''['' || ' || (
      select string_agg(format('to_json(%s)::text', sidecache.column_text(alias, k.c, base_types ->> k.c)),
        ' || '','' || ' order by k.n)
        from unnest(key) with ordinality k(c, n)) || ' || '']''' end
$body$;

-- A row's groups as SQL expressions with commas between.
create function sidecache.group_texts(alias text, groups text[], base_types jsonb) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select coalesce(string_agg(sidecache.group_text(alias, g.template, base_types), ', ' order by g.n), '')
    from unnest(groups) with ordinality g(template, n)
$body$;

-- Whether a row's columns are of the types that the function was written for, as an SQL expression.
create function sidecache.same_types(alias text, types jsonb) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select string_agg(format('pg_typeof(%s.%I) = %L::regtype', alias, t.key, t.value), ' and ')
    from jsonb_each_text(types) t
$body$;

-- Statements that follow the one that has read the keys of some table of changed rows, in its order: they make
-- these distinct, add those of an update's old rows, and read the groups. Most updates leave the keys as they are, and both tables give them in the same
-- order: comparing the two lists costs a third of making one distinct. Where the order differs, so do the lists,
-- and the distinct ones of both are taken.
create function sidecache.statement_names(op text, key text[], groups text[], key_is_unique boolean,
  base_types jsonb) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select case when op = 'UPDATE' then format($t$        select coalesce(array_agg(%1$s), '{}') into v_old_keys from %2$s r;
        if v_old_keys <> v_keys then
          v_keys := array(select distinct u.name collate "C" from unnest(v_keys || v_old_keys) u(name));
        end if;
$t$, k.name, t.tables[2]) else '' end
    || case when key_is_unique then '' else $t$        v_keys := array(select distinct u.name collate "C" from unnest(v_keys) u(name));
$t$ end
    || case when groups = '{}' then '' else format($t$        select coalesce(array_agg(d.name), '{}') into v_groups
          from (select distinct g.name collate "C" as name
            from (%s) r cross join unnest(array[%s]) g(name)) d
         where d.name is not null;
$t$, (select string_agg(format('select %s from %s', t.columns, u.tbl), ' union all ') from unnest(t.tables) u(tbl)),
        sidecache.group_texts('r', groups, base_types)) end
    from (select sidecache.key_text('r', key, base_types)) k(name),
      (select case op when 'INSERT' then array['sidecache_new'] when 'DELETE' then array['sidecache_old']
          else array['sidecache_new', 'sidecache_old'] end,
        (select string_agg(format('%I', c), ', ') from jsonb_object_keys(base_types) c)) t(tables, columns)
$body$;

-- Whether names fit, as an SQL expression of an array's name.
create function sidecache.names_fit(names text) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $body$
  select format('not exists (select from unnest(%s) u(name) where coalesce(octet_length(%s), 0) not between 1 and 512)',
    names, case when getdatabaseencoding() = 'UTF8' then 'u.name' else 'convert_to(u.name, ''UTF8'')' end)
$body$;

-- Whether the texts of a key of these columns are never empty nor too long.
create function sidecache.is_short(key text[], base_types jsonb) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp
as $body$
  select cardinality(key) <= 8 and not exists (select from unnest(key) c where not coalesce(base_types ->> c in (
    'int2', 'int4', 'int8', 'uuid', 'bool', 'oid', 'xid8', 'pg_lsn', 'date', 'time', 'timestamp', 'timestamptz',
    'inet', 'cidr', 'macaddr', 'macaddr8'), false))
$body$;

-- The body of an attachment's trigger function.
--
-- What may fail is done in a block with a handler, which reads but does not write, so that its subtransaction
-- takes no transaction id. Each statement is planned once for each trigger and session.
create function sidecache.trigger_body(
  id int, cache text, key text[], groups text[], coarsen_after int, notify boolean, key_is_unique boolean,
  base_types jsonb, types jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $body$
declare
  -- Rows of a unique key are as many keys; otherwise look a little further for how many there are.
  v_row_limit bigint := coarsen_after::bigint * case when key_is_unique then 1 else 10 end;
  v_text text;
  v_op text;
  v_alias text;
begin
  v_text := format($t$
#variable_conflict use_column
declare
  v_keys text[] := '{}';
  v_old_keys text[];
  v_groups text[] := '{}';
  v_rows bigint := 1;
  v_usable boolean := true;
begin
  if tg_op = 'TRUNCATE'
      or tg_level = 'ROW' and sidecache.count_up('sidecache.rows_%3$s', 1) > %4$s then
    perform sidecache.record_whole(%1$L, %2$L);
    return null;
  end if;
  begin
$t$, cache, notify, id, coarsen_after);

  foreach v_op in array array['INSERT', 'UPDATE', 'DELETE'] loop
    -- All rows of a transition table are of one type.
    -- All rows of a transition table are of one type.
    v_text := v_text || format($t$    if tg_level = 'STATEMENT' and tg_op = %1$L then
      v_usable := coalesce((select %2$s from %3$s r limit 1), true);
      if v_usable then
        select coalesce(array_agg(%4$s), '{}') into v_keys from (select %5$s from %3$s limit %6$s) r;
        v_rows := cardinality(v_keys);
        v_usable := v_rows <= %7$s;
      end if;
      if v_rows > 0 and v_usable then
%8$s      end if;
    end if;
$t$, v_op, sidecache.same_types('r', types), case v_op when 'DELETE' then 'sidecache_old' else 'sidecache_new' end,
      sidecache.key_text('r', key, base_types), (select string_agg(format('%I', c), ', ') from unnest(key) c),
      v_row_limit + 1, v_row_limit, sidecache.statement_names(v_op, key, groups, key_is_unique, base_types));
  end loop;

  foreach v_alias in array array['new', 'old'] loop
    v_text := v_text || format($t$    if tg_level = 'ROW' and tg_op <> %L then
      v_usable := v_usable and %s;
      if v_usable then
        v_keys := array_append(v_keys, %s);
        v_groups := v_groups || array_remove(array[%s]::text[], null);
      end if;
    end if;
$t$, case v_alias when 'new' then 'DELETE' else 'INSERT' end, sidecache.same_types(v_alias, types),
      sidecache.key_text(v_alias, key, base_types), sidecache.group_texts(v_alias, groups, base_types));
  end loop;

  return v_text || format($t$    if tg_level = 'ROW' and tg_op = 'UPDATE' then
      v_keys := array(select distinct u.name from unnest(v_keys) u(name));
      v_groups := array(select distinct u.name from unnest(v_groups) u(name));
    end if;
    v_usable := v_usable and cardinality(v_keys) <= %3$s and cardinality(v_groups) <= %3$s and %4$s and %5$s;
  exception when others then
    v_usable := false;
  end;
  if not v_usable then
    perform sidecache.record_whole(%1$L, %2$L);
  elsif v_rows > 0 then
    perform sidecache.record(%1$L, v_keys, v_groups, %2$L);
  end if;
  return null;
end
$t$, cache, notify, coarsen_after,
    case when sidecache.is_short(key, base_types) then 'array_position(v_keys, null) is null'
      else sidecache.names_fit('v_keys') end,
    case when groups = '{}' then 'true' else sidecache.names_fit('v_groups') end);
end
$body$;

-- ---- attach and detach -----------------------------------------------------------------------------------

-- The columns of a table's primary key; NULL where it has none.
create function sidecache.primary_key(tbl regclass) returns text[]
language sql stable set search_path = pg_catalog, pg_temp
as $body$
  select array_agg(a.attname::text order by k.n)
    from pg_index i
    cross join unnest(i.indkey::int2[]) with ordinality k(attnum, n)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
   where i.indrelid = primary_key.tbl and i.indisprimary and k.n <= i.indnkeyatts
$body$;

create function sidecache.is_unique(tbl regclass, key text[]) returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $body$
  select exists (
    select from pg_index i
     where i.indrelid = is_unique.tbl and i.indisunique and i.indisvalid and i.indpred is null
       and i.indexprs is null
       and (select array_agg(a.attname::text)
              from unnest(i.indkey::int2[]) with ordinality k(attnum, n)
              join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
             where k.n <= i.indnkeyatts) <@ is_unique.key)
$body$;

create function sidecache.base_type(type oid) returns oid
language sql stable set search_path = pg_catalog, pg_temp
as $body$
  with recursive down (oid, base, kind) as (
    select t.oid, t.typbasetype, t.typtype from pg_type t where t.oid = base_type.type
    union all
    select t.oid, t.typbasetype, t.typtype from down d join pg_type t on t.oid = d.base where d.kind = 'd'
  )
  select d.oid from down d where d.kind <> 'd'
$body$;

-- Refuses what no trigger could follow, or what would give one row keys of several spellings.
create function sidecache.require_attachable(tbl regclass, cache text, key text[], groups text[],
  coarsen_after int, notify boolean) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $body$
declare
  v_table record;
  v_column record;
begin
  perform sidecache.require_cache(cache);
  select c.relkind, c.relpersistence, c.relnamespace::regnamespace::text as namespace into v_table
    from pg_class c where c.oid = tbl;
  if v_table.relkind is null or v_table.relkind not in ('r', 'p') or v_table.relpersistence = 't'
      or v_table.namespace in ('pg_catalog', 'information_schema', 'sidecache') then
    raise exception '% is not a permanent table of an application', coalesce(tbl::text, 'NULL')
      using errcode = 'wrong_object_type',
        hint = 'Attach the tables that a view or a materialized view reads.';
  end if;
  if coarsen_after is null or coarsen_after < 1 then
    raise exception 'coarsen_after must be 1 or more, was %', coalesce(coarsen_after::text, 'NULL')
      using errcode = 'invalid_parameter_value';
  end if;
  if notify is null or groups is null or array_position(groups, null) is not null then
    raise exception 'notify, groups and each group must not be NULL' using errcode = 'invalid_parameter_value';
  end if;
  if key is null then
    raise exception 'table % has no primary key', tbl
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Name the columns that the cache''s keys are made of: key => array[''…''].';
  end if;
  if cardinality(key) = 0 or array_position(key, null) is not null
      or cardinality(key) <> (select count(distinct k) from unnest(key) k) then
    raise exception 'key must name one or more columns, each once' using errcode = 'invalid_parameter_value';
  end if;
  for v_column in
    select k.name, a.attnum, a.attgenerated, sidecache.base_type(a.atttypid) as base,
        format_type(a.atttypid, a.atttypmod) as type, coalesce(o.collisdeterministic, true) as deterministic,
        k.is_key
      from (select u.name, true as is_key from unnest(key) u(name)
        union all
        select c.name, false from unnest(groups) g(template), sidecache.group_columns(g.template) c(name)) k
      left join pg_attribute a on a.attrelid = tbl and a.attname = k.name and a.attnum > 0
        and not a.attisdropped
      left join pg_collation o on o.oid = a.attcollation
  loop
    if v_column.attnum is null then
      raise exception 'table % has no column %', tbl, quote_ident(v_column.name)
        using errcode = 'undefined_column';
    end if;
    if v_column.attgenerated = 'v' then
      raise exception 'column % of table % is a virtual generated column, which triggers cannot read',
          quote_ident(v_column.name), tbl
        using errcode = 'object_not_in_prerequisite_state', hint = 'Make it a stored one.';
    end if;
    if v_column.is_key and not v_column.deterministic then
      raise exception 'column % of table % cannot be a key: its collation is not deterministic',
          quote_ident(v_column.name), tbl
        using errcode = 'datatype_mismatch',
          hint = 'Spellings that the database takes for equal would be different keys to the cache.';
    end if;
    if v_column.is_key and not (v_column.base::regtype::text in ('smallint', 'integer', 'bigint', 'numeric',
        'text', 'character varying', 'character', '"char"', 'name', 'uuid', 'date', 'boolean', 'bytea', 'oid',
        'xid8', 'pg_lsn', 'inet', 'cidr', 'macaddr', 'macaddr8', 'time without time zone',
        'timestamp without time zone', 'timestamp with time zone')
        or exists (select from pg_type t where t.oid = v_column.base and t.typtype = 'e')) then
      raise exception 'column % of table % cannot be a key: type % has no one text for each value',
          quote_ident(v_column.name), tbl, v_column.type
        using errcode = 'datatype_mismatch',
          hint = 'Integers, numeric, text, uuid, dates, timestamps, boolean, bytea, enums and inet have.';
    end if;
  end loop;
  if exists (select from sidecache.wanted(tbl, 0) w where w.kind not in ('r', 'p')) then
    raise exception 'table % has a partition or child that is a foreign table, whose changes no trigger sees',
        tbl
      using errcode = 'wrong_object_type';
  end if;
end
$body$;

create function sidecache.attach(
  tbl regclass, cache text, key text[] default null, groups text[] default '{}',
  coarsen_after int default 10000, notify boolean default true) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
  v_key text[] := coalesce(attach.key, sidecache.primary_key(tbl));
  v_types jsonb;
  v_base_types jsonb;
  v_old sidecache.attachment;
  v_id int;
  v_names_change boolean;
  v_triggers_change boolean;
  v_covering regclass;
begin
  perform sidecache.require_attachable(tbl, attach.cache, v_key, attach.groups, attach.coarsen_after,
    attach.notify);
  -- The letters SIDEATTC: attachments are made one after the other.
  perform pg_advisory_xact_lock(x'5349444541545443'::bigint);
  perform sidecache.forget_dropped();

  with recursive up (rel) as (
    select i.inhparent from pg_inherits i where i.inhrelid = attach.tbl
    union
    select i.inhparent from up join pg_inherits i on i.inhrelid = up.rel
  )
  select a.tbl into v_covering from up join sidecache.attachment a on a.tbl = up.rel
   where a.cache = attach.cache limit 1;
  if v_covering is not null then
    raise exception 'table % belongs to %, which is attached to this cache', attach.tbl, v_covering
      using errcode = 'object_not_in_prerequisite_state',
        hint = format('Attach %s again: that covers its new partitions and children too.', v_covering);
  end if;

  select jsonb_object_agg(a.attname, format_type(a.atttypid, null)),
      jsonb_object_agg(a.attname, (select t.typname from pg_type t
        where t.oid = sidecache.base_type(a.atttypid) and t.typnamespace = 'pg_catalog'::regnamespace))
    into v_types, v_base_types
    from pg_attribute a
   where a.attrelid = attach.tbl and a.attnum > 0 and not a.attisdropped
     and (a.attname = any (v_key) or exists (
       select from unnest(attach.groups) g(template), sidecache.group_columns(g.template) c(name)
        where c.name = a.attname));
  perform sidecache.group_texts('r', attach.groups, v_base_types);

  select a.* into v_old from sidecache.attachment a where a.tbl = attach.tbl and a.cache = attach.cache;
  v_names_change := (v_old.key, v_old.groups, v_old.types)
    is distinct from (v_key, attach.groups, v_types);
  v_triggers_change := v_old.id is null or exists (
    select from sidecache.wanted(attach.tbl, v_old.id) w where w.present is distinct from w.mode);
  if not v_names_change and not v_triggers_change
      and (v_old.coarsen_after, v_old.notify) is not distinct from (attach.coarsen_after, attach.notify) then
    return false;
  end if;

  perform set_config('sidecache.attaching', 'on', true);
  if v_names_change or v_triggers_change then
    -- Waits for those who are writing under the old definition, or under none. CREATE TRIGGER would take
    -- the same lock, but table by table. Readers go on.
    execute format('lock table %s in share row exclusive mode', attach.tbl);
  end if;
  if v_old.id is null then
    insert into sidecache.attachment (tbl, cache, key, groups, coarsen_after, notify, types)
    values (attach.tbl, attach.cache, v_key, attach.groups, attach.coarsen_after, attach.notify, v_types)
    returning id into v_id;
  else
    v_id := v_old.id;
    update sidecache.attachment a
       set key = v_key, groups = attach.groups, coarsen_after = attach.coarsen_after, notify = attach.notify,
         types = v_types
     where a.id = v_id;
  end if;
  perform sidecache.make_function(v_id, sidecache.trigger_body(v_id, attach.cache, v_key, attach.groups,
    attach.coarsen_after, attach.notify, sidecache.is_unique(attach.tbl, v_key), v_base_types, v_types));
  if v_triggers_change then
    perform sidecache.make_triggers(attach.tbl, v_id);
  end if;
  if v_names_change or v_triggers_change then
    -- What was cached before may be of changes that no trigger saw.
    perform sidecache.record_whole(attach.cache, attach.notify);
  end if;
  perform set_config('sidecache.attaching', 'off', true);
  return true;
end
$body$;
comment on function sidecache.attach(regclass, text, text[], text[], int, boolean) is
  'Makes each change of a table invalidate a cache. Returns whether there was anything to do.';

create function sidecache.make_function(id int, body text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
  v_owner regrole := (select n.nspowner from pg_namespace n where n.nspname = 'sidecache');
begin
  execute format(
    'create or replace function sidecache.%I() returns trigger language plpgsql security definer'
    ' set search_path = pg_catalog, pg_temp set timezone = ''UTC'' set datestyle = ''ISO, YMD'''
    ' set intervalstyle = ''postgres'' set bytea_output = ''hex'' set extra_float_digits = 1'
    ' set standard_conforming_strings = on as %L', 'on_' || id, body);
  execute format('revoke all on function sidecache.%I() from public', 'on_' || id);
  if v_owner <> current_user::regrole then
    execute format('alter function sidecache.%I() owner to %s', 'on_' || id, v_owner);
  end if;
end
$body$;

create function sidecache.make_triggers(tbl regclass, id int) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
  v_wanted record;
begin
  for v_wanted in
    select w.rel::regclass as rel, w.name, split_part(w.name, '_', 3) as event
      from sidecache.wanted(tbl, make_triggers.id) w
     where w.present is null and not w.clone order by w.depth, w.rel, w.name
  loop
    execute format('create or replace trigger %I after %s on %s %s for each %s execute function sidecache.%I()',
      v_wanted.name,
      case v_wanted.event when 'row' then 'insert or update or delete' else v_wanted.event end,
      v_wanted.rel,
      case v_wanted.event
        when 'insert' then 'referencing new table as sidecache_new'
        when 'update' then 'referencing old table as sidecache_old new table as sidecache_new'
        when 'delete' then 'referencing old table as sidecache_old' else '' end,
      case v_wanted.event when 'row' then 'row' else 'statement' end,
      'on_' || make_triggers.id);
  end loop;
  for v_wanted in
    select w.rel::regclass as rel, w.name, w.mode
      from sidecache.wanted(tbl, make_triggers.id) w
     where w.present <> w.mode order by w.depth, w.rel, w.name
  loop
    -- ONLY: a partition's trigger has a mode of its own.
    execute format('alter table only %s enable %s trigger %I', v_wanted.rel,
      case v_wanted.mode when 'A' then 'always' when 'R' then 'replica' else '' end, v_wanted.name);
  end loop;
end
$body$;

create function sidecache.detach(tbl regclass, cache text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
  v_id int;
  v_trigger record;
begin
  perform pg_advisory_xact_lock(x'5349444541545443'::bigint);
  perform sidecache.forget_dropped();
  delete from sidecache.attachment a where a.tbl = detach.tbl and a.cache = detach.cache
  returning a.id into v_id;
  if v_id is null then
    return false;
  end if;
  perform set_config('sidecache.attaching', 'on', true);
  -- By function, not by table: partitions detached since keep their triggers.
  for v_trigger in
    select g.tgrelid::regclass as rel, g.tgname as name from pg_trigger g
     where g.tgfoid = to_regproc('sidecache.on_' || v_id) and g.tgparentid = 0
  loop
    execute format('drop trigger %I on %s', v_trigger.name, v_trigger.rel);
  end loop;
  execute format('drop function sidecache.%I()', 'on_' || v_id);
  perform set_config('sidecache.attaching', 'off', true);
  return true;
end
$body$;
comment on function sidecache.detach(regclass, text) is
  'Undoes attach. Returns whether there was anything to undo. Takes ACCESS EXCLUSIVE locks.';

-- Forgets the attachments of tables that are gone, unless a detached partition of theirs lives on.
create function sidecache.forget_dropped() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
  v_id int;
begin
  for v_id in
    select a.id from sidecache.attachment a
     where not exists (select from pg_class c where c.oid = a.tbl)
       and not exists (select from pg_trigger g where g.tgfoid = to_regproc('sidecache.on_' || a.id))
  loop
    delete from sidecache.attachment a where a.id = v_id;
    execute format('drop function if exists sidecache.%I()', 'on_' || v_id);
  end loop;
end
$body$;

-- ---- Following DDL, where a superuser installs -----------------------------------------------------------

create function sidecache.on_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
declare
  v_attachment sidecache.attachment;
begin
  if current_setting('sidecache.attaching', true) = 'on' or not exists (select from sidecache.attachment) then
    return;
  end if;
  for v_attachment in
    with recursive up (rel) as (
      select d.objid from pg_event_trigger_ddl_commands() d
       where d.classid = 'pg_class'::regclass and d.object_type = 'table'
      union
      select i.inhparent from up join pg_inherits i on i.inhrelid = up.rel
    )
    select a.* from sidecache.attachment a where a.tbl in (select up.rel from up)
  loop
    if tg_tag = 'ALTER TABLE' then
      perform sidecache.record_whole(v_attachment.cache, v_attachment.notify);
    end if;
    -- A trigger that somebody has disabled stays so: the view says it.
    if exists (select from sidecache.wanted(v_attachment.tbl, v_attachment.id) w where w.present is null)
        or exists (select from jsonb_each_text(v_attachment.types) t
          where sidecache.column_types(v_attachment.tbl) ->> t.key is distinct from t.value) then
      begin
        perform sidecache.attach(v_attachment.tbl, v_attachment.cache, v_attachment.key, v_attachment.groups,
          v_attachment.coarsen_after, v_attachment.notify);
      exception when others then
        raise warning 'table % is no longer attached to cache % as it should be: %', v_attachment.tbl,
            v_attachment.cache, sqlerrm
          using hint = 'Its changes invalidate too much or, in new partitions, too little. Attach it again.';
      end;
    end if;
  end loop;
end
$body$;

create function sidecache.on_drop() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
declare
  v_attachment sidecache.attachment;
begin
  for v_attachment in
    select a.* from sidecache.attachment a
     where a.id::text in (
       select substring(d.address_names[3] from '^sidecache_([0-9]+)_')
         from pg_event_trigger_dropped_objects() d where d.object_type = 'trigger')
  loop
    perform sidecache.record_whole(v_attachment.cache, v_attachment.notify);
  end loop;
exception when undefined_table or undefined_function then
  -- The schema is going, too.
  return;
end
$body$;

do $ddl$
begin
  create event trigger sidecache_ddl on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE')
    execute function sidecache.on_ddl();
  create event trigger sidecache_drop on sql_drop when tag in ('DROP TABLE', 'DROP SCHEMA', 'DROP OWNED')
    execute function sidecache.on_drop();
exception when insufficient_privilege then
  raise notice 'Sidecache does not follow DDL here: event triggers need a superuser'
    using hint = 'After DDL on partitions call sidecache.attach again, and sidecache.invalidate_all where rows'
      ' came or went with them.';
end
$ddl$;

-- ---- Who may what ----------------------------------------------------------------------------------------

create function sidecache.grant_to_listener() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $body$
begin
  grant usage on schema sidecache to sidecache_listener;
  grant select on sidecache.invalidation, sidecache.prune_floor, sidecache.fleet_key, sidecache.attached
    to sidecache_listener;
  grant execute on function
    sidecache.invalidate(text, text[]), sidecache.invalidate_group(text, text[]),
    sidecache.invalidate_all(text), sidecache.heartbeat(text), sidecache.prune(interval), sidecache.floor(),
    sidecache.wanted(regclass, int), sidecache.column_types(regclass)
    to sidecache_listener;
end
$body$;

revoke all on all tables in schema sidecache from public;
revoke all on all functions in schema sidecache from public;

do $role$
begin
  begin
    create role sidecache_listener nologin;
  exception
    -- Roles belong to the cluster: another database may have brought it, or be bringing it now.
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then
      if not exists (select from pg_roles r where r.rolname = 'sidecache_listener') then
        raise notice 'role sidecache_listener does not exist and % may not create it', current_user
          using hint = 'Let a role that may run: create role sidecache_listener nologin;'
            ' then, as now: select sidecache.grant_to_listener();';
        return;
      end if;
  end;
  perform sidecache.grant_to_listener();
end
$role$;
