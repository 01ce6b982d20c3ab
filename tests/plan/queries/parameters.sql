SELECT * FROM users WHERE id = $1 AND name = $2;
SELECT $1;
SELECT $2 + 1, $1::bigint FROM users LIMIT $3;
SELECT * FROM users WHERE id IN ($1, $2, 3) AND joined > $3 AND balance BETWEEN $4 AND $5;
SELECT $1 UNION SELECT 1;
SELECT coalesce($1, age), CASE WHEN $2 THEN 'x' ELSE $3 END FROM users;
SELECT * FROM users WHERE name LIKE $1 || '%';
SELECT * FROM users WHERE id = (SELECT $1::int) OR id IN (SELECT user_id FROM orders WHERE amount > $2);
