-- Only columns that a view reads are in the row; aggregates that nobody reads are not computed.
CREATE SOURCE wide (a int, b int, c int, d int, e varchar, f jsonb)
WITH (connector = 'kafka', topic = 'wide', properties.bootstrap.server = 'localhost:9092') FORMAT PLAIN ENCODE JSON;

CREATE MATERIALIZED VIEW only_b AS
WITH q AS (SELECT a, sum(b) AS b, sum(c) AS c, max(d) AS d FROM wide GROUP BY a)
SELECT a, b FROM q WHERE b > 10;
