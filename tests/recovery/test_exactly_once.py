"""Sinks that write exactly once, and sinks whose broker is away, with a real Kafka. (Kills are in test_chaos.py.)"""
import collections
import contextlib
import json
import pathlib
import re
import shutil
import signal
import socket
import sys
import threading
import urllib.request

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import psycopg2  # noqa: E402

from kafka_broker import free_ports  # noqa: E402
from kafka_run import settings, started  # noqa: E402
from recovery_case import SINK_POINTS  # noqa: E402
from support.waiting import wait_for  # noqa: E402
from transactions import transactional  # noqa: E402

SQL = '''
CREATE SOURCE ev (id BIGINT, kind VARCHAR) WITH (connector = 'kafka', topic = 'ev', properties.bootstrap.server = '${BROKERS}')
FORMAT PLAIN ENCODE JSON;
CREATE TABLE notes (id BIGINT, kind VARCHAR);
CREATE MATERIALIZED VIEW kinds AS SELECT kind, count(*) AS n FROM ev GROUP BY kind;
CREATE MATERIALIZED VIEW notes_by_kind AS SELECT kind, count(*) AS n FROM notes GROUP BY kind;
CREATE SINK once AS SELECT id, kind FROM ev
WITH (connector = 'kafka', topic = 'once', properties.bootstrap.server = '${BROKERS}', delivery = 'exactly_once') FORMAT PLAIN ENCODE JSON;
CREATE SINK noted AS SELECT kind, n FROM notes_by_kind
WITH (connector = 'kafka', topic = 'noted', properties.bootstrap.server = '${SINK_BROKERS}', primary_key = 'kind', delivery = 'exactly_once')
FORMAT UPSERT ENCODE JSON;
'''
# A view that the directory does not have, over what the topic has held.
LARGER = SQL + "CREATE MATERIALIZED VIEW whole AS SELECT count(*) AS n, sum(id) AS sum FROM ev;\n"


@pytest.fixture(scope='module')
def pipeline(build):
    return build(SQL, 'once')


@pytest.fixture(scope='module')
def larger(build):
    return build(LARGER, 'once')


class Case:
    def __init__(self, pipeline, broker, folder):
        self.pipeline, self.broker, self.folder = pipeline, broker, folder
        self.state = folder / 'state'
        self.ev, self.once, self.noted = broker.topic(), broker.topic(2), broker.topic()
        self.progress = f'progress-of-{self.once}'
        self.wanted = []

    def write(self, count):
        ids = range(len(self.wanted), len(self.wanted) + count)
        self.wanted += ids
        self.broker.write(self.ev, (('', json.dumps({'id': i, 'kind': f'kind {i % 3}'})) for i in ids))

    def started(self, *arguments, pipeline=None, state=True, sink_brokers=None, **env):
        place = ['--state', self.state, '--checkpoint-interval', 50] if state else []
        return started(pipeline or self.pipeline, *settings('ev', topic=self.ev), *settings('once', topic=self.once, progress__topic=self.progress),
                       *settings('noted', topic=self.noted, progress__topic=self.progress), *place, *arguments,
                       BROKERS=self.broker.address, SINK_BROKERS=sink_brokers or self.broker.address, **env)

    def run(self, *arguments, **env):
        with self.started('--until-end', *arguments, **env) as run:
            assert run.wait() == 0, run.log
            return run.log

    def check(self):
        found = collections.Counter(m.json['id'] for m in self.broker.read(self.once))
        assert found == collections.Counter(self.wanted)


@pytest.fixture
def case(pipeline, broker, tmp_path):
    return Case(pipeline, broker, tmp_path)


def test_it_needs_a_state_directory(case):
    with case.started('--until-end', state=False) as run:
        assert run.wait() == 1
        assert "once: delivery = 'exactly_once' needs a state directory: run with --state DIR" in run.log


def test_runs_one_after_the_other(case):
    for count in (10, 0, 500):
        case.write(count)
        case.run()
        case.check()


@pytest.mark.parametrize('point', SINK_POINTS)
def test_killed_in_a_transaction(case, point):
    case.write(30)
    with case.started('--until-end', SQLMILL_KILL_AT=point) as run:
        assert run.wait() == -signal.SIGKILL, run.log
    case.write(30)
    case.run()
    case.check()


