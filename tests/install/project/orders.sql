CREATE TABLE orders (id int PRIMARY KEY, amount numeric);
INSERT INTO orders VALUES (1, 10.50), (2, 4.25);
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS orders, sum(amount) AS amount FROM orders;
