"""The tutorial's clickstream over topics: its events as messages, its views, its sink."""
import clickstream_case
from kafka_run import run_until_end, settings

VIEWS = ['click_mv_session_summary', 'click_mv_funnel_analysis', 'click_mv_page_traffic', 'click_mv_conversion_metrics']
SINK = 'cart_abandonment_alerts'
EVENTS = clickstream_case.EVENTS
LATE_EVENTS = clickstream_case.LATE_EVENTS


def write_events(broker, topic, path=EVENTS):
    """Keyed by session, so that a session's events stay in their order."""
    keys = [event['session_id'] for event in clickstream_case.events(path)]
    broker.write(topic, zip(keys, path.read_text().splitlines()))


def topics(events, alerts):
    return settings('click_events', topic=events) + settings(SINK, topic=alerts)


def views(pipeline, broker, events, alerts, *arguments):
    """view → (columns, rows) as of the end of the topic."""
    return run_until_end(pipeline, *topics(events, alerts), *arguments, views=VIEWS, printed='all',
                         KAFKA_BROKERS=broker.address).tables()


def latest(messages):
    """The last value of each key, without those that end with a tombstone; and all values of each key."""
    history = {}
    for message in messages:
        history.setdefault(message.key, []).append(message.json)
    return {key: values[-1] for key, values in history.items() if values[-1] is not None}, history


def abandoned(rows):
    """Sessions of click_mv_conversion_metrics that the sink holds."""
    return sorted(row[0] for row in rows if row[4] == 'cart_abandonment')
