"""SQL that tries to break out: an error of the file or a working binary; never a g++ error, never a crash of the compiler."""
import json
import resource
import subprocess

import pytest

STACK = 8192 * 1024  # What `ulimit -s` gives by default.

NAMES = ['x;system(1)//', 'R"(', '*/', '/*', '//', '\\', 'end\\', '??/', '??=', 'class', 'int', 'std', '_Upper', '__x', 'x__y', 'row', 'key',
         'values', 'context', 'Worker', 'pipeline', 'env_', 'x_changes', 'exchanges_', 'errors_', 'main', 'NULL', 'kSql', 'rt', 'sqlmill', 'a b', 'a_b',
         'a-b', 'a__b', 'A', 'a', 'é', '日本', '😀', '1', '9lives', '$x$', '%s', '{}', '{0}', '"', '""', "'", '\t', '\n', '#define X', '@', 'a' * 63,
         'assert', 'errno', 'stdout', 'linux', 'unix', 'EOF', 'major', 'minor', 'I', 'M_PI', 'env', 'records', 'stage_1', 'statement_1', 'flow_t', 'kInputs',
         'Row', 'Key', 'Values', 'Record', 'Collections', 'Input', 'Out', 'In', 'hash', 'own', 'release', 'identical', 'text', 'operator', 'u3b', 'x_u3b']
LITERALS = ["", "x;system(1)//", 'R"(', ')"', '*/', '//', '\\', 'end\\', '??/', '\n', '\r\n', '\t', "it''s", '"', '%s%n', '{}', '${HOME}x', '\x7f', 'é😀', '\ufeff',
            '\u2028', 'a' * 100_000, '$x$', '\\0', '\\x41', '0123\\', '?' * 9]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def run(command, **options):
    """With the stack of a shell, so that recursion without a bound shows."""
    return subprocess.run([str(word) for word in command], capture_output=True, timeout=400,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK)), **options)


def check(sqlmill, tmp_path, sql):
    path = tmp_path / 'hostile.sql'
    path.write_bytes(sql if isinstance(sql, bytes) else sql.encode())
    done = run([sqlmill, 'check', path])
    assert done.returncode in (0, 1), done.stderr[-2000:]  # A signal is negative.
    assert done.returncode == 0 or b'error[E' in done.stderr
    for word in (b'terminate called', b'what()', b'Assertion', b'fault:'):
        assert word not in done.stderr
    return done


def build(sqlmill, tmp_path, sql, name='hostile'):
    path = tmp_path / f'{name}.sql'
    path.write_text(sql)
    done = run([sqlmill, 'build', path, '-o', tmp_path / 'binary', '--fast'])
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return tmp_path / 'binary'


def replay(binary, *options):
    done = run([binary, 'replay', '--format', 'csv', *options])
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode()


def names_sql():
    """Each name as a column, an alias, a relation and a view; colliding ones together."""
    columns = ', '.join(f'{quoted(n)} int' for n in NAMES)
    sql = f'CREATE TABLE t ({columns}, PRIMARY KEY ({quoted(NAMES[0])}, "row"));\n'
    sql += f'INSERT INTO t VALUES ({", ".join(str(i) for i in range(len(NAMES)))});\n'
    sql += f'UPDATE t SET {", ".join(quoted(n) + " = " + quoted(n) + " + 1" for n in NAMES if n not in (NAMES[0], "row"))} WHERE "class" >= 0;\n'
    sql += 'CREATE MATERIALIZED VIEW all_columns AS SELECT * FROM t;\n'
    sql += f'CREATE MATERIALIZED VIEW sums AS SELECT {", ".join(f"sum({quoted(n)}) AS {quoted(n)}" for n in NAMES)} FROM t GROUP BY {", ".join(map(quoted, NAMES[:9]))};\n'
    for n in NAMES:
        if n not in ('t', 'all_columns', 'sums') and '\n' not in n:
            sql += f'CREATE MATERIALIZED VIEW {quoted(n)} AS SELECT {quoted(n)}, count(*) AS "n" FROM t AS {quoted(n)} GROUP BY {quoted(n)};\n' if n in NAMES[::6] \
                else f'CREATE VIEW {quoted(n)} AS SELECT {quoted(n)} AS "v" FROM t AS {quoted(n)};\n'
    return sql


def test_names(sqlmill, tmp_path):
    binary = build(sqlmill, tmp_path, names_sql(), name='class')
    lines = replay(binary, '--print', 'all_columns').splitlines()
    expected = [str(i if n in (NAMES[0], 'row') else i + 1) for i, n in enumerate(NAMES)]
    assert lines[-1] == ','.join(expected)