def test_a_broker_that_goes_away_and_comes_back(case):
    case.write(50)
    with case.started() as run:
        case.broker.wait_for_messages(case.once, 50)
        case.broker.script('kill')
        run.wait_for_log('no connection to Kafka')
        case.broker.script('start')
        case.write(50)
        case.broker.wait_for_messages(case.once, 100)
        assert run.stop() == 0, run.log
    case.check()


def test_a_transaction_of_another_with_its_name_fences_it_and_it_begins_anew(case):
    """Somebody who has not claimed the sink: as the broker does after a transaction that took too long."""
    case.write(20)
    with case.started() as run:
        case.broker.wait_for_messages(case.once, 20)
        identity = next(m.key.rpartition('/')[0] for m in case.broker.read(case.progress) if m.key.endswith('/once/next'))
        with transactional(case.broker, f'sqlmill/{identity}'):
            case.write(20)
            case.broker.wait_for_messages(case.once, 40)
        assert run.stop() == 0, run.log
    case.check()


def test_an_older_copy_does_not_write_and_stops_nobody(case, tmp_path):
    case.write(20)
    case.run()
    newer, older = case.state, tmp_path / 'copy'
    shutil.copytree(newer, older)
    with case.started() as run:
        case.write(20)
        case.broker.wait_for_messages(case.once, 40)
        case.state = older
        with case.started() as other:
            assert other.wait() == 3, other.log
            assert 'that the state directory knows nothing of' in other.log
        case.write(20)
        case.broker.wait_for_messages(case.once, 60)
        assert run.stop() == 0, run.log
    case.check()


def test_of_two_programs_on_equal_copies_the_first_one_ends(case, tmp_path):
    case.write(20)
    case.run()
    first, second = case.state, tmp_path / 'copy'
    shutil.copytree(first, second)
    with case.started() as run:
        run.wait_for_log('started')
        wait_for(lambda: sum(m.key.endswith('/once/writer') for m in case.broker.read(case.progress)) >= 2, 'its claim')
        case.state = second
        with case.started() as other:
            wait_for(lambda: sum(m.key.endswith('/once/writer') for m in case.broker.read(case.progress)) >= 3, 'the other claim')
            case.write(20)
            assert run.wait() == 3, run.log
            assert 'a copy of the state directory is in use' in run.log
            case.broker.wait_for_messages(case.once, 40)
            assert other.stop() == 0, other.log
    case.check()


def test_a_sink_that_is_down_holds_up_no_view(case):
    port = free_ports(1)
    nobody = f'127.0.0.1:{free_ports(1)}'
    case.write(10)
    with case.started('--listen', f'127.0.0.1:{port}', sink_brokers=nobody) as run:
        run.wait_for_log('listening on')
        connection = psycopg2.connect(host='127.0.0.1', port=port, user='root', dbname='dev')
        connection.autocommit = True
        cursor = connection.cursor()
        for i in range(20):
            cursor.execute('INSERT INTO notes VALUES (%s, %s)', (i, f'kind {i % 2}'))
        cursor.execute('SELECT sum(n) FROM notes_by_kind')
        assert cursor.fetchone()[0] == 20
        case.broker.wait_for_messages(case.once, 10)  # The other sink goes on as well.
        run.process.kill()
        run.wait()
    case.run()  # It is there now: all that it missed comes.
    case.check()
    noted = case.broker.read(case.noted)
    assert [m.json['n'] for m in noted if json.loads(m.key)['kind'] == 'kind 0'] == list(range(1, 11))
    assert [m.json['n'] for m in noted if json.loads(m.key)['kind'] == 'kind 1'] == list(range(1, 11))


def test_what_a_full_outbox_drops_is_told(case):
    nobody = f'127.0.0.1:{free_ports(1)}'
    port = free_ports(1)
    with case.started('--listen', f'127.0.0.1:{port}', *settings('noted', outbox__max__bytes=500, outbox__full='drop'), sink_brokers=nobody) as run:
        run.wait_for_log('listening on')
        connection = psycopg2.connect(host='127.0.0.1', port=port, user='root', dbname='dev')
        connection.autocommit = True
        cursor = connection.cursor()
        for i in range(20):
            cursor.execute('INSERT INTO notes VALUES (%s, %s)', (i, f'kind {i % 2}'))
        run.wait_for_log('noted: .* bytes wait to be written: messages are dropped until there is room')


