"""Every diagnostic with its exact text: NAME.sql and what `sqlmill check` says, NAME.expected. Of statements by themselves:
queries/NAME.sql over the relations of tests/plan/queries/schema.sql, and what `sqlmill explain --query` says of each.

SQLMILL_REGENERATE=1 writes the .expected files anew: read the difference as a user would before it is committed."""
import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
FILES = sorted(HERE.glob('*.sql'))
QUERIES = sorted(HERE.glob('queries/*.sql'))
SCHEMA = HERE.parent / 'plan/queries/schema.sql'


def check(sqlmill, path, *options):
    return subprocess.run([str(sqlmill), 'check', path.name, *options], cwd=path.parent, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_text(sqlmill, path):
    done = check(sqlmill, path)
    said = done.stderr + done.stdout
    expected = path.with_suffix('.expected')
    if os.environ.get('SQLMILL_REGENERATE'):
        expected.write_text(said)
    assert said == expected.read_text()
    assert done.returncode == (1 if 'error[' in said else 0)


@pytest.mark.parametrize('path', QUERIES, ids=lambda path: path.stem)
def test_text_of_queries(sqlmill, path):
    said = ''
    for query in path.read_text().rstrip(';\n').split(';\n'):
        done = subprocess.run([str(sqlmill), 'explain', str(SCHEMA), '--query', query], capture_output=True, text=True, timeout=20)
        assert (done.returncode, done.stdout) == (1, ''), query
        said += done.stderr + '\n'
    expected = path.with_suffix('.expected')
    if os.environ.get('SQLMILL_REGENERATE'):
        expected.write_text(said)
    assert said == expected.read_text()


@pytest.mark.parametrize('path', FILES + QUERIES, ids=lambda path: path.stem)
def test_the_file_shows_its_code(path):
    if re.match(r'[EW]\d{4}_', path.stem):
        assert f'[{path.stem[:5]}]' in path.with_suffix('.expected').read_text()


def test_every_code_has_a_file():
    definitions = (HERE.parents[1] / 'compiler/diag/diagnostics.def').read_text()
    codes = {f'{"E" if severity == "Error" else "W"}{int(number):04}'
             for number, severity in re.findall(r'^SQLMILL_DIAGNOSTIC\(\w+, (\d+), k(\w+),', definitions, re.M)}
    assert codes
    assert codes - {path.stem[:5] for path in FILES + QUERIES} == set()


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_json_says_the_same(sqlmill, path):
    done = check(sqlmill, path, '--format', 'json')
    assert done.stderr == ''
    found = json.loads(done.stdout)
    text = path.with_suffix('.expected').read_text()
    heads = re.findall(r'^(error|warning)\[(\w+)\]: (.*)$', text, re.M)
    places = re.findall(r'^ *--> (.*):(\d+):(\d+)$', text, re.M)
    assert [(d['severity'], d['code']) for d in found] == [head[:2] for head in heads]
    assert [(d['file'], d['line'], d['column']) for d in found] == [(f, int(line), int(column)) for f, line, column in places]
    for diagnostic, head in zip(found, heads):
        assert set(diagnostic) == {'code', 'severity', 'sqlstate', 'message', 'hint', 'file', 'line', 'column', 'end_line', 'end_column'}
        assert re.fullmatch(r'[0-9A-Z]{5}', diagnostic['sqlstate'])
        assert diagnostic['message'] == head[2]
        assert (diagnostic['line'], diagnostic['column']) <= (diagnostic['end_line'], diagnostic['end_column'])


def test_json_without_errors(sqlmill, tmp_path):
    path = tmp_path / 'fine.sql'
    path.write_text('CREATE TABLE t (a int);\n')
    done = check(sqlmill, path, '--format', 'json')
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_json_of_hostile_text(sqlmill, tmp_path):
    path = tmp_path / 'quo"te\\.sql'
    path.write_bytes(b'CREATE TABLE t (a int);\nSELECT "x\\y"."\xc3\xa9" \xff\x01;\nCREATE VIEW v AS SELECT "a""b\t\\" FROM t;\n')
    done = subprocess.run([str(sqlmill), 'check', str(path), '--format', 'json'], capture_output=True, timeout=20)
    assert done.returncode == 1
    assert len(json.loads(done.stdout.decode())) >= 2


@pytest.mark.parametrize('name', [path.stem for path in FILES if '_secret_' in path.stem])
def test_a_secret_is_not_shown(sqlmill, name):
    """The line of a warning or error is printed, and logs of builds are kept: the literal must not be in it."""
    for options in ([], ['--format', 'json']):
        done = check(sqlmill, HERE / f'{name}.sql', *options)
        assert not re.search('hun|ter2', done.stdout + done.stderr)
