-- A look-aside cache: the application fills it, the trigger empties it. The key has two parts.
create table orders (
  tenant text   not null,
  id     bigint not null,
  status text   not null,
  total  numeric(10, 2) not null,
  primary key (tenant, id)
);

create function notify_changed_order() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    perform pg_notify('orders_changed',
      json_build_object('tenant', old.tenant, 'id', old.id)::text);
  end if;
  if tg_op <> 'DELETE' then
    perform pg_notify('orders_changed',
      json_build_object('tenant', new.tenant, 'id', new.id)::text);
  end if;
  return null;
end;
$$;

create trigger order_changed after insert or update or delete on orders
  for each row execute function notify_changed_order();

insert into orders (tenant, id, status, total) values
  ('acme', 1, 'paid', 51.00),
  ('acme', 2, 'open', 12.90),
  ('globex', 1, 'shipped', 39.00);
