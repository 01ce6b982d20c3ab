-- Plain views are filters and projections inside what reads them; UNION ALL is a map of its own.
CREATE TABLE orders (id int PRIMARY KEY, customer varchar, cents bigint, state varchar);

CREATE VIEW paid AS SELECT id, customer, cents / 100.0 AS amount FROM orders WHERE state = 'paid';
CREATE VIEW large AS SELECT customer, amount FROM paid WHERE amount > 1000;
CREATE MATERIALIZED VIEW large_by_customer AS SELECT lower(customer) AS customer, sum(amount) AS amount FROM large GROUP BY lower(customer);
CREATE MATERIALIZED VIEW either AS SELECT id, 'paid' AS why FROM paid UNION ALL SELECT id, 'cheap' FROM orders WHERE cents < 100;
