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
    sql, later = slt.without_queries(file)
    answers = build(sql, path.stem).ask([*later, *(query.sql for query in file.queries)], workers=workers)
    assert not any(isinstance(answer, Refused) for answer in answers[:len(later)]), answers[:len(later)]
    answers = answers[len(later):]
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
