"""synchronous_commit = off: statements return before they are on disk. A clean end loses none, a kill only the last ones."""
import itertools
import pathlib
import sys
import threading

import psycopg2
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'clients'))  # For serving.

from serving import serving  # noqa: E402
from support.waiting import wait_for  # noqa: E402

SQL = """
CREATE TABLE notes (id INT PRIMARY KEY, line VARCHAR);
CREATE MATERIALIZED VIEW ends AS SELECT count(*) AS notes, max(id) AS last, sum(id) AS ids FROM notes;
"""
# No checkpoint comes by itself while a test runs.
NEVER = 3_600_000


@pytest.fixture(scope='module')
def notes(build):
    return build(SQL, 'synchronous_commit').binary


def connect(server):
    connection = psycopg2.connect(host=server.host, port=server.port, user='root', dbname='dev')
    connection.autocommit = True
    return connection


def insert(cursor, numbers):
    for i in numbers:
        cursor.execute('INSERT INTO notes VALUES (%s, %s)', (i, f'note {i}'))


def found(binary, state):
    with serving(binary, '--state', state) as server, connect(server).cursor() as cursor:
        cursor.execute('SELECT id, line FROM notes ORDER BY id')
        rows = cursor.fetchall()
        assert all(line == f'note {i}' for i, line in rows)
        cursor.execute('SELECT notes, last, ids FROM ends')
        ids = [i for i, _ in rows]
        assert cursor.fetchone() == (len(ids), max(ids, default=None), sum(ids) if ids else None)
    return ids


def test_a_clean_end_keeps_all_and_a_kill_those_before_a_statement_that_waited(notes, tmp_path):
    with serving(notes, '--state', tmp_path / 'state', '--checkpoint-interval', NEVER) as server:
        with connect(server).cursor() as cursor:
            cursor.execute('SET synchronous_commit = off')
            insert(cursor, range(100))
        assert server.stop() == 0
    assert found(notes, tmp_path / 'state') == [*range(100)]
    with serving(notes, '--state', tmp_path / 'state', '--checkpoint-interval', NEVER) as server:
        with connect(server).cursor() as cursor:
            cursor.execute('BEGIN')
            cursor.execute('SET LOCAL synchronous_commit = off')
            insert(cursor, [100])
            cursor.execute('COMMIT')
            cursor.execute('SHOW synchronous_commit')
            assert cursor.fetchone() == ('on',)
            insert(cursor, [101])  # This one waits, and with it what came before.
            cursor.execute("SET synchronous_commit TO 'off'")
            insert(cursor, [102])
        server.process.kill()
        server.process.wait()
    assert found(notes, tmp_path / 'state') == [*range(102)]


def test_killed_at_any_moment_it_has_the_first_ones(notes, tmp_path):
    total = 0
    for _ in range(3):
        told = []
        with serving(notes, '--state', tmp_path / 'state', '--checkpoint-interval', 1) as server:
            def write():
                try:
                    with connect(server).cursor() as cursor:
                        cursor.execute('SET synchronous_commit = off')
                        for i in itertools.count(total):
                            insert(cursor, [i])
                            told.append(i)
                except psycopg2.Error:
                    pass  # The pipeline is gone.

            writer = threading.Thread(target=write)
            writer.start()
            wait_for(lambda: len(told) > 200, 'statements')
            server.process.kill()
            server.process.wait()
            writer.join()
        ids = found(notes, tmp_path / 'state')
        assert ids == [*range(len(ids))] and len(ids) >= total
        total = len(ids)


def test_what_it_cannot_be(notes, tmp_path):
    with serving(notes, '--state', tmp_path / 'state') as server, connect(server).cursor() as cursor:
        cursor.execute('SET synchronous_commit = remote_apply')
        with pytest.raises(psycopg2.Error) as error:
            cursor.execute('SET synchronous_commit = sometimes')
        assert error.value.pgcode == '22023'
