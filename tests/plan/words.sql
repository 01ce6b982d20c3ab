-- Columns with few values are words. Records of more keys lie below those of fewer, and distinct identifiers of a word are lists of
-- words by identifier: user_id gets an aggregate for that, session_id has one.
CREATE SOURCE events (user_id varchar, session_id varchar, kind varchar, page varchar, device varchar, at timestamptz)
WITH (connector = 'kafka', topic = 'events', properties.bootstrap.server = 'localhost:9092') FORMAT PLAIN ENCODE JSON;

CREATE MATERIALIZED VIEW sessions AS SELECT session_id, count(*) AS n, bool_or(page LIKE '/cart%') AS saw_cart FROM events GROUP BY session_id;
CREATE MATERIALIZED VIEW session_users AS
SELECT session_id, user_id, device, max(CASE WHEN kind = 'view' THEN page END) AS last_page, count(DISTINCT page) AS pages
FROM events GROUP BY session_id, user_id, device;
CREATE MATERIALIZED VIEW pages AS
SELECT page, count(*) AS views, count(DISTINCT user_id) AS users, count(DISTINCT session_id) AS sessions FROM events WHERE kind = 'view' GROUP BY page;
