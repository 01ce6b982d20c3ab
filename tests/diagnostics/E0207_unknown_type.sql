CREATE TABLE t (a intt, b json, c hyperloglog, d money);
