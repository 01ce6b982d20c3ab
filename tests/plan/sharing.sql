-- Two views by the same keys are one table; the order of the keys does not matter. Another filter is another table.
CREATE SOURCE hits (user_id varchar, page varchar, ms int, at timestamptz, unused jsonb)
WITH (connector = 'kafka', topic = 'hits', properties.bootstrap.server = 'localhost:9092') FORMAT PLAIN ENCODE JSON;

CREATE MATERIALIZED VIEW slowest AS SELECT user_id, page, max(ms) AS ms FROM hits GROUP BY user_id, page;
CREATE MATERIALIZED VIEW counted AS SELECT page, user_id, count(*) AS n, max(ms) AS slowest FROM hits GROUP BY page, user_id;
CREATE MATERIALIZED VIEW slow AS SELECT page, user_id, count(*) AS n FROM hits WHERE ms > 1000 GROUP BY page, user_id;
