CREATE TABLE t (a int, b int, a text);

CREATE TABLE u (a int, b int);
INSERT INTO u (a, b, a) VALUES (1, 2, 3);
UPDATE u SET a = 1, a = 2;
CREATE MATERIALIZED VIEW v AS SELECT a, b AS a FROM u;
CREATE SOURCE s (_rw_kafka_key bytea) INCLUDE KEY WITH (connector = 'kafka', topic = 't', properties.bootstrap.server = 'b:9092') FORMAT PLAIN ENCODE JSON;
