CREATE TABLE t (a varchar(0), b numeric(2000), c numeric(3, 5), d timestamp(3), e int(4));
