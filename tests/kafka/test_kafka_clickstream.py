"""pipelines/clickstream/kafka.sql against a real broker: views, alerts, a broker that is away, late events, workers."""
import json
import random
import re
import signal

import pytest

import clickstream_case
from support.waiting import wait_for
from kafka_case import EVENTS, LATE_EVENTS, SINK, VIEWS, abandoned, latest, topics, views, write_events
from kafka_run import settings, started

CART = {'session_id': 's1002', 'user_id': 'u2', 'device_type': 'mobile', 'country': 'UK'}
LOST = r'{}: no connection to Kafka'
FOUND = r'{}: connected to Kafka'


@pytest.fixture(scope='module')
def before(kafka_sql):
    return kafka_sql.replay(('click_events', EVENTS), print=VIEWS).tables()


@pytest.fixture(scope='module')
def after(kafka_sql):
    return kafka_sql.replay(('click_events', EVENTS), ('click_events', LATE_EVENTS), print=VIEWS).tables()


def wait_for_alerts(broker, topic, sessions):
    """Until the topic holds alerts of these sessions, and a tombstone behind all others. The values of each session."""
    found = []

    def look():
        held, history = latest(broker.read(topic))
        found[:] = [held]
        if sorted(json.loads(key)['session_id'] for key in held) == sorted(sessions):
            return {json.loads(key)['session_id']: values for key, values in history.items()}
        return None
    return wait_for(look, lambda: f'alerts of {sessions} alone: {found}')


def check_tutorial(tables, state):
    """The tables that the tutorial prints of this state."""
    printed = [view for view, when in clickstream_case.tutorial_tables() if view in VIEWS and when == state]
    assert printed
    for view in printed:
        columns, rows = clickstream_case.cells(clickstream_case.tutorial_tables()[view, state])
        assert tables[view][0] == columns
        assert sorted(tables[view][1]) == sorted(rows)


def test_views_and_alerts(kafka_sql, broker, before, after):
    events, alerts = broker.topic(4), broker.topic()
    with started(kafka_sql, *topics(events, alerts), KAFKA_BROKERS=broker.address) as run:
        write_events(broker, events)
        history = wait_for_alerts(broker, alerts, ['s1002'])
        assert history['s1002'] == [{**CART, 'outcome': 'cart_abandonment'}]
        tables = views(kafka_sql, broker, events, broker.topic())
        assert tables == before
        check_tutorial(tables, 'before')

        write_events(broker, events, LATE_EVENTS)
        history = wait_for_alerts(broker, alerts, [])
        assert history['s1002'] == [{**CART, 'outcome': 'cart_abandonment'}, None]
        # Only who had something in the cart ever was in the topic.
        assert set(history) <= {'s1001', 's1002', 's1006'}
        tables = views(kafka_sql, broker, events, broker.topic())
        assert tables == after
        check_tutorial(tables, 'after')

        assert run.stop() == 0
    summary = run.summary
    assert (summary.events, summary.errors) == (27, 0)
    assert summary.views == {view: len(after[view][1]) for view in VIEWS}
    assert re.search('click_events: reading 4 partitions of topic', run.log)
    assert run.log.count('caught up with all sources') == 1
    assert {message.key for message in broker.read(alerts)} <= {
        json.dumps({name: event[name] for name in CART}, separators=(',', ':')) for event in clickstream_case.events()}


def test_an_interrupt_ends_it_too(kafka_sql, broker):
    with started(kafka_sql, *topics(broker.topic(), broker.topic()), KAFKA_BROKERS=broker.address) as run:
        run.wait_for_log('caught up with all sources')
        assert run.stop(signal.SIGINT) == 0
    assert run.summary.events == 0


def test_a_topic_that_does_not_exist_yet(kafka_sql, broker):
    events, alerts = broker.topic() + '-later', broker.topic() + '-later'
    with started(kafka_sql, *topics(events, alerts), KAFKA_BROKERS=broker.address) as run:
        run.wait_for_log(f'topic {events} does not exist; waiting for it')
        broker.make_topic(events, 2)
        write_events(broker, events)
        broker.make_topic(alerts)
        wait_for_alerts(broker, alerts, ['s1002'])
        assert run.stop() == 0
    assert run.summary.events == 25


