CREATE TABLE t (a int PRIMARY KEY);
CREATE SINK same FROM t WITH (connector = 'stdout', primary_key = 'a', type = 'upsert') FORMAT UPSERT ENCODE JSON;
CREATE SINK alone FROM t WITH (connector = 'stdout', primary_key = 'a', type = 'debezium');
CREATE SINK s1 FROM t WITH (connector = 'stdout', type = 'upsert', force_append_only = 'true') FORMAT PLAIN ENCODE JSON;
CREATE SINK s2 FROM t WITH (connector = 'stdout', primary_key = 'a', type = 'append-only') FORMAT Debezium ENCODE JSON;
CREATE SINK s3 FROM t WITH (connector = 'stdout', primary_key = 'a', type = '${KIND}');
CREATE SINK s4 FROM t WITH (connector = 'stdout', type = 'upsret');
CREATE SINK s5 FROM t WITH (connector = 'stdout', type = 'append-only');
CREATE SINK s6 FROM t WITH (connector = 'stdout', type = 'upsert');
