"""Random histories of inserts, updates and deletes: after every epoch each view is what PostgreSQL computes afresh, with any
number of workers, and wherever it is stopped and goes on; when all rows are gone, nothing is left in any state."""
import collections

import pytest

from history import VIEWS, History
from support import normalise, slt

SEEDS = [1, 2, 3]
LENGTH = 60


@pytest.mark.parametrize('seed', SEEDS)
def test_views_follow_a_history(build, postgres, seed):
    history = History(seed, LENGTH)
    pipeline = build(history.sql(), 'history')  # One name: only what holds the statements is compiled anew.
    replayed = pipeline.replay(print=list(VIEWS), changes=True)
    changes = replayed.changes()
    assert replayed.summary.errors == 0
    state = {name: collections.Counter() for name in VIEWS}
    with postgres.schema() as session:
        for statement in history.sql().split(';\n')[:2]:
            session.execute(statement)
        for name, (query, _) in VIEWS.items():
            session.execute(f'CREATE VIEW {name} AS {query}')
        for epoch, statement in enumerate(history.statements + history.end, 1):
            session.execute(slt.in_postgresql(session, statement))
            for name, (_, how) in VIEWS.items():
                for row, weight in changes[name].get(epoch, {}).items():
                    state[name][row] += weight
                assert min(state[name].values(), default=0) >= 0, f'{name}, epoch {epoch}: {state[name]}'
                ours = normalise.in_any_order(normalise.rows(state[name].elements(), how))
                theirs = normalise.in_any_order(normalise.rows(session.rows(f'SELECT * FROM {name}'), how))
                assert ours == theirs, f'seed {seed}, {name} after epoch {epoch}: {statement}'

    # All that is left is the row of the query without GROUP BY.
    assert replayed.summary.views == {name: 1 if name == 'whole' else 0 for name in VIEWS}
    left = [op for op in replayed.summary.operators if op.records]
    assert [op.records for op in left] == [1], left

    for workers in (2, 4):
        assert pipeline.replay(print=list(VIEWS), changes=True, workers=workers).changes() == changes
    for every, workers in ((1, 1), (3, 2)):
        assert pipeline.replay(print=list(VIEWS), changes=True, workers=workers, restart_every=every).changes() == changes


def test_a_statement_touches_what_it_changes_and_nothing_else(build):
    """The last statements of a history change one row of a large table."""
    rows = ', '.join(f"({i}, 'g{i % 500}', {i})" for i in range(5000))
    views = '''CREATE TABLE t (id int PRIMARY KEY, g varchar, i int);
CREATE MATERIALIZED VIEW per_g AS SELECT g, count(*) AS c, max(i) AS m, count(DISTINCT i) AS d FROM t GROUP BY g;
CREATE MATERIALIZED VIEW sizes AS SELECT c, count(*) AS groups FROM per_g GROUP BY c;
CREATE MATERIALIZED VIEW whole AS SELECT count(*) AS c, sum(m) AS s FROM per_g;
'''
    load = f'INSERT INTO t VALUES {rows};\n'
    before = build(views + load, 'touched').replay(print=['per_g']).summary
    after = build(views + load + "INSERT INTO t VALUES (5000, 'g7', -1);\nDELETE FROM t WHERE id = 3;\nUPDATE t SET i = 0 WHERE id = 4;\n",
                  'touched').replay(print=['per_g']).summary
    assert before.operator('per_g').records == after.operator('per_g').records == 500
    assert before.operator('per_g').touched == 500
    assert after.operator('per_g').touched == 503
    assert after.operator('whole').touched - before.operator('whole').touched <= 3
    # A group of another size leaves one group of sizes and enters another; the third statement changes no size.
    assert after.operator('sizes').touched - before.operator('sizes').touched <= 2 * 3
    assert after.operator('sizes').rows_in - before.operator('sizes').rows_in <= 2 * 3
