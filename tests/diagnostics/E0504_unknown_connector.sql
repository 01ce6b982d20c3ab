CREATE SOURCE s (a int) WITH (connector = 'kafak', topic = 't') FORMAT PLAIN ENCODE JSON;
CREATE TABLE t (a int);
CREATE SINK x FROM t WITH (connector = 'elasticsearch');
