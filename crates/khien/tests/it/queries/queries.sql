-- Questions that every engine answers alike: standard SQL, and an order that decides between equals.

-- name: rows of each class
select class, format, count(*) as n from events where class <> 'source' group by class, format order by class, format;

-- name: hosts and their span
select host, count(*) as n, min(time) as first, max(time) as last from events
where class not in ('source', 'dead_letter') group by host order by host;

-- name: who asked for names below a domain
select host, domain, min(time) as first, count(*) as n from dns
where domain like '%.test' or domain like '%.invalid' or domain like '%.example' or domain like '%.example.%' group by host, domain order by host, domain limit 200;

-- name: a number in a condition
select host, dst_port, count(*) as n from network where dst_port >= 1024 and dst_port < 60000
group by host, dst_port order by n desc, host, dst_port limit 100;

-- name: what is not there
select count(*) as n, count(time) as with_time, count(image) as with_image, count(sha256) as with_hash from events where class <> 'source';

-- name: sightings merged over files
select kind, count(distinct value) as observables, sum(count) as seen, min(first) as first, max(last) as last
from sightings group by kind order by kind;

-- name: releases and the names that they ask for
select app, app_version, value, count(distinct host) as hosts, sum(count) as n from behaviour
where kind = 'domain' group by app, app_version, value order by app, app_version, value limit 300;

-- name: a join of two tables
select r.host, r.kind, c.class from reach r join coverage c on r.host = c.host and r.org = c.org
where r.kind = 'domain' and c.class in ('dns', 'network') group by r.host, r.kind, c.class order by r.host, r.kind, c.class;

-- name: findings
select severity, title, host, count(*) as n from finding where rule is not null
group by severity, title, host order by severity, title, host;

-- name: months
select month, count(*) as n from events where class <> 'source' group by month order by month;
