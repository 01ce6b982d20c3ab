CREATE TABLE t (a int, b int);
CREATE INDEX by_a ON t (a) DISTRIBUTED BY (a);
