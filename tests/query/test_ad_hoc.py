"""Queries over a finished replay, against a real PostgreSQL: the .slt files of views, and those of this folder, whose forms are for queries
only. (tests/sql/README.md describes the files.)"""
import pathlib

import psycopg2
import pytest

from support import slt
from support.pipeline import Refused

HERE = pathlib.Path(__file__).parent
FILES = sorted([*HERE.glob('*.slt'), *(HERE.parent / 'sql').glob('*.slt')])


@pytest.mark.parametrize('path', FILES, ids=[path.stem for path in FILES])
@pytest.mark.parametrize('workers', [1, 3])
def test_ad_hoc(build, postgres, path, workers):
    file = slt.read(path.read_text())
    pipeline = build(slt.only_statements(file), path.stem)
    answers = pipeline.ask([query.sql for query in file.queries], workers=workers)
    told = []
    with postgres.schema() as session:
        slt.play(session, file.statements)
        for query, answer in zip(file.queries, answers):
            if isinstance(answer, Refused):
                # Of several expressions that fail, the one that comes first says so.
                if not query.fails or (not query.labels and query.fails not in answer.error):
                    told.append(f'line {query.line}: {answer.error}')
                continue
            if query.fails:
                told.append(f'line {query.line}: "{query.fails}" was expected')
                continue
            try:
                told.append(slt.difference(query, answer.rows, session.rows(query.oracle)))
            except psycopg2.Error as error:
                told.append(f'line {query.line}: PostgreSQL refuses: {error}')
    told = [text for text in told if text]
    assert not told, f'{len(told)} differences in {path.name}\n' + '\n'.join(told)
