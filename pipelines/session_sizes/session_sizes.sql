-- How long visits are: a histogram of session sizes. Every event makes a session one event longer, so it takes a row
-- out of one bar and puts it into the next: on the second level each input row is an update.

CREATE SOURCE click_events (
    event_id     VARCHAR,
    user_id      VARCHAR,
    session_id   VARCHAR,
    event_type   VARCHAR,
    page_url     VARCHAR,
    referrer_url VARCHAR,
    device_type  VARCHAR,
    country      VARCHAR,
    event_ts     TIMESTAMPTZ
) WITH (
    connector = 'file',
    path = 'data/events.ndjson'
) FORMAT PLAIN ENCODE JSON;

CREATE MATERIALIZED VIEW session_events AS
SELECT
    session_id,
    COUNT(*)                      AS events,
    COUNT(DISTINCT page_url)      AS pages,
    MAX(event_ts) - MIN(event_ts) AS duration
FROM click_events
GROUP BY session_id;

CREATE MATERIALIZED VIEW session_histogram AS
SELECT
    events        AS session_size,
    COUNT(*)      AS sessions,
    AVG(pages)    AS average_pages,
    MIN(duration) AS shortest,
    MAX(duration) AS longest
FROM session_events
GROUP BY events
ORDER BY session_size;

-- From the histogram's rows, not from the sessions: a handful of rows.
CREATE MATERIALIZED VIEW session_classes AS
SELECT
    CASE
        WHEN session_size = 1   THEN 'bounce'
        WHEN session_size <= 5  THEN 'short'
        WHEN session_size <= 15 THEN 'engaged'
        ELSE                         'long'
    END                             AS class,
    SUM(sessions)                   AS sessions,
    SUM(sessions * session_size)    AS events,
    MIN(session_size)               AS smallest,
    MAX(session_size)               AS biggest
FROM session_histogram
GROUP BY
    CASE
        WHEN session_size = 1   THEN 'bounce'
        WHEN session_size <= 5  THEN 'short'
        WHEN session_size <= 15 THEN 'engaged'
        ELSE                         'long'
    END;
