"""pg_dump of a pipeline: PostgreSQL takes what it writes, and the pipeline takes its rows back."""
import subprocess

import pytest

from serving import serving
from support.postgres import PROGRAMS

SQL = """
CREATE TABLE items (id BIGINT PRIMARY KEY, name VARCHAR, amount NUMERIC(10, 2) DEFAULT 1.5, at TIMESTAMPTZ, tags VARCHAR[], doc JSONB);
CREATE TABLE lines (line VARCHAR NOT NULL) APPEND ONLY;
CREATE VIEW plain AS SELECT name AS called, amount FROM items;
CREATE MATERIALIZED VIEW totals AS SELECT name, sum(amount) AS total, count(*) AS n FROM items GROUP BY name;
CREATE INDEX items_name ON items (name);
"""
ROWS = ["INSERT INTO items VALUES (1, 'a', 1.5, '2026-04-01', '{x,y}', '{\"a\": 1}'), (2, E'tab\\tand\\\\', DEFAULT, NULL, '{}', NULL), (3, NULL, NULL, NULL, NULL, '[]')",
        "INSERT INTO lines VALUES (''), ('x')"]
QUERIES = ['SELECT * FROM items ORDER BY id', 'SELECT * FROM lines ORDER BY line', 'SELECT * FROM plain ORDER BY called, amount',
           'SELECT * FROM totals ORDER BY name']


@pytest.fixture
def server(build):
    with serving(build(SQL, 'dumped').binary) as one:
        one.psql(*ROWS)
        yield one


def dump(server, *arguments, check=True):
    done = subprocess.run([PROGRAMS / 'pg_dump', *arguments], env=server.environment(), capture_output=True, text=True, timeout=120)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout if check else done.stderr


def table(server, query, environment=None):
    return server.psql(query, arguments=['-A', '-P', 'null=NULL'], environment=environment).stdout


def test_a_dump_is_taken_by_postgres(server, postgres):
    theirs = {**server.environment(postgres.user), 'PGHOST': str(postgres.folder), 'PGPORT': '5432', 'PGDATABASE': 'postgres'}
    server.psql('CREATE DATABASE dumped', environment=theirs)
    theirs['PGDATABASE'] = 'dumped'
    try:
        done = subprocess.run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1'], input=dump(server, '--no-owner', '--no-privileges'), env=theirs,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        for query in QUERIES:
            assert table(server, query, theirs) == table(server, query)
        assert 'PRIMARY KEY, btree (id)' in table(server, '\\d items', theirs)
    finally:
        server.psql('DROP DATABASE dumped', environment={**theirs, 'PGDATABASE': 'postgres'})


@pytest.mark.parametrize('form', [[], ['--inserts'], ['--column-inserts']])
def test_rows_come_back(server, form):
    before = [table(server, query) for query in QUERIES]
    rows = dump(server, '--data-only', '--table=items', '--table=lines', *form)
    server.psql('DELETE FROM items')
    assert [table(server, query) for query in QUERIES] != before
    only_lines = dump(server, '--data-only', '--table=lines', *form)
    assert 'items' not in only_lines and 'lines' in only_lines
    done = subprocess.run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1'], input=rows, env=server.environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    after = [table(server, query) for query in QUERIES]
    assert after[0] == before[0] and after[2:] == before[2:]
    assert after[1].count('x') == 2  # It has no key, so the rows are there twice.


def test_what_cannot_be_dumped(server, tmp_path):
    assert 'pg_export_snapshot' in dump(server, '-Fd', '-j2', '-f', str(tmp_path / 'folder'), check=False)
