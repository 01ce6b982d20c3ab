-- What was reported once is not reported again where it is used.
CREATE TABLE events (a it, b text, c int);
CREATE MATERIALIZED VIEW bad_column AS SELECT d FROM events;
CREATE MATERIALIZED VIEW reads_bad_column AS SELECT d, count(*) AS n FROM bad_column GROUP BY d;
CREATE MATERIALIZED VIEW uses_bad_type AS SELECT a + 1 AS x, a LIKE 'y' AS z, max(a) AS m FROM events GROUP BY a;
CREATE MATERIALIZED VIEW star_of_bad_type AS SELECT * FROM events;
CREATE MATERIALIZED VIEW does_not_parse AS SELECT FROM WHERE events;
CREATE MATERIALIZED VIEW reads_what_does_not_parse AS SELECT anything FROM does_not_parse WHERE everything > 1;
CREATE SINK s FROM does_not_parse WITH (connector = 'stdout');
CREATE TABLE sqlmill_mine (a int);
INSERT INTO sqlmill_mine VALUES (1);
CREATE MATERIALIZED VIEW cte AS WITH x AS (SELECT nope FROM events), y AS (SELECT nope FROM x) SELECT nope FROM y ORDER BY nope;
CREATE MATERIALIZED VIEW both AS SELECT d FROM bad_column UNION ALL SELECT b FROM events;
CREATE MATERIALIZED VIEW sub AS SELECT q FROM (SELECT b + c AS q FROM events) AS s WHERE q > 1;
CREATE INDEX i ON bad_column (d);
CREATE MATERIALIZED VIEW too_early AS SELECT x FROM made_later;
CREATE MATERIALIZED VIEW made_later AS SELECT c AS x FROM events;
