-- The article's table and triggers, as an application would have them; nothing here is Sidecache's.
create table products (
  id bigint primary key,
  name text not null,
  price numeric(10, 2) not null
);

create function notify_new_product() returns trigger language plpgsql as $$
begin
  perform pg_notify('new_product_channel', NEW.id::text);
  return NEW;
end;
$$;

create function notify_deleted_product() returns trigger language plpgsql as $$
begin
  perform pg_notify('new_product_channel', OLD.id::text);
  return OLD;
end;
$$;

create trigger new_product_trigger
  after insert on products for each row execute function notify_new_product();
create trigger changed_product_trigger
  after update on products for each row execute function notify_new_product();
create trigger deleted_product_trigger
  after delete on products for each row execute function notify_deleted_product();

-- A second table, whose trigger tells of a change as JSON.
create table orders (
  tenant integer not null,
  id integer not null,
  note text not null,
  primary key (tenant, id)
);

create function notify_order() returns trigger language plpgsql as $$
declare
  changed orders;
begin
  changed := case when TG_OP = 'DELETE' then OLD else NEW end;
  perform pg_notify(
    'orders_changed', json_build_object('tenant', changed.tenant, 'id', changed.id)::text);
  return changed;
end;
$$;

create trigger order_trigger
  after insert or update or delete on orders for each row execute function notify_order();

insert into products select n, 'product ' || n, n * 1.5 from generate_series(1, 100) n;
insert into orders select 7, n, 'order ' || n from generate_series(1, 10) n;
