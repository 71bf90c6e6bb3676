-- The article's example: nothing in it belongs to the sidecar.
create table products (
  id         bigint generated always as identity primary key,
  name       text not null,
  price      numeric(10, 2) not null,
  updated_at timestamptz not null default now()
);

create function notify_new_product() returns trigger language plpgsql as $$
begin
  perform pg_notify('new_product_channel', new.id::text);
  return new;
end;
$$;

create trigger product_inserted after insert on products
  for each row execute function notify_new_product();

-- A change of the key concerns both keys. Within one transaction equal payloads are sent once.
create function notify_changed_product() returns trigger language plpgsql as $$
begin
  perform pg_notify('new_product_channel', old.id::text);
  if tg_op = 'UPDATE' then
    perform pg_notify('new_product_channel', new.id::text);
  end if;
  return null;
end;
$$;

create trigger product_changed after update or delete on products
  for each row execute function notify_changed_product();

insert into products (id, name, price) overriding system value values
  (1, 'Notebook', 4.50),
  (2, 'Pencil', 0.90),
  (7, 'Desk lamp', 39.00),
  (42, 'Towel', 12.00);

-- The next product made by hand gets the number 43.
select setval(pg_get_serial_sequence('products', 'id'), 42);

-- What the application and its sidecar sign in as.
create role shop login password 'for-trying-out';
grant select, insert, update, delete on products to shop;