def test_a_broker_that_is_away(kafka_sql, broker, after):
    """Down at the start, and killed in the middle."""
    events, alerts, alerts_of_bounded, alerts_of_file = broker.topic(3), broker.topic(), broker.topic(), broker.topic()
    write_events(broker, events)
    broker.script('stop')
    try:
        with started(kafka_sql, *topics(events, alerts), KAFKA_BROKERS=broker.address) as run, \
                started(kafka_sql, *topics(events, alerts_of_bounded), '--until-end', KAFKA_BROKERS=broker.address) as bounded, \
                started(kafka_sql, *settings('click_events', connector='file', path=EVENTS), *settings(SINK, topic=alerts_of_file),
                        '--until-end', KAFKA_BROKERS=broker.address) as from_file, \
                started(kafka_sql, *settings('click_events', connector='file', path=EVENTS), *settings(SINK, topic=alerts_of_file),
                        KAFKA_BROKERS=broker.address) as impatient:
            for relation in ('click_events', SINK):
                run.wait_for_log(LOST.format(relation))
            bounded.wait_for_log(LOST.format('click_events'))
            from_file.wait_for_log('caught up with all sources')
            impatient.wait_for_log(LOST.format(SINK))
            # It waits for its message to be written; a second signal is obeyed at once.
            impatient.process.send_signal(signal.SIGTERM)
            impatient.wait_for_log('a second signal ends at once')
            assert impatient.stop() == -signal.SIGTERM
            broker.script('start')

            assert bounded.wait() == 0
            assert bounded.summary.events == 25
            assert from_file.wait() == 0
            assert set(wait_for_alerts(broker, alerts_of_file, ['s1002'])) == {'s1002'}
            wait_for_alerts(broker, alerts_of_bounded, ['s1002'])
            wait_for_alerts(broker, alerts, ['s1002'])
            run.wait_for_log(FOUND.format('click_events'))
            run.wait_for_log(FOUND.format(SINK))

            broker.script('kill')
            run.wait_for_log(LOST.format('click_events'), 2)
            broker.script('start')
            write_events(broker, events, LATE_EVENTS)
            history = wait_for_alerts(broker, alerts, [])
            assert history['s1002'][-2:] == [{**CART, 'outcome': 'cart_abandonment'}, None]
            run.wait_for_log(FOUND.format('click_events'), 2)
            assert run.stop() == 0
    finally:
        broker.script('start')
    assert (run.summary.events, run.summary.errors) == (27, 0)
    assert views(kafka_sql, broker, events, broker.topic()) == after


def test_a_late_add_to_cart_moves_its_session_in_the_sink(kafka_sql, broker):
    """It carries the time of two minutes before the session's last event, which has long been counted."""
    events, alerts = broker.topic(4), broker.topic()
    session = {'session_id': 's1003', 'user_id': 'u3', 'device_type': 'desktop', 'country': 'DE'}
    late = {'event_id': 'ev028', 'event_type': 'add_to_cart', 'page_url': '/products/pro-plan', 'referrer_url': '/docs',
            'event_ts': '2026-04-01 09:03:00+00', **session}
    with started(kafka_sql, *topics(events, alerts), KAFKA_BROKERS=broker.address) as run:
        write_events(broker, events)
        assert 's1003' not in wait_for_alerts(broker, alerts, ['s1002'])
        outcomes = views(kafka_sql, broker, events, broker.topic())['click_mv_conversion_metrics'][1]
        assert ('s1003', 'u3', 'desktop', 'DE', 'browse_abandonment') in outcomes
        broker.write(events, [('s1003', json.dumps(late))])
        assert wait_for_alerts(broker, alerts, ['s1002', 's1003'])['s1003'] == [{**session, 'outcome': 'cart_abandonment'}]
        assert run.stop() == 0
    tables = views(kafka_sql, broker, events, broker.topic())
    assert ('s1003', 'u3', 'desktop', 'DE', 'cart_abandonment') in tables['click_mv_conversion_metrics'][1]
    assert [row[4:] for row in tables['click_mv_session_summary'][1] if row[0] == 's1003'] == [
        ('2026-04-01 09:01:00+00:00', '2026-04-01 09:05:00+00:00', '240.000000', '4', '3', '1', '0')]


def generated_events(count):
    """Sessions that overlap, in the order of their events."""
    chance = random.Random(20_000)
    pages = ['/home', '/products', '/products/pro-plan', '/products/starter', '/checkout', '/pricing', '/docs']
    for i in range(count):
        session = chance.randrange(count // 8)
        kind = chance.choices(['page_view', 'add_to_cart', 'purchase'], [85, 12, 3])[0]
        yield {'event_id': f'g{i}', 'user_id': f'u{session // 3}', 'session_id': f's{session}', 'event_type': kind,
               'page_url': chance.choice(pages), 'referrer_url': chance.choice([None, '/home', 'https://google.com']),
               'device_type': ('desktop', 'mobile', 'tablet')[session % 3], 'country': ('US', 'UK', 'DE', 'JP')[session % 4],
               'event_ts': f'2026-04-01 {i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}.{chance.randrange(1000):03}+00'}


def test_workers_and_partitions(kafka_sql, broker, tmp_path):
    count = 20_000
    generated = list(generated_events(count))
    file = tmp_path / 'events.ndjson'
    file.write_text(''.join(json.dumps(event) + '\n' for event in generated))
    events = broker.topic(4)
    broker.write(events, zip((event['session_id'] for event in generated), file.read_text().splitlines()))
    expected = kafka_sql.replay(('click_events', file), print=VIEWS).tables()
    assert sum(int(row[7]) for row in expected['click_mv_session_summary'][1]) == count
    for workers in (1, 2):
        alerts = broker.topic(2)
        assert views(kafka_sql, broker, events, alerts, '--workers', workers) == expected, f'{workers} workers'
        held, _ = latest(broker.read(alerts))
        assert sorted(json.loads(key)['session_id'] for key in held) == abandoned(expected['click_mv_conversion_metrics'][1])
