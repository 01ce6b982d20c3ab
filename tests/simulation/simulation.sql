-- What simulate.cpp runs between a broker and a disk that are made up: a source, tables that statements change, views of both, and two
-- sinks that write exactly once.
CREATE SOURCE clicks (id bigint, page varchar, amount bigint) WITH (connector = 'kafka', topic = 'clicks', properties.bootstrap.server = 'nowhere') FORMAT PLAIN ENCODE JSON;
CREATE TABLE notes (id bigint PRIMARY KEY, page varchar, amount bigint);
CREATE TABLE marks (line varchar);
INSERT INTO marks VALUES ('once per state directory');
CREATE MATERIALIZED VIEW pages AS
SELECT page, count(*) AS clicks, sum(amount) AS amount, count(DISTINCT amount) AS amounts, max(id) AS newest
FROM (SELECT id, page, amount FROM clicks UNION ALL SELECT id, page, amount FROM notes) AS both_of_them GROUP BY page;
CREATE MATERIALIZED VIEW counts AS SELECT clicks, count(*) AS pages, min(page) AS first_page FROM pages GROUP BY clicks;
CREATE SINK every_click AS SELECT id FROM clicks
WITH (connector = 'kafka', topic = 'every_click', properties.bootstrap.server = 'nowhere', delivery = 'exactly_once') FORMAT PLAIN ENCODE JSON;
CREATE SINK page_changes AS SELECT page, clicks, amount, amounts FROM pages
WITH (connector = 'kafka', topic = 'page_changes', properties.bootstrap.server = 'nowhere', primary_key = 'page', delivery = 'exactly_once') FORMAT DEBEZIUM ENCODE JSON;
