SELECT country, count(*), sum(balance) FILTER (WHERE age > 18) AS adults FROM users GROUP BY country HAVING count(*) > 1 ORDER BY 2 DESC;
SELECT max(age) FROM users HAVING min(age) > 3;
SELECT u.id, u.name, sum(o.amount) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id;
SELECT country, age, count(*), GROUPING(country, age) FROM users GROUP BY ROLLUP (country, age);
SELECT country, age, count(*) FROM users GROUP BY CUBE (country, age) ORDER BY GROUPING(country), country;
SELECT country, name, count(*) FROM users GROUP BY country, GROUPING SETS ((name), ());
SELECT count(*) FROM users GROUP BY ();
SELECT upper(country), count(DISTINCT name) FROM users GROUP BY upper(country);
