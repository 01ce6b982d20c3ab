-- The same views over a Kafka topic, and a sink of abandoned carts. KAFKA_BROKERS comes from the environment.

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
    connector = 'kafka',
    topic = 'clickstream-events',
    properties.bootstrap.server = '${KAFKA_BROKERS}',
    scan.startup.mode = 'earliest'
) FORMAT PLAIN ENCODE JSON;

CREATE MATERIALIZED VIEW click_mv_session_summary AS
SELECT
    session_id,
    user_id,
    device_type,
    country,
    MIN(event_ts)                                          AS session_start,
    MAX(event_ts)                                          AS session_end,
    EXTRACT(EPOCH FROM MAX(event_ts) - MIN(event_ts))      AS duration_seconds,
    COUNT(*)                                               AS total_events,
    COUNT(*) FILTER (WHERE event_type = 'page_view')       AS page_views,
    COUNT(*) FILTER (WHERE event_type = 'add_to_cart')     AS add_to_carts,
    COUNT(*) FILTER (WHERE event_type = 'purchase')        AS purchases
FROM click_events
GROUP BY session_id, user_id, device_type, country;

CREATE MATERIALIZED VIEW click_mv_funnel_analysis AS
WITH session_flags AS (
    SELECT
        session_id,
        bool_or(page_url = '/home')                                          AS saw_home,
        bool_or(page_url = '/products')                                      AS saw_products,
        bool_or(page_url LIKE '/products/%' AND page_url <> '/products')     AS saw_product_detail,
        bool_or(event_type = 'add_to_cart')                                  AS added_to_cart,
        bool_or(page_url = '/checkout')                                      AS reached_checkout,
        bool_or(event_type = 'purchase')                                     AS converted
    FROM click_events
    GROUP BY session_id
)
SELECT
    COUNT(*)                                       AS total_sessions,
    COUNT(*) FILTER (WHERE saw_home)               AS step_home,
    COUNT(*) FILTER (WHERE saw_products)           AS step_products,
    COUNT(*) FILTER (WHERE saw_product_detail)     AS step_product_detail,
    COUNT(*) FILTER (WHERE added_to_cart)          AS step_add_to_cart,
    COUNT(*) FILTER (WHERE reached_checkout)       AS step_checkout,
    COUNT(*) FILTER (WHERE converted)              AS step_purchase
FROM session_flags;

CREATE MATERIALIZED VIEW click_mv_page_traffic AS
SELECT
    page_url,
    COUNT(*)                    AS total_views,
    COUNT(DISTINCT user_id)     AS unique_users,
    COUNT(DISTINCT session_id)  AS unique_sessions
FROM click_events
WHERE event_type = 'page_view'
GROUP BY page_url
ORDER BY total_views DESC;

CREATE MATERIALIZED VIEW click_mv_conversion_metrics AS
WITH base AS (
    SELECT
        session_id,
        user_id,
        device_type,
        country,
        bool_or(event_type = 'add_to_cart')  AS added_to_cart,
        bool_or(event_type = 'purchase')      AS purchased,
        MAX(CASE WHEN event_type = 'page_view' THEN page_url END) AS last_page_viewed
    FROM click_events
    GROUP BY session_id, user_id, device_type, country
)
SELECT
    session_id,
    user_id,
    device_type,
    country,
    CASE
        WHEN purchased                              THEN 'converted'
        WHEN added_to_cart AND NOT purchased        THEN 'cart_abandonment'
        WHEN last_page_viewed = '/checkout'
             AND NOT added_to_cart                  THEN 'checkout_abandonment'
        ELSE                                             'browse_abandonment'
    END AS outcome
FROM base
WHERE NOT purchased;

-- What a notification service reads: sessions that were left with something in the cart.
CREATE SINK cart_abandonment_alerts AS
SELECT session_id, user_id, device_type, country, outcome
FROM click_mv_conversion_metrics
WHERE outcome = 'cart_abandonment'
WITH (
    connector = 'kafka',
    topic = 'cart-abandonment',
    properties.bootstrap.server = '${KAFKA_BROKERS}',
    primary_key = 'session_id, user_id, device_type, country'
) FORMAT UPSERT ENCODE JSON;
