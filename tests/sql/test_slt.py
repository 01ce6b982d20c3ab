"""The .slt files beside this one, against a real PostgreSQL. README.md describes their form."""
import collections
import pathlib

import psycopg2
import pytest

from support import slt

FILES = sorted(pathlib.Path(__file__).parent.glob('*.slt'))


@pytest.mark.parametrize('path', FILES, ids=[path.stem for path in FILES])
def test_slt(build, postgres, path):
    file = slt.read(path.read_text())
    names = [query.name for query in file.queries]
    pipeline = build(file.pipeline, path.stem)
    replayed = pipeline.replay(print=names)
    ours = replayed.tables()
    errors = {relation: set() for relation in names}
    for _, relation, *_, reason, _raw in pipeline.replay(print=['sqlmill_errors']).rows('sqlmill_errors'):
        errors.setdefault(relation, set()).add(reason)
    with postgres.schema() as session:
        slt.play(session, file.statements)
        told = []
        for query in file.queries:
            try:
                theirs = session.rows(query.oracle)
            except psycopg2.Error as error:
                told.append(f'line {query.line}: PostgreSQL refuses: {error} {slt.refused(session, query)}')
                continue
            told.append(slt.difference(query, ours[query.name][1], theirs))
            found = errors.pop(query.name, set())
            if query.fails and not any(query.fails in reason for reason in found):
                told.append(f'line {query.line}: no error says "{query.fails}": {found}')
            elif not query.fails and found:
                told.append(f'line {query.line}: errors {found}')
        told += [f'errors of {relation}: {reasons}' for relation, reasons in errors.items() if reasons]
    told = [text for text in told if text]
    assert not told, f'{len(told)} differences in {path.name}\n' + '\n'.join(told)

    assert pipeline.replay(print=names, workers=3).tables() == ours
    for name, epochs in pipeline.replay(print=names, changes=True).changes().items():
        total = collections.Counter()
        for changes in epochs.values():
            total.update(changes)
        assert sorted(map(str, total.elements())) == sorted(map(str, ours[name][1])), f'the changes of {name} do not add up to it'
