"""The relations that random queries are over, with few values, and what their expressions are made of."""
import random

# Values are few, so that joins and groups find partners.
COLUMNS = {
    'numbers': [('id', 'int'), ('s', 'smallint'), ('i', 'int'), ('b', 'bigint'), ('n', 'numeric'), ('d', 'double precision'), ('f', 'boolean')],
    'texts': [('id', 'int'), ('i', 'int'), ('t', 'text'), ('v', 'text'), ('j', 'jsonb'), ('u', 'uuid')],
    'times': [('id', 'int'), ('dt', 'date'), ('ts', 'timestamp'), ('tz', 'timestamptz'), ('iv', 'interval'), ('ti', 'time')],
    'arrays': [('id', 'int'), ('a', 'int[]'), ('ta', 'text[]'), ('x', 'bytea')],
    'twice': [('i', 'int'), ('t', 'text'), ('n', 'numeric')],
    'nothing': [('i', 'int'), ('t', 'text'), ('ts', 'timestamp'), ('a', 'int[]')],
    'sums': [('t', 'text'), ('i', 'int'), ('rows', 'bigint'), ('most', 'numeric')],
}
# What statements change; queries leave it alone.
SCRATCH = [('id', 'int'), ('i', 'int'), ('t', 'text'), ('n', 'numeric')]
# An empty one now and then.
RELATIONS = [name for name in COLUMNS for _ in range(1 if name == 'nothing' else 3)]
VALUES = {
    'smallint': ['0', '1', '2', '-3'],
    'int': ['0', '1', '2', '3', '4', '-1'],
    'bigint': ['0', '1', '2', '5000000000'],
    'numeric': ['0', '1.5', '2', '-0.25', '10.75'],
    'double precision': ['0', '1.5', '-2.25', '1e3'],
    'boolean': ['true', 'false'],
    'text': ["'a'", "'b'", "'ab'", "''", "'été'", "'B'", "'a longer text than fits in a word'"],
    'jsonb': ["""'{"a": 1, "b": [1, 2]}'""", "'[1, \"a\", null]'", "'2'", "'\"a\"'", "'null'"],
    'uuid': ["'00000000-0000-0000-0000-000000000001'", "'ffffffff-0000-4000-8000-00000000000a'"],
    'date': ["'2026-04-01'", "'2026-04-02'", "'2025-12-31'", "'2024-02-29'"],
    'timestamp': ["'2026-04-01 00:00:00'", "'2026-04-01 09:30:00'", "'2026-04-02 23:59:59.5'", "'2024-02-29 12:00:00'"],
    'timestamptz': ["'2026-04-01 09:00:00+00'", "'2026-04-01 09:30:00+02'", "'2025-12-31 23:59:59+00'"],
    'interval': ["'1 day'", "'2 hours'", "'-1 mon'", "'00:00:00'"],
    'time': ["'09:00'", "'23:59:59.25'", "'00:00'"],
    'int[]': ["'{1,2}'", "'{}'", "'{2,NULL}'", "'{3}'", "'{1,2,3}'"],
    'text[]': ["'{a,b}'", "'{}'", "'{NULL,a}'", "'{ab}'"],
    'bytea': ["'\\x00ff'", "''", "'\\x61'"],
}
NUMBERS = ['smallint', 'int', 'bigint', 'numeric', 'double precision']
KINDS = list(VALUES)
MAIN = ['int', 'int', 'int', 'bigint', 'numeric', 'double precision', 'text', 'text', 'text', 'boolean', 'date', 'timestamp']
PATTERNS = ["'a%'", "'%b'", "'_'"]
PATHS = ["'$'", "'$.a'", "'$.b[*]'", "'$[*]'", "'$.b[last]'", "'$.**'", "'$.* ? (@ > 0)'", "'$[*] ? (@.type() == \"string\")'", "'$.b.size()'", "'$.b[0 to 1] ? (@ != 1)'",
         "'$ ? (exists(@.a)).k'", "'$.l ? (@ starts with \"a\")'", "'$.l ? (@ like_regex \"^[ab]\")'", "'strict $.**.a'", "'$.a + 1'", "'-$.b[*]'", "'$.k.abs()'", "'$[*].type()'"]
EXPRESSIONS = ["'^a'", "'b$'", "'[aé]'"]
COMPARISONS = ['=', '<>', '<', '<=', '>', '>=']


def catalog(seed=1):
    """The statements that make it, the same for both."""
    rng = random.Random(seed)
    out = []
    for name, columns in COLUMNS.items():
        if name == 'sums':
            continue
        key = ' PRIMARY KEY' if columns[0][0] == 'id' else ''
        out.append(f'CREATE TABLE {name} (' + ', '.join(f'{c} {kind}' + (key if c == 'id' else '') for c, kind in columns) + ')')
        count = {'nothing': 0, 'twice': 12, 'numbers': 40}.get(name, 15)
        rows = []
        for at in range(count):
            row = [str(at) if c == 'id' else 'NULL' if rng.random() < 0.2 else rng.choice(VALUES[kind]) for c, kind in columns]
            rows += ['(' + ', '.join(row) + ')'] * (2 if name == 'twice' and rng.random() < 0.5 else 1)
        if rows:
            out.append(f'INSERT INTO {name} VALUES ' + ', '.join(rows))
    out.append('CREATE TABLE scratch (id int PRIMARY KEY, i int, t text, n numeric)')
    out.append('INSERT INTO scratch VALUES ' + ', '.join(f'({at}, {rng.choice(VALUES["int"])}, {rng.choice(VALUES["text"])}, {rng.choice(VALUES["numeric"])})' for at in range(30)))
    out.append('CREATE MATERIALIZED VIEW sums AS SELECT t, i, count(*) AS rows, max(n) AS most FROM twice GROUP BY t, i')
    return out
