"""The generated code as text: the same bytes each time, nothing of the machine in it, and of the tutorial as a person reads it.

SQLMILL_REGENERATE=1 writes the goldens (clickstream/, words/) anew: read the difference as a critic before it is committed."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLICKSTREAM = ROOT / 'pipelines/clickstream/clickstream.sql'
WORDS = ROOT / 'tests/plan/words.sql'
GOLDENS = [(CLICKSTREAM, f'{name}.{kind}') for name in ('click_events', 'session_flags', 'click_mv_page_traffic') for kind in ('h', 'cpp')]
GOLDENS += [(WORDS, name) for name in ('events.h', 'events.cpp', 'session_users.h', 'session_users.cpp', 'pages_users.h', 'pages_users.cpp')]

sys.path.insert(0, str(ROOT / 'tests/fuzz'))
from random_pipelines import pipeline  # noqa: E402


def generate(sqlmill, source, folder):
    done = subprocess.run([str(sqlmill), 'generate', str(source), '-o', str(folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted(str(path) for path in folder.iterdir())
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize('name', ['clickstream', 'random'])
def test_same_bytes(sqlmill, tmp_path, name):
    places = []
    for place in ('one', 'another/folder'):
        source = tmp_path / place / f'{name}.sql'
        source.parent.mkdir(parents=True)
        source.write_text(CLICKSTREAM.read_text() if name == 'clickstream' else pipeline(1, 40))
        places.append(generate(sqlmill, source, source.parent / 'cpp'))
    assert places[0] == places[1]
    for text in places[0].values():
        assert str(tmp_path).encode() not in text
        assert text.isascii() and b'\r' not in text and b'\t' not in text


@pytest.mark.parametrize('source, name', GOLDENS, ids=[name for _, name in GOLDENS])
def test_golden(sqlmill, tmp_path, source, name):
    text = generate(sqlmill, source, tmp_path / 'cpp')[name].decode()
    golden = HERE / source.stem / f'{name}.expected'
    if os.environ.get('SQLMILL_REGENERATE'):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


def test_layout(sqlmill, tmp_path):
    """No blanks at the end of a line, no two blank lines, none at the beginning or end of a block, no line that is too long for a reader."""
    for name, text in generate(sqlmill, CLICKSTREAM, tmp_path / 'cpp').items():
        lines = text.decode().split('\n')
        for number, line in enumerate(lines, 1):
            assert line == line.rstrip(), f'{name}:{number}: blanks at the end'
            assert len(line) <= 120 or line.lstrip().startswith('"'), f'{name}:{number}: {len(line)} characters'
        assert '\n\n\n' not in text.decode(), f'{name}: two blank lines'
        assert not re.search(r'\{\n\n +\S', text.decode()), f'{name}: a blank line behind a brace'


COMMENT_BREAKERS = 'CREATE TABLE t (a int, b varchar);\nCREATE MATERIALIZED VIEW v AS SELECT b, count(*) FILTER (WHERE b = \'*/ \\\') AS n FROM t GROUP BY b;\n' \
                   'UPDATE t SET b = E\'x\\nint main() { }\\n\' WHERE b = \'\\\'\n;\n'


def test_user_text_stays_in_comments_and_literals(sqlmill, tmp_path):
    source = tmp_path / 'x.sql'
    source.write_text(COMMENT_BREAKERS)
    for text in generate(sqlmill, source, tmp_path / 'cpp').values():
        code = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text.decode())
        for line in code.split('\n'):
            if '//' in line:
                assert not line.endswith('\\')
            assert 'int main() {' not in line.split('//')[0]


@pytest.mark.parametrize('seed', [1, 2])
def test_random_pipelines_compile(sqlmill, tmp_path, seed):
    """Warnings are errors there. By hand: random_pipelines.py with more seeds and views."""
    source = tmp_path / 'random.sql'
    source.write_text(pipeline(seed, 8, 2))
    done = subprocess.run([str(sqlmill), 'build', str(source), '-o', str(tmp_path / 'binary'), '--fast'], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([str(tmp_path / 'binary'), 'replay', '--print', 'all', '--format', 'json'], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize('seed', range(100, 120))
def test_random_pipelines_are_accepted(sqlmill, tmp_path, seed):
    source = tmp_path / 'random.sql'
    source.write_text(pipeline(seed, 50))
    generate(sqlmill, source, tmp_path / 'cpp')
