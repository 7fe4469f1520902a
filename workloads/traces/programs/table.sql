-- A table is loaded, indexed, queried, joined, updated and emptied. Deterministic: a linear
-- congruential sequence stands for random numbers.
pragma cache_size = 400;
create table reading (id integer primary key, sensor integer, day integer, value real, note text);
create table sensor (id integer primary key, name text, place text);
insert into sensor with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)
  select i, 'sensor ' || i, case i % 3 when 0 then 'roof' when 1 then 'cellar' else 'yard' end from n;
begin;
insert into reading with recursive n(i, x) as
  (select 1, 12345 union all select i + 1, (x * 1103515245 + 12345) % 2147483648 from n where i < 30000)
  select i, 1 + x % 200, i / 80, (x % 10007) / 100.0,
         substr('the quick brown fox jumps over the lazy dog', 1 + x % 20, x % 24) from n;
commit;
create index reading_by_sensor on reading (sensor, day);
analyze;
select place, count(*), round(avg(value), 3), max(length(note))
  from reading join sensor on sensor.id = reading.sensor group by place order by place;
select sensor, day, total(value) as t from reading group by sensor, day having count(*) > 3
  order by t desc limit 15;
select upper(note) || '/' || sensor as key, group_concat(printf('%.1f', value), ' ')
  from reading where note like '%fox%' group by key order by length(key) desc, key limit 10;
update reading set note = note || ' (checked)' where value > 90;
select name, (select group_concat(note, ';') from reading where sensor = sensor.id and day < 20) is null
  from sensor order by name limit 8;
with ranked as (select sensor, value, row_number() over (partition by sensor order by value desc) as r
  from reading) select count(*), round(sum(value), 2) from ranked where r <= 5;
select json_group_array(json_object('name', name, 'place', place)) ->> '$[7].name' from sensor;
delete from reading where day % 3 = 1;
select count(*), round(total(value), 3) from reading;
drop index reading_by_sensor;
