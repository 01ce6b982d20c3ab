"""EXPLAIN: what is looked up and what is scanned, of queries and of statements that write; EXPLAIN ANALYZE counts rows."""
import re
import sys

import pytest

from support.pipeline import ROOT, Refused

sys.path.insert(0, str(ROOT / 'tests/fuzz'))

import random_catalog  # noqa: E402


@pytest.fixture(scope='module')
def ask(build):
    pipeline = build(''.join(f'{statement};\n' for statement in random_catalog.catalog()), 'random_queries')

    def one(sql):
        answer, = pipeline.ask([sql])
        return answer if isinstance(answer, Refused) else [line for line, in answer.rows]
    return one


def test_queries(ask):
    assert ask('EXPLAIN SELECT i FROM numbers WHERE id = 3') == ['Project i', '  Filter (id = 3)  [look-up by key]', '    Scan numbers (id, i)']
    assert ask('EXPLAIN SELECT i FROM numbers WHERE i = 3') == ['Filter (i = 3)', '  Scan numbers (i)']


def test_changes(ask):
    assert ask('EXPLAIN DELETE FROM numbers WHERE id = 3') == ['Delete from numbers', '  Filter (id = 3)  [look-up by key]', '    Scan numbers']
    assert ask('EXPLAIN UPDATE numbers SET i = 1 WHERE i = 3') == ['Update of numbers', '  Filter (i = 3)', '    Scan numbers']
    assert ask('EXPLAIN INSERT INTO twice SELECT i FROM numbers WHERE id = 3')[:1] == ['Insert into twice']
    assert 'EXPLAIN ANALYZE is for queries only' in ask('EXPLAIN ANALYZE DELETE FROM numbers').error


def test_analyze(ask):
    *plan, memory, time = ask('EXPLAIN ANALYZE SELECT count(*) FROM numbers WHERE id < 7')
    assert [re.sub(r'[\d.]+ ms', '_', line) for line in plan] == ['Aggregate: count(*)  (1 rows, _)', '  Filter (id < 7)  (7 rows, _)', '    Scan numbers (id)']
    assert re.fullmatch(r'Memory: \d+ KiB at most', memory) and re.fullmatch(r'Execution Time: \d+\.\d{3} ms', time)
