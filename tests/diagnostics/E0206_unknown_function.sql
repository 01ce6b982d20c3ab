CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS
SELECT uper(user_id) AS a, user_id + amount AS b, split_part(user_id, '/') AS c, sum(user_id) AS d, bool_or(*) AS e
FROM events GROUP BY user_id, amount;
