WITH once AS (SELECT id FROM users) SELECT * FROM once;
WITH twice AS (SELECT id FROM users) SELECT * FROM twice a JOIN twice b ON a.id = b.id;
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n) FROM t;
WITH RECURSIVE reach(id) AS (VALUES (1) UNION SELECT o.user_id FROM orders o JOIN reach r ON o.id = r.id) SELECT * FROM reach;
SELECT name, (WITH own AS (SELECT amount FROM orders o WHERE o.user_id = u.id) SELECT max(amount) FROM own WHERE amount < (SELECT avg(amount) FROM own)) FROM users u;
SELECT id FROM users UNION SELECT user_id FROM orders EXCEPT ALL SELECT 1 INTERSECT SELECT 2;
SELECT 1 UNION ALL SELECT 2.5 UNION ALL SELECT NULL ORDER BY 1;
SELECT '2026-01-01' UNION SELECT joined FROM users;
(SELECT id FROM users ORDER BY id LIMIT 1) UNION ALL (SELECT id FROM orders LIMIT 2) LIMIT 3;
