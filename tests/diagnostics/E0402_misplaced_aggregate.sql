CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS
SELECT user_id, count(*) AS n FROM events WHERE count(*) > 1 GROUP BY user_id;
CREATE MATERIALIZED VIEW w AS SELECT sum(max(amount)) AS s FROM events;
CREATE MATERIALIZED VIEW x AS SELECT count(*) AS n FROM events GROUP BY 1;
CREATE MATERIALIZED VIEW y AS SELECT lower(user_id) FILTER (WHERE amount > 1) AS l FROM events;
CREATE MATERIALIZED VIEW z AS SELECT n FROM (SELECT user_id AS n FROM events) AS e GROUP BY n, max(n);
DELETE FROM events WHERE amount > avg(amount);
