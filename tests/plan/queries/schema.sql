CREATE SOURCE clicks (user_id varchar, page varchar, ts timestamptz)
WITH (connector = 'kafka', topic = 'clicks', properties.bootstrap.server = 'broker:9092') FORMAT PLAIN ENCODE JSON;
CREATE TABLE users (id int PRIMARY KEY, name varchar, country varchar, age smallint, balance numeric(10, 2), joined date DEFAULT '2026-01-01');
CREATE TABLE orders (id int PRIMARY KEY, user_id int, amount numeric, placed timestamp, note jsonb);
CREATE MATERIALIZED VIEW page_counts AS SELECT page, count(*) AS n, max(ts) AS last FROM clicks GROUP BY page ORDER BY n DESC;
CREATE VIEW busy_pages AS SELECT page AS busy FROM page_counts WHERE n > 10;
CREATE VIEW raw_clicks AS SELECT * FROM clicks;
