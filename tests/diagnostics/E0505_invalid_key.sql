CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY);
CREATE TABLE u (a int, PRIMARY KEY (a, a));
CREATE TABLE w (a int PRIMARY KEY) APPEND ONLY;
CREATE SOURCE s (a int PRIMARY KEY) WITH (connector = 'datagen');
CREATE TABLE x (a int, b int);
CREATE SINK y FROM x WITH (connector = 'stdout', primary_key = 'a, c') FORMAT UPSERT ENCODE JSON;
CREATE TABLE z (a int, PRIMARY KEY (a, b));
