"""`sqlmill explain`: NAME.sql and its dataflow, NAME.expected; the tutorial's is in clickstream.expected. queries/NAME.sql are
statements over queries/schema.sql, and NAME.expected what `explain --query` says of each.

SQLMILL_REGENERATE=1 writes the .expected files anew."""
import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
CLICKSTREAM = HERE.parents[1] / 'pipelines/clickstream/clickstream.sql'
FILES = sorted(HERE.glob('*.sql')) + [CLICKSTREAM]
SCHEMA = HERE / 'queries/schema.sql'
QUERIES = [path for path in sorted(HERE.glob('queries/*.sql')) if path != SCHEMA]


def explain(sqlmill, *words):
    done = subprocess.run([str(sqlmill), 'explain', *map(str, words)], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_dataflow(sqlmill, path):
    text = explain(sqlmill, path)
    expected = HERE / f'{path.stem}.expected'
    if os.environ.get('SQLMILL_REGENERATE'):
        expected.write_text(text)
    assert text == expected.read_text()


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_json(sqlmill, path):
    flow = json.loads(explain(sqlmill, path, '--format', 'json'))
    ids = [op['id'] for op in flow['operators']]
    assert len(set(ids)) == len(ids)
    for op in flow['operators']:
        assert set(op['inputs']) <= set(ids) and op['state']
    assert all(output['input'] in ids for output in flow['outputs'])


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_dot(sqlmill, path):
    text = explain(sqlmill, path, '--format', 'dot')
    assert text.startswith('digraph dataflow {\n') and text.endswith('}\n')
    nodes = set(re.findall(r'^  (\w+) \[label="(?:[^"\\]|\\.)*"', text, re.M))
    edges = re.findall(r'^  (\w+) -> (\w+);', text, re.M)
    assert edges and all(a in nodes and b in nodes for a, b in edges)
    for line in text.splitlines():
        assert len(re.findall(r'(?<!\\)"', line)) % 2 == 0


def test_one_view(sqlmill):
    text = explain(sqlmill, CLICKSTREAM, 'click_mv_page_traffic')
    assert 'click_mv_page_traffic' in text and 'session_flags' not in text


@pytest.mark.parametrize('stage', ['ast', 'plan', 'cpp'])
def test_stages(sqlmill, stage):
    assert 'converted' in explain(sqlmill, CLICKSTREAM, '--stage', stage)


@pytest.mark.parametrize('path', QUERIES, ids=lambda path: path.stem)
def test_queries(sqlmill, path):
    text = ''
    for query in path.read_text().rstrip(';\n').split(';\n'):
        text += f'{query}\n\n{explain(sqlmill, SCHEMA, "--query", query)}\n\n'
    expected = path.with_suffix('.expected')
    if os.environ.get('SQLMILL_REGENERATE'):
        expected.write_text(text)
    assert text == expected.read_text()


def test_errors_of_a_query(sqlmill):
    done = subprocess.run([str(sqlmill), 'explain', str(SCHEMA), '--query', 'SELECT x'], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (1, '')
    assert 'error[E0203]: column "x" does not exist\n --> query:1:8\n' in done.stderr
