"""Random queries (random_queries.py) over a compiled pipeline and over PostgreSQL: the same rows.

    compare_queries.py [--count N] [--seed N] [--keep-going]

prints each query that differs. SQLMILL names the compiler."""
import argparse
import pathlib
import sys
import tempfile

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests'), str(pathlib.Path(__file__).parent)]

import random_queries  # noqa: E402
from support import normalise  # noqa: E402
from support.pipeline import Builder, Refused  # noqa: E402
from support.postgres import Postgres  # noqa: E402

BATCH = 1000
# Equal values that print differently: which of them a group shows is not said.
HOW = {'numeric': 'numeric', 'double precision': 'approximate', 'interval': 'interval'}


def normalised(rows, query):
    cells = [[normalise.rows([(cell,)], [HOW[kind]] if kind in HOW else [])[0][0] for cell, kind in zip(row, query.kinds)] for row in rows]
    # A row of one NULL is an empty line, as is one of an empty text.
    return normalise.in_any_order([tuple(row) for row in cells]) if not query.ordered else [tuple(row) for row in cells]


def difference(query, answer, session):
    """What to tell; '' if both give the same, None if PostgreSQL gives nothing to compare with."""
    try:
        theirs = session.rows(query.sql)
    except psycopg2.Error as error:
        return None if isinstance(answer, Refused) or 'statement timeout' in str(error) else f'PostgreSQL refuses: {error}'
    if isinstance(answer, Refused):
        return f'refused: {answer.error}'
    ours, theirs = normalised(answer.rows, query), normalised(theirs, query)
    if ours == theirs:
        return ''
    return (f'{len(ours)} rows, PostgreSQL {len(theirs)}\n' + '\n'.join(f'  ours only  {row}' for row in [r for r in ours if r not in theirs][:5])
            + '\n' + '\n'.join(f'  PostgreSQL only  {row}' for row in [r for r in theirs if r not in ours][:5]))


def compare(pipeline, session, seed, count):
    """Yields (query, what differs) for those that differ; at the end (None, numbers)."""
    answered = skipped = 0
    for start in range(0, count, BATCH):
        queries = random_queries.queries(seed + start // BATCH, min(BATCH, count - start))
        answers = pipeline.ask([query.sql for query in queries], workers=1 + start // BATCH % 3)
        for query, answer in zip(queries, answers):
            told = difference(query, answer, session)
            answered += told == ''
            skipped += told is None
            if told:
                yield query, told
    yield None, f'{answered} of {count} queries give the same; PostgreSQL refuses {skipped}'


def prepare(build, session):
    """The pipeline, and the same rows in PostgreSQL."""
    statements = random_queries.catalog()
    for statement in statements:
        session.execute(statement.replace('MATERIALIZED VIEW', 'VIEW'))
    session.execute("SET statement_timeout = '5s'")
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
                print(told if query is None else f'{query.sql}\n-- {told}\n', flush=True)
    finally:
        server.stop()
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
