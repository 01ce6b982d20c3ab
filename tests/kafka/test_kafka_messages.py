"""What a message may hold, where a source starts to read, and what each kind of sink writes."""
import datetime
import json

import pytest

from support.waiting import wait_for
from kafka_run import run_until_end, settings, started

MEGABYTE = 1_000_000
SINKS = ('plain', 'upsert', 'debezium')


class Case:
    """A topic of `messages`, one for each of its sinks, and a file."""

    def __init__(self, broker, folder, partitions=1):
        self.broker = broker
        self.topic = broker.topic(partitions)
        for sink in SINKS:
            broker.make_topic(f'{self.topic}-{sink}')
        self.file = folder / 'out.ndjson'
        self.env = {'TOPIC': self.topic, 'BROKERS': broker.address, 'FILE': str(self.file)}

    def write(self, *rows, **options):
        """Rows as dicts."""
        self.broker.write(self.topic, [(None, json.dumps(row)) for row in rows], **options)

    def run(self, pipeline, *arguments, views):
        """Until the end, without the sink that writes to standard output."""
        return run_until_end(pipeline, *settings('stdout_out', connector='file', path='/dev/null'), *arguments, views=views, **self.env)

    def read(self, sink):
        return self.broker.read(f'{self.topic}-{sink}')

    def wait_for(self, sink, count):
        return self.broker.wait_for_messages(f'{self.topic}-{sink}', count)


@pytest.fixture
def case(broker, tmp_path):
    return Case(broker, tmp_path)


def table(run, name):
    """Rows as dicts."""
    columns, rows = run.tables()[name]
    return [dict(zip(columns, row)) for row in rows]


def test_poisoned_messages(messages_sql, case):
    big = 'x' * MEGABYTE
    bad = [b'{"id":2,"name":"b",', b'{"id":"two","name":"b"}', b'{"id":3,"name":"b","small":70000}', b'[1]', b'\xff{',
           b'{"id":4,"at":"yesterday-ish"}', f'{{"id":"{big}"}}'.encode(), None]
    good = [f'{{"id":{i},"name":"{name}"}}' for i, name in enumerate(['first', big, 'last'])]
    case.broker.write(case.topic, [('k', good[0]), *[('k', value) for value in bad[:4]], ('k', good[1]),
                                   *[('k', value) for value in bad[4:]], ('k', good[2])])
    run = case.run(messages_sql, *settings('upsert_out', connector='file', path='/dev/null'),
                   *settings('debezium_out', connector='file', path='/dev/null'), views=['seen', 'open_names', 'sqlmill_errors'])
    assert [(row['id'], row['name'], row['o']) for row in table(run, 'seen')] == [('0', 'first', '0'), ('1', big, '5'), ('2', 'last', '10')]
    assert sorted((row['messages'], int(row['letters'])) for row in table(run, 'open_names')) == [('1', 4), ('1', 5), ('1', MEGABYTE)]
    errors = table(run, 'sqlmill_errors')
    assert [(row['relation'], row['source'], row['partition'], row['offset']) for row in errors] == [
        ('messages', 'messages', '0', str(offset)) for offset in (1, 2, 3, 4, 6, 7, 8, 9)]
    assert [row['raw'] for row in errors] == [value and '\\x' + value.hex() for value in bad]
    reasons = [row['reason'] for row in errors]
    for reason, part in zip(reasons, ['invalid JSON', 'column "id"', 'out of range for type smallint', 'an object expected', 'invalid JSON',
                                      'timestamp with time zone', 'column "id"', 'tombstone']):
        assert part in reason, reasons
    assert run.summary.errors == len(bad)
    assert max(map(len, run.stderr.splitlines())) < 1000  # The log tells of errors, it does not hold messages.
    # The megabyte fits into a topic as it came.
    assert sorted(len(message.json['name']) for message in case.read('plain')) == [4, 5, MEGABYTE]


