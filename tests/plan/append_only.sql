-- What can take rows back and what cannot: a MIN over the one is a value, over the other a multiset.
CREATE TABLE log (k varchar, v int) APPEND ONLY;
CREATE TABLE keyed (k varchar PRIMARY KEY, v int);

CREATE MATERIALIZED VIEW from_log AS SELECT k, min(v) AS least, count(DISTINCT v) AS n FROM log GROUP BY k;
CREATE MATERIALIZED VIEW from_keyed AS SELECT min(v) AS least, count(DISTINCT v) AS n FROM keyed;
CREATE MATERIALIZED VIEW from_groups AS SELECT least, count(*) AS n, max(k) AS last FROM from_log GROUP BY least;
CREATE MATERIALIZED VIEW distinct_log AS SELECT DISTINCT k FROM log;
CREATE MATERIALIZED VIEW filtered AS SELECT k, v FROM log WHERE v > 0;
CREATE MATERIALIZED VIEW all_of_them AS SELECT k FROM log UNION ALL SELECT k FROM keyed;
