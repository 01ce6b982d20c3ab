"""Random queries (random_queries.py) over a compiled pipeline and over PostgreSQL: the same rows.

    compare_queries.py [--count N] [--seed N]

prints each query that differs. SQLMILL names the compiler."""
import argparse
import dataclasses
import pathlib
import sys
import tempfile

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests'), str(pathlib.Path(__file__).parent)]

import random_catalog  # noqa: E402
import random_queries  # noqa: E402
from support import normalise  # noqa: E402
from support.pipeline import Builder, Refused  # noqa: E402
from support.postgres import Postgres  # noqa: E402

BATCH = 1000
MOST_ROWS = 2000
# Equal values that print differently: which of them a group shows is not said.
HOW = {'numeric': 'numeric', 'double precision': 'approximate', 'interval': 'interval'}


def normalised(rows, query):
    cells = [[normalise.rows([(cell,)], [HOW[kind]] if kind in HOW else [])[0][0] for cell, kind in zip(row, query.kinds)] for row in rows]
    found = [tuple(row) for row in cells]
    return found if query.ordered else normalise.in_any_order(found)


def theirs_of(query, session):
    """PostgreSQL's rows; None if it refuses (it computes constants that no row needs), takes too long or gives too many."""
    try:
        if query.changes:
            return session.rows(query.sql)
        rows = session.rows(f'SELECT * FROM (\n{query.sql}\n) AS all_rows LIMIT {MOST_ROWS + 1}')
    except psycopg2.Error:
        return None
    return rows if len(rows) <= MOST_ROWS else None


def difference(query, answer, theirs):
    """What to tell; '' if both give the same."""
    if isinstance(answer, Refused):
        return f'refused: {answer.error}'
    ours, theirs = normalised(answer.rows, query), normalised(theirs, query)
    if ours == theirs:
        return ''
    return (f'{len(ours)} rows, PostgreSQL {len(theirs)}\n' + '\n'.join(f'  ours only  {row}' for row in [r for r in ours if r not in theirs][:5])
            + '\n' + '\n'.join(f'  PostgreSQL only  {row}' for row in [r for r in theirs if r not in ours][:5]))


@dataclasses.dataclass
class Summary:
    same: int = 0
    without_rows: int = 0   # Of these.
    left_out: int = 0       # PostgreSQL has nothing to compare with.


def compare(pipeline, session, seed, count):
    """Yields (query, what differs) for those that differ; at the end (None, Summary)."""
    summary = Summary()
    for start in range(0, count, BATCH):
        made = random_queries.queries(seed + start // BATCH, min(BATCH, count - start))
        # Our program begins anew with each batch.
        session.execute('TRUNCATE scratch')
        for statement in random_catalog.catalog():
            if statement.startswith('INSERT INTO scratch'):
                session.execute(statement)
        theirs = [(query, rows) for query in made if (rows := theirs_of(query, session)) is not None]
        summary.left_out += len(made) - len(theirs)
        answers = pipeline.ask([query.sql for query, _ in theirs], workers=1 + start // BATCH % 3)
        for (query, rows), answer in zip(theirs, answers):
            told = difference(query, answer, rows)
            if told:
                yield query, told
            else:
                summary.same += 1
                summary.without_rows += not answer.rows
    yield None, summary


def prepare(build, session):
    """The pipeline, and the same rows in PostgreSQL."""
    statements = random_catalog.catalog()
    for statement in statements:
        session.execute(statement.replace('MATERIALIZED VIEW', 'VIEW'))
    session.execute("SET statement_timeout = '1s'")
    return build(''.join(f'{statement};\n' for statement in statements), 'random_queries')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--seed', type=int, default=1)
    arguments = parser.parse_args()
    server = Postgres()
    differences = 0
    try:
        with tempfile.TemporaryDirectory() as folder, server.schema() as session:
            pipeline = prepare(Builder(folder), session)
            for query, told in compare(pipeline, session, arguments.seed, arguments.count):
                differences += query is not None
                print(f'{query.sql}\n-- {told}\n' if query else
                      f'{arguments.count} queries: {told.same} give the same, {told.without_rows} of them no rows; {differences} differ; {told.left_out} left out',
                      flush=True)
    finally:
        server.stop()
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
