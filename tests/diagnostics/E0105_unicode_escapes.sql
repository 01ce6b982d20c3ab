CREATE TABLE t (a text, u int, b int);
CREATE VIEW v AS SELECT U&'d\006' AS s FROM t;
CREATE VIEW w AS SELECT a FROM t WHERE a = u&'d!0061t' UESCAPE '+';
CREATE VIEW x AS SELECT U&"d\zz61t" FROM t;
CREATE VIEW y AS SELECT U&'\D83D x' AS s, U&'\0000' AS n FROM t;
CREATE VIEW operators AS SELECT u&b AS c, u & 5 AS d, 'U&''x''' AS e FROM t;
CREATE VIEW what_is_right AS SELECT U&'d\0061t\+000061 \\ !' AS s, U&'d!0061t \' UESCAPE '!' AS "r", U&'\D83D\DE00' AS U&"n\0061me" FROM t;
