-- Which campaign brought the buyers: campaigns are read out of landing URLs, visitors belong to the campaign that they came
-- from first. A late event that turns out to be an earlier touch moves its visitor to another campaign.

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

-- What an event says about where its visitor came from; NULL for a step inside the shop.
CREATE MATERIALIZED VIEW campaign_visitors AS
WITH touches AS (
    SELECT
        user_id,
        event_type,
        event_ts,
        CASE
            WHEN page_url LIKE '%utm_source=%'              THEN split_part(split_part(page_url, 'utm_source=', 2), '&', 1)
            WHEN substr(referrer_url, 1, 1) = '/'           THEN NULL
            WHEN referrer_url LIKE 'https://google.%'
              OR referrer_url LIKE 'https://www.bing.%'     THEN 'search'
            ELSE                                                 split_part(split_part(referrer_url, '://', 2), '/', 1)
        END AS source,
        CASE
            WHEN page_url LIKE '%utm_campaign=%'            THEN split_part(split_part(page_url, 'utm_campaign=', 2), '&', 1)
            ELSE                                                 '(none)'
        END AS campaign
    FROM click_events
)
SELECT
    user_id,
    MIN((EXTRACT(EPOCH FROM event_ts) * 1000)::bigint::text || ' ' || source || ' ' || campaign)  AS first_touch,
    COUNT(source)                                    AS touches,
    COUNT(*) FILTER (WHERE event_type = 'purchase')  AS purchases
FROM touches
GROUP BY user_id;

-- Every purchase is the yearly plan.
CREATE MATERIALIZED VIEW campaign_revenue AS
SELECT
    COALESCE(split_part(first_touch, ' ', 2), 'unknown')               AS source,
    COALESCE(split_part(first_touch, ' ', 3), '(none)')                AS campaign,
    COUNT(*)                                                           AS visitors,
    COUNT(*) FILTER (WHERE purchases > 0)                              AS buyers,
    SUM(purchases) * 59.90                                             AS revenue,
    ROUND(100.0 * COUNT(*) FILTER (WHERE purchases > 0) / COUNT(*), 1) AS conversion_percent
FROM campaign_visitors
GROUP BY COALESCE(split_part(first_touch, ' ', 2), 'unknown'), COALESCE(split_part(first_touch, ' ', 3), '(none)')
ORDER BY revenue DESC;

-- Landings by campaign, whoever is credited with the sale.
CREATE MATERIALIZED VIEW campaign_landings AS
SELECT
    split_part(split_part(page_url, 'utm_source=', 2), '&', 1)  AS source,
    split_part(page_url, '?', 1)                                AS landing_page,
    COUNT(*)                                                    AS landings,
    COUNT(DISTINCT user_id)                                     AS visitors
FROM click_events
WHERE page_url LIKE '%utm_source=%'
GROUP BY split_part(split_part(page_url, 'utm_source=', 2), '&', 1), split_part(page_url, '?', 1);
