-- Every kind of state that there is: groups with all that they keep beside their records, what hangs below them, words,
-- tables with and without a key, groups that go, views with rows of their own.
CREATE SOURCE clicks (
    id         BIGINT,
    user_id    VARCHAR,
    session_id VARCHAR,
    page       VARCHAR,
    country    VARCHAR,
    amount     NUMERIC,
    price      DOUBLE PRECISION,
    at         TIMESTAMPTZ
) WITH (
    connector = 'kafka',
    topic = 'clicks',
    properties.bootstrap.server = '${BROKERS}'
) FORMAT PLAIN ENCODE JSON;

CREATE TABLE accounts (
    id      INT PRIMARY KEY,
    owner   VARCHAR,
    city    VARCHAR,
    balance NUMERIC
) WITH (
    connector = 'kafka',
    topic = 'accounts',
    properties.bootstrap.server = '${BROKERS}'
) FORMAT PLAIN ENCODE JSON;

CREATE TABLE notes (line VARCHAR, weight INT);

INSERT INTO notes VALUES ('once per state directory', 1), ('once per state directory', 2);

CREATE MATERIALIZED VIEW sessions AS
SELECT session_id, min(at) AS first_at, max(at) AS last_at, max(page) AS last_page, count(*) AS clicks, sum(amount) AS amount,
       avg(price) AS price, stddev(price) AS spread, bool_or(page = '/buy') AS bought, count(DISTINCT page) AS pages
FROM clicks GROUP BY session_id;

CREATE MATERIALIZED VIEW session_users AS
SELECT session_id, user_id, country, count(*) AS clicks, max(amount) AS most, count(DISTINCT amount) AS amounts
FROM clicks GROUP BY session_id, user_id, country;

CREATE MATERIALIZED VIEW pages AS
SELECT page, count(*) AS clicks, count(DISTINCT user_id) AS users, count(DISTINCT session_id) AS sessions,
       count(DISTINCT country) AS countries
FROM clicks GROUP BY page;

CREATE MATERIALIZED VIEW lengths AS
SELECT clicks, count(*) AS sessions, min(first_at) AS first_at, max(amount) AS most, count(DISTINCT last_page) AS last_pages,
       min(session_id) AS least
FROM sessions GROUP BY clicks;

CREATE MATERIALIZED VIEW whole AS
SELECT count(*) AS clicks, sum(amount) AS amount, count(DISTINCT user_id) AS users, max(price) AS price FROM clicks;

CREATE MATERIALIZED VIEW owners AS
SELECT owner, count(*) AS accounts, sum(balance) AS balance, min(balance) AS least, max(city) AS city,
       count(DISTINCT city) AS cities
FROM accounts GROUP BY owner;

CREATE MATERIALIZED VIEW cities AS
SELECT DISTINCT city, owner FROM accounts WHERE balance > 0;

CREATE MATERIALIZED VIEW all_names AS
SELECT owner AS name, balance AS value FROM accounts WHERE balance > 10
UNION ALL
SELECT session_id, amount FROM sessions WHERE bought
UNION ALL
SELECT line, weight FROM notes;

CREATE SINK bought_sessions AS
SELECT session_id, clicks, amount FROM sessions WHERE bought
WITH (
    connector = 'kafka',
    topic = 'bought',
    properties.bootstrap.server = '${BROKERS}',
    primary_key = 'session_id'
) FORMAT UPSERT ENCODE JSON;

CREATE SINK every_click AS
SELECT id, session_id, page FROM clicks
WITH (
    connector = 'kafka',
    topic = 'every_click',
    properties.bootstrap.server = '${BROKERS}',
    delivery = 'exactly_once'
) FORMAT PLAIN ENCODE JSON;
