CREATE SOURCE s (a int) WITH (connector = 'kafka', topic = 't') FORMAT PLAIN ENCODE JSON;
CREATE SOURCE u (a int);
CREATE SOURCE w (a int) WITH (topic = 't');
CREATE TABLE t (a int);
CREATE MATERIALIZED VIEW v AS SELECT a, count(*) AS n FROM t GROUP BY a;
CREATE SINK x FROM v WITH (connector = 'stdout') FORMAT UPSERT ENCODE JSON;
CREATE SINK y FROM v WITH (connector = 'stdout') FORMAT PLAIN ENCODE JSON;
CREATE SINK z FROM v;
CREATE SOURCE f (a int) WITH (connector = 'kafka', topic = 't', properties.bootstrap.server = 'b:9092');
