"""The .slt files of tests/sql: statements and queries in PostgreSQL's SQL. See tests/sql/README.md for their form."""
import dataclasses
import re
import shlex

import psycopg2

from support import normalise

KINDS = ('statement', 'query', 'expressions')
ONLY = ('sqlmill', 'postgresql')


@dataclasses.dataclass
class Block:
    kind: str
    words: list
    lines: list
    line: int

    @property
    def sql(self):
        return '\n'.join(self.lines)


@dataclasses.dataclass
class Query:
    name: str           # Of the view that it becomes.
    sql: str
    oracle: str         # What PostgreSQL is asked.
    line: int
    how: list           # Names of normalise.BY_NAME.
    ordered: bool
    fails: str          # What the rows that fail say in sqlmill_errors; '' if none may.
    labels: list        # For `expressions`: what stands in each column.


@dataclasses.dataclass
class File:
    statements: list    # (sql, None or who alone gets it)
    queries: list
    pipeline: str


def blocks(text):
    found, block = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('#'):
            continue
        if not line.strip():
            block = None
        elif block is None:
            kind, *words = shlex.split(line)
            assert kind in KINDS, f'line {number}: {kind} is none of {KINDS}'
            block = Block(kind, words, [], number)
            found.append(block)
        else:
            block.lines.append(line)
    return found


def _options(block, line):
    known = {'ordered', 'fails', *normalise.BY_NAME}
    fails = ''
    words = []
    rest = list(block)
    while rest:
        word = rest.pop(0)
        assert word in known, f'line {line}: {word} is none of {sorted(known)}'
        if word == 'fails':
            fails = rest.pop(0)
        words.append(word)
    return {'ordered': 'ordered' in words, 'fails': fails, 'how': [w for w in words if w in normalise.BY_NAME]}


def read(text):
    statements, queries, pipeline = [], [], []
    for block in blocks(text):
        if block.kind == 'statement':
            only = block.words[0] if block.words else None
            assert only in (None, *ONLY), f'line {block.line}: {only} is none of {ONLY}'
            statements.append((block.sql, only))
            if only != 'postgresql':
                pipeline.append(block.sql)
            continue
        name = f'q{block.line}'
        labels = []
        if block.kind == 'expressions':
            relation, key, *words = block.words
            sql = oracle = f'SELECT {key}, ' + ',\n  '.join(f'({e}) AS e{i}' for i, e in enumerate(block.lines, 1)) + f'\nFROM {relation}'
            labels = [key, *block.lines]
        else:
            words = block.words
            split = block.lines.index('oracle') if 'oracle' in block.lines else len(block.lines)
            sql = '\n'.join(block.lines[:split])
            oracle = '\n'.join(block.lines[split + 1:]) or sql
        queries.append(Query(name, sql, oracle, block.line, labels=labels, **_options(words, block.line)))
        pipeline.append(f'CREATE MATERIALIZED VIEW {name} AS\n{sql}')
    return File(statements, queries, ''.join(f'{sql}\n;\n' for sql in pipeline))


_INSERT_QUERY = re.compile(r'\s*INSERT\s+INTO\s+\w+\s+SELECT\b', re.I)


def without_queries(file):
    """The pipeline of a file without its queries, and the statements for which it must run: INSERT … SELECT."""
    pipeline, later = [], []
    for sql, only in file.statements:
        if only != 'postgresql':
            for one in split_statements(sql):
                (later if _INSERT_QUERY.match(one) else pipeline).append(one)
    return ''.join(f'{sql}\n;\n' for sql in pipeline), later


_INSERT = re.compile(r'\s*INSERT\s+INTO\s+"?(\w+)"?', re.I)


def play(session, statements):
    """The statements, in PostgreSQL. Materialized views are plain ones there; an INSERT overwrites rows of its key."""
    for sql, only in statements:
        if only == 'sqlmill':
            continue
        for one in split_statements(sql):
            session.execute(in_postgresql(session, one))


def in_postgresql(session, sql):
    sql = re.sub(r'\bCREATE\s+MATERIALIZED\s+VIEW\b', 'CREATE VIEW', sql, flags=re.I)
    sql = re.sub(r'\)\s*APPEND\s+ONLY\s*$', ')', sql, flags=re.I)
    match = _INSERT.match(sql)
    return sql + session.overwrite(match[1]) if match else sql


def split_statements(sql):
    """At semicolons at the end of a line."""
    return [part for part in re.split(r';[ \t]*(?:\n|$)', sql) if part.strip()]


def refused(session, query):
    """Which of its expressions PostgreSQL refuses."""
    found = []
    for label in query.labels:
        try:
            session.rows(f'SELECT {label} {query.sql[query.sql.rindex("FROM "):]}')
        except psycopg2.Error as error:
            found.append(f'{label}: {error}')
    return ''.join(found)


def difference(query, ours, theirs):
    """What to tell of two results that differ; None if they are equal. Rows are normalised, and sorted unless ordered."""
    ours, theirs = normalise.rows(ours, query.how), normalise.rows(theirs, query.how)
    if not query.ordered:
        ours, theirs = normalise.in_any_order(ours), normalise.in_any_order(theirs)
    if ours == theirs:
        return None
    lines = [f'line {query.line}:']
    if query.labels:
        our_rows = {row[0]: row for row in ours}
        for their_row in theirs:
            our_row = our_rows.get(their_row[0], ('no row',) * len(their_row))
            for label, our, their in zip(query.labels, our_row, their_row):
                if our != their:
                    lines.append(f'  {label}  where {query.labels[0]} = {their_row[0]}:  ours {our!r}, PostgreSQL {their!r}')
                if our == 'no row':
                    break
        return '\n'.join(lines)
    lines.append('  ' + query.sql.replace('\n', '\n  '))
    if normalise.in_any_order(ours) == normalise.in_any_order(theirs):
        lines.append(f'  order: ours {ours}\n  PostgreSQL {theirs}')
    else:
        lines += [f'  ours only        {row}' for row in ours if row not in theirs]
        lines += [f'  PostgreSQL only  {row}' for row in theirs if row not in ours]
        lines.append(f'  {len(ours)} rows, PostgreSQL {len(theirs)}')
    return '\n'.join(lines)