def test_a_message_that_the_sinks_topic_does_not_take(messages_sql, case):
    """With its key it is larger than the broker allows: given up, reported, and those behind it are written."""
    case.write({'name': 'before'}, {'name': 'x' * MEGABYTE}, {'name': 'behind'})
    run = case.run(messages_sql, views=['sqlmill_errors'])
    errors = table(run, 'sqlmill_errors')
    assert sorted(row['relation'] for row in errors) == ['debezium_out', 'upsert_out']
    assert all('does not take a message of' in row['reason'] for row in errors)
    for row in errors:
        assert run.stderr.count(row['reason']) == 1, run.stderr
    assert sorted(message.json['name'] for message in case.read('upsert')) == ['before', 'behind']


def test_a_message_that_is_not_taken_is_told_at_once(messages_sql, case):
    """Also when no other message comes."""
    with started(messages_sql, *settings('stdout_out', connector='file', path='/dev/null'), **case.env) as run:
        case.write({'name': 'x' * MEGABYTE})
        for sink in ('upsert_out', 'debezium_out'):
            run.wait_for_log(f'warning.*{sink}.*does not take a message of')
        assert run.stop() == 0
    assert run.log.count('does not take a message of') == 2


def test_included_columns(messages_sql, broker, tmp_path):
    case = Case(broker, tmp_path, partitions=3)
    broker.write(case.topic, [('a', '{"id":1}')], partition=2, headers=['trace=abc', 'other=x'])
    broker.write(case.topic, [('', '{"id":2}')], partition=2)
    broker.write(case.topic, [(b'\xff\x00', '{"id":3}')], partition=0, headers=['trace=Zürich'])
    broker.write(case.topic, [('a', '{"id":4}')], partition=0, headers=['trace='])
    written = {json.loads(message.value)['id']: message for message in broker.read(case.topic)}
    run = case.run(messages_sql, views=['seen', 'sqlmill_errors'])
    assert run.rows('sqlmill_errors') == []
    rows = {int(row['id']): row for row in table(run, 'seen')}
    assert sorted(rows) == sorted(written) == [1, 2, 3, 4]
    for number, row in rows.items():
        assert (int(row['p']), int(row['o'])) == (written[number].partition, written[number].offset)
        assert round(datetime.datetime.fromisoformat(row['ts']).timestamp() * 1000) == written[number].timestamp_ms
    assert [(rows[i]['p'], rows[i]['o']) for i in (1, 2, 3, 4)] == [('2', '0'), ('2', '1'), ('0', '0'), ('0', '1')]
    assert [rows[i]['k'] for i in (1, 2, 3, 4)] == ['\\x61', None, '\\xff00', '\\x61']
    assert [rows[i]['trace'] for i in (1, 2, 3, 4)] == ['\\x616263', None, '\\x' + 'Zürich'.encode().hex(), '\\x']
    assert [rows[i]['trace_text'] for i in (1, 2, 3, 4)] == ['abc', None, 'Zürich', '']
    assert all(row['missing_header'] is None for row in rows.values())