def test_literals(sqlmill, tmp_path):
    rows = ', '.join('({}, {})'.format(i, "'" + text.replace("''", "'").replace("'", "''") + "'") for i, text in enumerate(LITERALS))
    sql = f'CREATE TABLE t (i int, s varchar);\nINSERT INTO t VALUES {rows};\nCREATE MATERIALIZED VIEW v AS\nSELECT i, s, length(s) AS n,\n'
    items = []
    for i, text in enumerate(LITERALS):
        literal = "'" + text.replace("''", "'").replace("'", "''") + "'"
        items.append(f'WHEN s = {literal} THEN {i}')
    both = ', '.join("'" + text.replace("''", "'").replace("'", "''") + "'" for text in LITERALS)
    sql += 'CASE ' + '\n'.join(items) + f' END AS found,\ns IN ({both}) AS listed,\nmd5(s || {both.split(", ")[1]}) AS m\nFROM t;\n'
    binary = build(sqlmill, tmp_path, sql)
    done = run([binary, 'replay', '--print', 'v', '--format', 'json'])
    rows = [json.loads(line) for line in done.stdout.decode().split('\n') if line]
    assert len(rows) == len(LITERALS)
    for row in rows:
        text = LITERALS[row['i']].replace("''", "'")
        assert (row['s'], row['n'], row['found'], row['listed']) == (text, len(text), row['i'], True)


def test_sizes(sqlmill, tmp_path):
    """A long IN list, a CASE of 1,000 branches, 500 columns, 5,000 rows and a literal of a megabyte, in one binary."""
    items = ', '.join(f"'item number {i:06}'" for i in range(50_000))
    branches = ' '.join(f"WHEN c0 = {i} THEN 'branch {i}'" for i in range(1000))
    columns = ', '.join(f'c{i} int' for i in range(500))
    sql = f"""
CREATE TABLE t (id int, c0 int, s varchar);
INSERT INTO t VALUES {', '.join(f"({i}, {i % 1200}, 'item number {i * 11:06}')" for i in range(5000))};
CREATE MATERIALIZED VIEW listed AS SELECT count(*) AS n FROM t WHERE s IN ({items});
CREATE MATERIALIZED VIEW branches AS SELECT CASE {branches} ELSE 'none' END AS branch, count(*) AS n FROM t GROUP BY 1;
CREATE TABLE wide ({columns});
INSERT INTO wide VALUES ({', '.join(map(str, range(500)))});
CREATE MATERIALIZED VIEW wide_view AS SELECT * FROM wide WHERE c499 = 499;
CREATE MATERIALIZED VIEW wide_groups AS SELECT {', '.join(f'c{i}, max(c{i + 1}) AS m{i}' for i in range(0, 60, 2))} FROM wide GROUP BY {', '.join(f'c{i}' for i in range(0, 60, 2))};
CREATE MATERIALIZED VIEW long_literal AS SELECT length('{'x' * 1_000_000}' || s) AS n FROM t WHERE id = 1;
"""
    assert len(items) > 1_000_000
    binary = build(sqlmill, tmp_path, sql)
    out = replay(binary, '--print', 'listed,long_literal')
    assert out.split() == ['listed', 'n', '4546', 'long_literal', 'n', '1000018']
    counts = dict(line.split(',') for line in replay(binary, '--print', 'branches').splitlines())
    assert len(counts) == 1002
    assert (counts['branch 0'], counts['branch 999'], counts['none']) == ('5', '4', '800')


def test_many_views(sqlmill, tmp_path):
    views = ''.join(f'CREATE MATERIALIZED VIEW v{i} AS SELECT a + {i} AS k, count(*) AS n, max(b) AS m FROM t WHERE b > {i} GROUP BY a + {i};\n' for i in range(200))
    done = check(sqlmill, tmp_path, 'CREATE TABLE t (a int, b int);\n' + views)
    assert done.returncode == 0
    assert run([sqlmill, 'generate', tmp_path / 'hostile.sql', '-o', tmp_path / 'cpp']).returncode == 0