class Forwarder:
    """A port behind which the broker is."""

    def __init__(self, port, target):
        host, _, target_port = target.rpartition(':')
        self.target = (host, int(target_port))
        self.listener = socket.create_server(('127.0.0.1', port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                one, _ = self.listener.accept()
                other = socket.create_connection(self.target)
                for source, sink in ((one, other), (other, one)):
                    threading.Thread(target=self.forward, args=(source, sink), daemon=True).start()

    @staticmethod
    def forward(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            end.close()

    def close(self):
        self.listener.close()


@pytest.mark.parametrize('delivery', ['exactly_once', 'at_least_once'])
def test_a_full_outbox_stops_the_input_and_no_query(case, delivery):
    port, admin, sink_port = free_ports(1), free_ports(1), free_ports(1)
    arguments = ['--listen', f'127.0.0.1:{port}', '--admin', f'127.0.0.1:{admin}',
                 *settings('noted', outbox__max__bytes=500, delivery=delivery)]
    with case.started(*arguments, sink_brokers=f'127.0.0.1:{sink_port}') as run:
        run.wait_for_log('listening on')
        connection = psycopg2.connect(host='127.0.0.1', port=port, user='root', dbname='dev')
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SET statement_timeout = '500ms'")
        written = 0
        with pytest.raises(psycopg2.errors.QueryCanceled):
            while written < 100:
                cursor.execute('INSERT INTO notes VALUES (%s, %s)', (written, f'kind {written % 2}'))
                written += 1
        run.wait_for_log('noted: .* bytes wait to be written: nothing more is read until there is room')
        cursor.execute('SELECT coalesce(sum(n), 0) FROM notes_by_kind')
        assert cursor.fetchone() == (written,)
        cursor.execute("SELECT waiting > 0, waiting_bytes >= 500, lag > 0, dropped FROM sqlmill_sinks WHERE name = 'noted'")
        assert cursor.fetchone() == (True, True, True, 0)
        metrics = urllib.request.urlopen(f'http://127.0.0.1:{admin}/metrics').read().decode()
        assert int(re.search(r'^sqlmill_sink_waiting_bytes{sink="noted"} (\d+)$', metrics, re.M)[1]) >= 500
        assert float(re.search(r'^sqlmill_sink_lag_seconds{sink="noted"} (\S+)$', metrics, re.M)[1]) > 0
        case.write(10)
        forwarder = Forwarder(sink_port, case.broker.address)
        run.wait_for_log('noted: there is room again')
        cursor.execute("SET statement_timeout = 0")
        cursor.execute('INSERT INTO notes VALUES (-1, %s)', ('kind 0',))
        case.broker.wait_for_messages(case.once, 10)
        assert run.stop() == 0, run.log
        forwarder.close()
    case.check()
    # The statement that gave up is not there, all that returned are.
    last = {json.loads(m.key)['kind']: m.json['n'] for m in case.broker.read(case.noted)}
    assert sum(last.values()) == written + 1


def test_a_view_whose_messages_are_gone_is_refused(case, larger):
    case.write(30)
    case.run()
    case.broker.delete_until(case.ev, 10)
    with case.started('--until-end', pipeline=larger) as run:
        assert run.wait() == 1, run.log
        assert 'the messages from offset 0 up to 9 are gone' in run.log and '--allow-partial-rebuild' in run.log
    case.write(5)
    with case.started('--until-end', '--allow-partial-rebuild', '--print', 'whole,kinds', '--format', 'json', pipeline=larger) as run:
        assert run.wait() == 0, run.log
        rows = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{')]
    assert {'relation': 'whole', 'n': 25, 'sum': sum(range(10, 35))} in rows, run.stdout
    assert sum(row['n'] for row in rows if row['relation'] == 'kinds') == 35
    case.check()
