-- An A/B test on a shop's visitors, in three levels of views: what each visitor did, how each variant converts per device,
-- and the uplift of the whole. A visitor's first purchase changes one row on each level.

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

-- Visitors are assigned by the last digit of their id. A visitor with two devices counts once for each.
CREATE MATERIALIZED VIEW ab_visitors AS
SELECT
    user_id,
    device_type,
    CASE WHEN right(user_id, 1) IN ('0', '2', '4', '6', '8') THEN 'treatment' ELSE 'control' END AS variant,
    COUNT(*)                                            AS events,
    COUNT(*) FILTER (WHERE event_type = 'add_to_cart')  AS carts,
    COUNT(*) FILTER (WHERE event_type = 'purchase')     AS purchases,
    bool_or(event_type = 'purchase')                    AS converted
FROM click_events
GROUP BY user_id, device_type;

CREATE MATERIALIZED VIEW ab_variants AS
SELECT
    variant,
    device_type,
    COUNT(*)                                                          AS visitors,
    COUNT(*) FILTER (WHERE converted)                                 AS converted,
    SUM(purchases)                                                    AS purchases,
    MAX(events)                                                       AS most_events,
    ROUND(100.0 * COUNT(*) FILTER (WHERE converted) / COUNT(*), 2)    AS conversion_percent
FROM ab_visitors
GROUP BY variant, device_type;

CREATE MATERIALIZED VIEW ab_uplift AS
WITH totals AS (
    SELECT
        SUM(visitors)  FILTER (WHERE variant = 'control')    AS control_visitors,
        SUM(converted) FILTER (WHERE variant = 'control')    AS control_converted,
        SUM(visitors)  FILTER (WHERE variant = 'treatment')  AS treatment_visitors,
        SUM(converted) FILTER (WHERE variant = 'treatment')  AS treatment_converted
    FROM ab_variants
)
SELECT
    control_visitors,
    treatment_visitors,
    ROUND(100 * control_converted / NULLIF(control_visitors, 0), 2)      AS control_percent,
    ROUND(100 * treatment_converted / NULLIF(treatment_visitors, 0), 2)  AS treatment_percent,
    ROUND(100 * (treatment_converted * control_visitors) / NULLIF(control_converted * treatment_visitors, 0) - 100, 1)
                                                                         AS uplift_percent
FROM totals;
