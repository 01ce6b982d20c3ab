"""sqllogictest-bin, which speaks the protocol, over the queries of the .slt files: each says what PostgreSQL 15 gives.

The files' own form (tests/sql/README.md) is turned into sqllogictest's. Queries whose rows are compared by value only, or that fail,
stay with tests/query."""
import contextlib
import os
import pathlib
import re
import subprocess

import psycopg2
import pytest

from serving import serving
from support import normalise, slt
from test_kit import CACHE, missing_tool

ROOT = pathlib.Path(__file__).resolve().parents[1]
FILES = sorted([*(ROOT / 'query').glob('*.slt'), *(ROOT / 'sql').glob('*.slt')])
VERSION = '0.29.1'


@pytest.fixture(scope='module')
def sqllogictest():
    problem = missing_tool('rust')
    if problem and not os.environ.get('CI'):
        pytest.skip(f'sqllogictest: {problem}')
    assert not problem
    folder = CACHE / f'sqllogictest-{VERSION}'
    program = folder / 'bin/sqllogictest'
    if not program.exists():
        subprocess.run(['cargo', 'install', '-q', 'sqllogictest-bin', '--version', VERSION, '--locked', '--root', str(folder)], check=True,
                       env={**os.environ, 'CARGO_TARGET_DIR': str(CACHE / 'sqllogictest-target'), 'CARGO_PROFILE_RELEASE_OPT_LEVEL': '0'})
    return program


def cell(text):
    """As the program prints it."""
    return 'NULL' if text is None else text or '(empty)'


def has_one_form(text):
    """A line is a row, of which words are compared; a timestamptz has another form as a text of ours."""
    return text is None or not (text.isspace() or re.search(r'[^\S ]|[\x00-\x1f]', text) or normalise.TIMESTAMPTZ.fullmatch(text))


def suited(query, rows):
    """The query, and its rows, without the expressions that the program cannot compare; nothing if there is nothing left."""
    fits = [all(map(has_one_form, column)) for column in zip(*rows)]
    if all(fits):
        return query.sql.strip(), rows
    if not query.labels or not fits[0]:
        return None
    kept = [i for i, fit in enumerate(fits) if fit]
    relation = query.sql.rsplit('\nFROM ', 1)[1]
    return f'SELECT {", ".join(f"({query.labels[i]})" for i in kept)} FROM {relation}', [[row[i] for i in kept] for row in rows]


def script(file, session):
    """The queries, and how many these are."""
    blocks = []
    for query in file.queries:
        if query.how or query.fails or query.oracle != query.sql:
            continue
        found = suited(query, session.rows(query.sql))
        if not found or not found[1]:
            continue
        sql, rows = found[0], [[cell(text) for text in row] for row in found[1]]
        lines = [' '.join(' '.join(row).split()) for row in (rows if query.ordered else sorted(rows))]
        blocks.append('\n'.join([f'query {"T" * len(rows[0])} {"nosort" if query.ordered else "rowsort"}', sql, '----', *lines]))
    return '\n\n'.join(blocks) + '\n', len(blocks)


@pytest.mark.parametrize('path', FILES, ids=[path.stem for path in FILES])
def test_sqllogictest(sqllogictest, build, postgres, tmp_path, path):
    file = slt.read(path.read_text())
    sql, later = slt.without_queries(file)
    with serving(build(sql, path.stem).binary) as server, postgres.schema() as session:
        with contextlib.closing(psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit')) as connection:
            connection.autocommit = True
            for statement in later:
                connection.cursor().execute(statement)
        slt.play(session, file.statements)
        text, queries = script(file, session)
        assert queries
        (tmp_path / 'queries.slt').write_text(text)
        done = subprocess.run([sqllogictest, '--engine', 'postgres', '--host', server.host, '--port', str(server.port), '--db', 'dev', '--user', 'kit',
                               tmp_path / 'queries.slt'], capture_output=True, text=True, timeout=300, env={**os.environ, 'RUST_BACKTRACE': '0'})
    assert done.returncode == 0, done.stdout + done.stderr
