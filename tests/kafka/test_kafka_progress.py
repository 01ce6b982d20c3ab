"""Which messages are read while others write in transactions, and what a consumer group is told."""
import json

import pytest

from support.waiting import wait_for
from kafka_run import settings, started
from test_kafka_messages import Case, table
from transactions import transactional


@pytest.fixture
def case(broker, tmp_path):
    return Case(broker, tmp_path)


def row(name):
    return json.dumps({'name': name})


def names(run):
    """In the order of the topic."""
    return [row['name'] for row in sorted(table(run, 'seen'), key=lambda row: int(row['o']))]


@pytest.fixture
def transactions(broker, case):
    """A topic with committed and aborted transactions, and the marks of both at its end."""
    with transactional(broker, case.topic) as producer:
        producer.begin(case.topic, row('committed'))
        producer.commit()
        producer.begin(case.topic, row('aborted'), row('aborted too'))
        producer.abort()
        case.write({'name': 'alone'})
        producer.begin(case.topic, row('last'))
        producer.commit()
        producer.begin(case.topic, row('aborted at the end'))
        producer.abort()
        yield case


def test_read_committed(messages_sql, transactions):
    """Also without the option. The end is reached, though what stands there is no message that is read."""
    for options in ({}, {'properties__isolation__level': 'read_committed'}):
        run = transactions.run(messages_sql, *settings('messages', **options), views=['seen'])
        assert names(run) == ['committed', 'alone', 'last']
        assert run.summary.errors == 0


def test_read_uncommitted(messages_sql, transactions):
    run = transactions.run(messages_sql, *settings('messages', properties__isolation__level='read_uncommitted'), views=['seen'])
    assert names(run) == ['committed', 'aborted', 'aborted too', 'alone', 'last', 'aborted at the end']


def test_a_transaction_shows_when_it_is_committed(messages_sql, broker, case):
    with transactional(broker, case.topic) as producer, started(messages_sql, **case.env) as run:
        case.write({'name': 'before'})
        case.wait_for('upsert', 1)
        producer.begin(case.topic, row('first'), row('second'))
        assert len(broker.read(case.topic)) == 1
        producer.commit()
        messages = case.wait_for('upsert', 3)
        assert [message.json['name'] for message in messages] == ['before', 'first', 'second']
        assert run.stop() == 0


GROUPS = [({'properties__group__id': 'readers'}, 'readers'), ({'group__id__prefix': 'mill'}, 'mill-messages')]


@pytest.mark.parametrize('options, group', GROUPS, ids=['group.id', 'prefix'])
def test_the_group_is_told_at_the_end(messages_sql, broker, case, options, group):
    case.write({'name': 'a'}, {'name': 'b'})
    run = case.run(messages_sql, *settings('messages', **options), views=['seen'])
    assert names(run) == ['a', 'b']
    assert broker.committed(group, case.topic) == 2
    # It is for monitors only: all is read again.
    assert names(case.run(messages_sql, *settings('messages', **options), views=['seen'])) == ['a', 'b']


def test_the_group_is_told_while_nothing_comes(messages_sql, broker, case):
    options = {'properties__group__id': 'idle', 'properties__auto__commit__interval__ms': 2000}
    case.write({'name': 'a'}, {'name': 'b'})
    with started(messages_sql, *settings('messages', **options), **case.env) as run:
        wait_for(lambda: broker.committed('idle', case.topic) == 2, lambda: f'the offset of what was read:\n{run.log}')
        assert run.stop() == 0


def test_the_group_is_not_told(messages_sql, broker, case):
    options = {'properties__group__id': 'silent', 'properties__enable__auto__commit': 'false'}
    case.write({'name': 'a'})
    assert names(case.run(messages_sql, *settings('messages', **options), views=['seen'])) == ['a']
    assert broker.committed('silent', case.topic) == -1