def test_sinks(messages_sql, case):
    """A row comes, changes and goes."""
    with started(messages_sql, **case.env) as run:
        case.write({'name': 'a', 'amount': 1.5})
        case.wait_for('debezium', 1)
        case.write({'name': 'a', 'amount': 2})
        case.wait_for('debezium', 2)
        case.write({'name': 'b', 'amount': None})
        case.wait_for('debezium', 3)
        case.write({'name': 'a', 'gone': True})
        case.wait_for('debezium', 5)
        # Gone for good: bool_or stays true.
        case.write({'name': 'a', 'amount': 100})
        case.write({'name': 'c', 'amount': 3})
        debezium = case.wait_for('debezium', 6)
        assert run.stop() == 0
    first = {'name': 'a', 'messages': 1, 'amount': 1.5, 'letters': 1}
    second = {'name': 'a', 'messages': 2, 'amount': 3.5, 'letters': 1}
    b, c = {'name': 'b', 'messages': 1, 'amount': None, 'letters': 1}, {'name': 'c', 'messages': 1, 'amount': 3, 'letters': 1}

    plain = case.read('plain')
    assert [message.json for message in plain] == [first, second, b, c]
    assert [message.key for message in plain] == [None] * 4
    upserts = [({'name': 'a'}, first), ({'name': 'a'}, second), ({'name': 'b'}, b), ({'name': 'a'}, None), ({'name': 'c'}, c)]
    assert [(json.loads(message.key), message.json) for message in case.read('upsert')] == upserts
    assert [json.loads(line) for line in case.file.read_text().splitlines()] == [first, second, b, c]
    assert [json.loads(line) for line in run.stdout.splitlines()] == [{'key': key, 'value': value} for key, value in upserts]

    def exact(row):  # Debezium's consumers get numerics as text.
        return row and {**row, 'amount': None if row['amount'] is None else str(row['amount'])}
    assert [json.loads(message.key)['payload']['name'] for message in debezium] == ['a', 'a', 'b', 'a', 'a', 'c']
    assert debezium[4].value is None
    payloads = [message.json['payload'] for message in debezium if message.value]
    assert [(p['op'], p['before'], p['after']) for p in payloads] == [
        ('c', None, exact(first)), ('u', exact(first), exact(second)), ('c', None, exact(b)), ('d', exact(second), None), ('c', None, exact(c))]
    for message in debezium:
        assert json.loads(message.key)['schema']['fields'] == [{'field': 'name', 'optional': True, 'type': 'string'}]


def test_changes_within_an_epoch_are_one_message(messages_sql, case):
    """All is read in few epochs, whose net changes are written: far fewer messages than changes."""
    count = 3_000
    case.write(*[{'id': i, 'name': 'a', 'amount': 1} for i in range(count)], {'name': 'b'}, {'name': 'b', 'gone': True})
    run = case.run(messages_sql, views=['open_names'])
    assert run.rows('open_names') == [('a', str(count), str(count), '1')]
    upserts = case.read('upsert')
    assert len(upserts) <= 2 * run.summary.epochs
    assert [message.json for message in upserts if message.key == '{"name":"a"}'][-1]['messages'] == count


def test_startup_latest(messages_sql, broker, tmp_path):
    case = Case(broker, tmp_path, partitions=2)
    for partition in (0, 1):
        case.write({'name': 'old'}, {'name': 'old'}, partition=partition)
    latest = settings('messages', scan__startup__mode='latest')
    run = case.run(messages_sql, *latest, views=['seen'])
    assert run.rows('seen') == [] and run.summary.events == 0
    with started(messages_sql, *latest, **case.env) as run:
        run.wait_for_log('reading 2 partitions')
        for partition in (0, 1):
            case.write({'name': f'new{partition}'}, partition=partition)
        messages = case.wait_for('upsert', 2)
        assert run.stop() == 0
    assert sorted(message.json['name'] for message in messages) == ['new0', 'new1']
    assert run.summary.events == 2


def test_startup_timestamp(messages_sql, broker, tmp_path):
    case = Case(broker, tmp_path, partitions=2)
    for partition in (0, 1):
        case.write({'id': 1, 'name': 'old'}, partition=partition)
    start = max(message.timestamp_ms for message in broker.read(case.topic)) + 1

    def is_later():
        case.write({'id': 2, 'name': 'new'}, partition=0)
        return [message for message in broker.read(case.topic) if message.timestamp_ms >= start]
    new = wait_for(is_later, 'a message of a later millisecond')
    at = {'scan__startup__mode': 'timestamp', 'scan__startup__timestamp__millis': start}
    run = case.run(messages_sql, *settings('messages', **at), views=['seen'])
    assert sorted((row['p'], row['o']) for row in table(run, 'seen')) == [(str(m.partition), str(m.offset)) for m in new]
    # All that is there is older.
    at['scan__startup__timestamp__millis'] = new[-1].timestamp_ms + 3_600_000
    run = case.run(messages_sql, *settings('messages', **at), views=['seen'])
    assert run.rows('seen') == []
    del at['scan__startup__timestamp__millis']
    with started(messages_sql, *settings('messages', **at), **case.env) as failing:
        assert failing.wait() == 1
    assert 'scan.startup.timestamp.millis' in failing.log
