"""Random queries (tests/fuzz/random_queries.py) against PostgreSQL: the same ones each time. More of them: ./dev fuzz queries."""
import sys

from support.pipeline import ROOT

sys.path.insert(0, str(ROOT / 'tests/fuzz'))

import compare_queries  # noqa: E402


def test_random_queries(build, postgres):
    with postgres.schema() as session:
        pipeline = compare_queries.prepare(build, session)
        *told, (_, summary) = compare_queries.compare(pipeline, session, seed=2026, count=1000)
    assert not told, '\n\n'.join(f'{query.sql}\n-- {what}' for query, what in told)
    assert summary.same > 900
