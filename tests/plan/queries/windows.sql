SELECT name, row_number() OVER (PARTITION BY country ORDER BY age DESC) AS n FROM users;
SELECT name, rank() OVER w, sum(balance) OVER w AS total FROM users WINDOW w AS (PARTITION BY country ORDER BY age);
SELECT sum(age) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE TIES), lag(name, 2, 'none') OVER (ORDER BY id), ntile(4) OVER () FROM users;
SELECT country, sum(count(*)) OVER (ORDER BY country) FROM users GROUP BY country;
SELECT first_value(amount) OVER (ORDER BY placed RANGE BETWEEN '1 day' PRECEDING AND UNBOUNDED FOLLOWING) FROM orders;
SELECT count(*) FILTER (WHERE age > 3) OVER (w GROUPS 1 PRECEDING) FROM users WINDOW w AS (ORDER BY age);
SELECT id, generate_series(1, age) FROM users;
SELECT generate_series(1, 3) AS a, generate_series(1, 2) AS b;
