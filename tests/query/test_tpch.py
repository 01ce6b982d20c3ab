"""TPC-H's 22 queries at scale 0.1, ad hoc over tables, against PostgreSQL. The data come from tpchgen-cli, a package of PyPI."""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys

from support import normalise
from support.pipeline import ROOT, Refused

HERE = pathlib.Path(__file__).parent / 'tpch'
TOOLS = pathlib.Path(os.environ.get('BUILD', ROOT / 'build')) / 'tests-tpch'
SCALE = '0.1'


def queries():
    text = re.sub(r'^--.*\n', '', (HERE / 'queries.sql').read_text(), flags=re.M)
    parts = re.split(r'^; (\d+)\n', text, flags=re.M)
    return {int(number): sql.strip() for sql, number in zip(parts[0::2], parts[1::2])}


def tables():
    """Name → columns with their types."""
    found = {}
    for name, columns in re.findall(r'CREATE TABLE (\w+) \((.*)\);', (HERE / 'schema.sql').read_text()):
        columns = re.sub(r', PRIMARY KEY \(.*?\)', '', columns)
        found[name] = [tuple(column.split()[:2]) for column in columns.split(', ')]
    return found


def made():
    """A folder with TABLE.csv and TABLE.json, made once and kept."""
    folder = TOOLS / f'scale-{SCALE}'
    if not (folder / 'made').exists():
        folder.mkdir(parents=True, exist_ok=True)
        packages = TOOLS / 'packages'
        subprocess.run([sys.executable, '-m', 'venv', str(packages)], check=True, capture_output=True)
        subprocess.run([str(packages / 'bin/pip'), 'install', '--quiet', 'tpchgen-cli==4.0.0'], check=True)
        subprocess.run([str(packages / 'bin/tpchgen-cli'), 'csv', '-s', SCALE, '--output-dir', str(folder)], check=True,
                       capture_output=True)
        for name, columns in tables().items():
            numbers = [kind in ('bigint', 'int') for _, kind in columns]
            with open(folder / f'{name}.csv', newline='') as file, open(folder / f'{name}.json', 'w') as out:
                rows = csv.reader(file)
                next(rows)
                for row in rows:
                    out.write(json.dumps({column: int(value) if number else value
                                          for (column, _), number, value in zip(columns, numbers, row)}) + '\n')
        (folder / 'made').touch()
    return folder


def fill(session, folder):
    """PostgreSQL's tables."""
    session.execute((HERE / 'schema.sql').read_text())
    for name in tables():
        session.copy(name, folder / f'{name}.csv')
    # Without them it takes minutes for 17 and 20.
    for name, columns in (('lineitem', 'l_partkey, l_suppkey'), ('lineitem', 'l_orderkey'), ('orders', 'o_custkey'), ('partsupp', 'ps_suppkey')):
        session.execute(f'CREATE INDEX ON {name} ({columns})')
    session.execute('ANALYZE')


def test_tpch(build, postgres):
    data = made()
    pipeline = build((HERE / 'schema.sql').read_text(), 'tpch')
    asked = queries()
    assert list(asked) == list(range(1, 23))
    answers = pipeline.ask(list(asked.values()), *((name, data / f'{name}.json') for name in tables()))
    told = []
    with postgres.schema() as session:
        fill(session, data)
        for (number, sql), answer in zip(asked.items(), answers):
            if isinstance(answer, Refused):
                told.append(f'{number}: {answer.error}')
                continue
            theirs = normalise.in_any_order(normalise.rows(session.rows(sql), []))
            ours = normalise.in_any_order(normalise.rows(answer.rows, []))
            assert theirs or number in (2, 20), f'query {number} gives nothing: the test says nothing'
            if ours != theirs:
                told.append(f'{number}: ours {ours[:5]} … ({len(ours)}), PostgreSQL {theirs[:5]} … ({len(theirs)})')
    assert not told, '\n'.join(told)
