-- What the sessions of the protocol fuzzer talk to.
CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR, c NUMERIC, d TIMESTAMPTZ, e INT[]);
CREATE MATERIALIZED VIEW v AS SELECT b, count(*) AS n, sum(c) AS s FROM t GROUP BY b;