T = 'CREATE TABLE t (a int, b boolean, s varchar);\n'
DEEP = {
    'parentheses': f'CREATE VIEW v AS SELECT {"(" * 10_000}a{")" * 10_000} AS x FROM t;',
    'parentheses never closed': f'CREATE VIEW v AS SELECT {"(" * 10_000}a FROM t;',
    'not': f'CREATE VIEW v AS SELECT {"NOT " * 10_000}b AS x FROM t;',
    'minus': f'CREATE VIEW v AS SELECT {"- " * 10_000}a AS x FROM t;',
    'case': f'CREATE VIEW v AS SELECT {"CASE WHEN b THEN " * 10_000}a{" END" * 10_000} AS x FROM t;',
    'calls': f'CREATE VIEW v AS SELECT {"lower(" * 10_000}s{")" * 10_000} AS x FROM t;',
    'subqueries': f'CREATE VIEW v AS {"SELECT * FROM (" * 10_000}SELECT a FROM t{") AS q" * 10_000};',
    'casts': f'CREATE VIEW v AS SELECT a{"::bigint::int" * 10_000} AS x FROM t;',
    'plus': f'CREATE VIEW v AS SELECT a{" + a" * 10_000} AS x FROM t;',
    'and': f'CREATE VIEW v AS SELECT b{" AND b" * 10_000} AS x FROM t;',
    'alternating and, or': f'CREATE VIEW v AS SELECT {"(b OR b AND " * 10_000}b{")" * 10_000} AS x FROM t;',
    'concatenation': f"CREATE VIEW v AS SELECT s{' || s' * 10_000} AS x FROM t;",
    'arrows': f"CREATE VIEW v AS SELECT '{{}}'::jsonb{' -> 1' * 10_000} AS x FROM t;",
    'unions': f'CREATE VIEW v AS SELECT a FROM t{" UNION ALL SELECT a FROM t" * 10_000};',
    'with': f'CREATE VIEW v AS {"WITH c AS (" * 10_000}SELECT a FROM t{") SELECT a FROM c" * 10_000};',
    'block comments': f'{"/*" * 10_000} x {"*/" * 10_000} CREATE VIEW v AS SELECT a FROM t;',
    'views on views': ''.join(f'CREATE VIEW v{i} AS SELECT a + 1 AS a FROM {f"v{i - 1}" if i else "t"};\n' for i in range(1000)),
    'materialized views on views': ''.join(f'CREATE MATERIALIZED VIEW v{i} AS SELECT a, count(*) AS n FROM {f"v{i - 1}" if i else "t"} GROUP BY a;\n' for i in range(400)),
    'doubling views': ''.join(f'CREATE VIEW v{i} AS SELECT a + a AS a FROM {f"v{i - 1}" if i else "t"};\n' for i in range(64)) + 'CREATE MATERIALIZED VIEW w AS SELECT a FROM v63;',
    'doubling unions': ''.join('CREATE VIEW v{0} AS SELECT a FROM {1} UNION ALL SELECT a FROM {1};\n'.format(i, f'v{i - 1}' if i else 't') for i in range(64)),
    'jsonb': f"CREATE VIEW v AS SELECT '{'[' * 10_000}{']' * 10_000}'::jsonb AS x FROM t;",
    'long number': f'CREATE VIEW v AS SELECT {"9" * 200_000} AS x FROM t;',
    'long exponent': 'CREATE VIEW v AS SELECT 1e999999999 AS x FROM t;',
    'power of constants': 'CREATE VIEW v AS SELECT 9.9 ^ 99999999 AS x, repeat(\'x\', 2000000000) AS y FROM t;',
    'long line': f'CREATE VIEW v AS SELECT {"x" * 1_000_000} FROM t;',
    'many errors': ''.join(f'CREATE VIEW v{i} AS SELECT nothing FROM t;\n' for i in range(2000)),
    'only semicolons': ';' * 100_000,
}


@pytest.mark.parametrize('what', DEEP)
def test_depth(sqlmill, tmp_path, what):
    check(sqlmill, tmp_path, T + DEEP[what])


BYTES = [b'', b'\0', b'CREATE TABLE t (a int);\0', b"CREATE TABLE t (a varchar DEFAULT 'x\0y');", b"CREATE TABLE t (a varchar DEFAULT E'x\\000y');",
         b"CREATE TABLE t (a varchar DEFAULT E'\\u0000');", b'CREATE TABLE "\0" (a int);', b'\xff\xfe', b'CREATE TABLE t (a int) -- \xc3', b"CREATE TABLE t (a varchar DEFAULT '\xc3');",
         b'\xef\xbb\xbfCREATE TABLE t (a int);', b'CREATE TABLE "" (a int);', b'CREATE TABLE "' + b'x' * 64 + b'" (a int);', b'CREATE TABLE "' + '😀'.encode() * 16 + b'" (a int);',
         b"'", b'"', b'/*', b'$$', b'E\'', b'--', b'\\', b'??/', b"CREATE TABLE t (a varchar DEFAULT E'\\xed\\xa0\\x80');"]


@pytest.mark.parametrize('sql', BYTES, ids=repr)
def test_bytes(sqlmill, tmp_path, sql):
    check(sqlmill, tmp_path, sql)
