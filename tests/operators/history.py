"""Seeded histories of a keyed and an unkeyed table, as statements, and views over them that must follow."""
import random

TABLES = '''CREATE TABLE keyed (id int PRIMARY KEY, g varchar, i int, n numeric, t varchar, f double precision, ts timestamp, p boolean,
  user_id varchar);
CREATE TABLE bag (g varchar, i int, n numeric, t varchar, user_id varchar);
'''

# name → (query, what normalise.py allows for)
VIEWS = {
    'counts': ('SELECT g, count(*) AS c, count(i) AS ci, count(n) AS cn FROM keyed GROUP BY g', []),
    'sums': ('SELECT g, sum(i) AS si, avg(i) AS ai, sum(n) AS sn, avg(n) AS an FROM keyed GROUP BY g', []),
    'floats': ('SELECT g, sum(f) AS s, avg(f) AS a, min(f) AS l, max(f) AS m FROM keyed GROUP BY g', []),
    'extremes': ('SELECT g, min(i) AS i, max(i) AS mi, min(n) AS n, max(n) AS mn, min(t) AS t, max(t) AS mt, min(ts) AS ts, max(ts) AS mts '
                 'FROM keyed GROUP BY g', ['numeric']),
    'distincts': ('SELECT g, count(DISTINCT i) AS i, count(DISTINCT n) AS n, count(DISTINCT t) AS t, count(DISTINCT f) AS f, sum(DISTINCT i) AS s '
                  'FROM keyed GROUP BY g', []),
    'bools': ('SELECT g, bool_or(p) AS o, bool_and(p) AS a, every(i > 0) AS e, count(*) FILTER (WHERE p) AS c, max(t) FILTER (WHERE NOT p) AS m '
              'FROM keyed GROUP BY g', []),
    'whole': ('SELECT count(*) AS c, sum(n) AS s, min(t) AS l, max(ts) AS m, bool_or(p) AS o, count(DISTINCT g) AS g FROM keyed', []),
    'by_number': ('SELECT n, count(*) AS c, sum(i) AS s FROM keyed GROUP BY n', ['numeric']),
    'larger': ('SELECT t, p, count(*) AS c, max(n) AS m FROM keyed WHERE i IS NOT NULL GROUP BY t, p HAVING count(*) > 1 OR bool_or(i > 2)', ['numeric']),
    'histogram': ('SELECT c, count(*) AS groups FROM counts GROUP BY c', []),
    'over_extremes': ('SELECT mi, count(*) AS c, min(t) AS t, max(mt) AS mt FROM extremes GROUP BY mi', []),
    'distinct_rows': ('SELECT DISTINCT g, t FROM keyed WHERE n > 0', []),
    'picked': ('SELECT id, g, i * 2 AS twice, upper(t) AS t, CASE WHEN p THEN n ELSE -n END AS n FROM keyed WHERE i > 0 OR p', []),
    'bag_groups': ('SELECT g, count(*) AS c, sum(i) AS s, min(n) AS l, max(n) AS m, count(DISTINCT t) AS d, max(t) AS t FROM bag GROUP BY g', ['numeric']),
    'bag_rows': ('SELECT g, i FROM bag WHERE t <> \'b\'', []),
    # Below the records by user: the same rows, fewer rows, more keys, no aggregates.
    'users': ('SELECT user_id, count(*) AS c, max(t) AS t FROM keyed GROUP BY user_id', []),
    'users_in_g': ('SELECT user_id, g, count(*) AS c, max(t) AS t, count(DISTINCT i) AS d FROM keyed GROUP BY user_id, g', []),
    'active_users': ('SELECT g, p, user_id, sum(i) AS s, min(ts) AS ts FROM keyed WHERE i > 0 GROUP BY g, user_id, p', []),
    'user_texts': ('SELECT DISTINCT t, user_id FROM keyed', []),
    'user_numbers': ('SELECT user_id, n, count(*) AS c FROM keyed GROUP BY user_id, n', ['numeric']),
    'bag_users': ('SELECT user_id, count(*) AS c FROM bag GROUP BY user_id', []),
    'bag_users_in_g': ('SELECT user_id, g, t, count(*) AS c FROM bag GROUP BY user_id, g, t', []),
    'together': ('SELECT g, count(*) AS c, sum(i) AS s, max(t) AS t FROM (SELECT g, i, t FROM keyed UNION ALL SELECT g, i, t FROM bag) AS x GROUP BY g', []),
}

# Few values, so that groups empty and fill, extremes tie, and equal numbers come in several scales.
VALUES = {
    'g': ["'a'", "'b'", "'c'", 'NULL'],
    'i': ['-3', '0', '1', '2', '3', '7', 'NULL'],
    'n': ['0', '1', '1.0', '1.00', '-2.5', '-2.50', '0.001', '12345678901234567890.5', "'NaN'", 'NULL'],
    't': ["''", "'b'", "'x'", "'a text longer than twelve bytes'", "'another text longer than twelve'", 'NULL'],
    # Sums of these are exact in any order, PostgreSQL's too.
    'f': ['0', '0.25', '0.5', '-1.5', '1e10', '3', 'NULL'],
    'ts': ["'2026-01-01 00:00'", "'2025-06-01 12:30'", "'1999-12-31 23:59:59.5'", 'NULL'],
    'p': ['true', 'false', 'NULL'],
    'user_id': ["'u1'", "'u2'", "'a user with a long name'", 'NULL'],
}
COLUMNS = {'keyed': ['g', 'i', 'n', 't', 'f', 'ts', 'p', 'user_id'], 'bag': ['g', 'i', 'n', 't', 'user_id']}
IDS = 12


class History:
    """`length` statements, then what empties both tables."""

    def __init__(self, seed, length):
        self.chance = random.Random(seed)
        self.statements = [self._statement() for _ in range(length)]
        self.end = ['DELETE FROM keyed', 'DELETE FROM bag']

    def sql(self):
        views = ''.join(f'CREATE MATERIALIZED VIEW {name} AS {query};\n' for name, (query, _) in VIEWS.items())
        return TABLES + views + ''.join(f'{statement};\n' for statement in self.statements + self.end)

    def _value(self, column):
        return self.chance.choice(VALUES[column])

    def _condition(self, table):
        columns = COLUMNS[table] + (['id'] if table == 'keyed' else [])
        column = self.chance.choice(columns)
        if column == 'id':
            return f'id {self.chance.choice(["=", "=", "<", ">"])} {self.chance.randint(1, IDS)}'
        value = self._value(column)
        if value == 'NULL':
            return f'{column} IS NULL'
        return f'{column} = {value}'

    def _statement(self):
        table = self.chance.choice(['keyed', 'keyed', 'bag'])
        what = self.chance.choices(['insert', 'update', 'delete'], [5, 3, 2])[0]
        if what == 'delete':
            return f'DELETE FROM {table} WHERE {self._condition(table)}'
        if what == 'update':
            columns = self.chance.sample(COLUMNS[table], self.chance.randint(1, 3))
            changes = ', '.join(f'i = i + {self.chance.randint(-1, 2)}' if c == 'i' and self.chance.random() < 0.5 else f'{c} = {self._value(c)}' for c in columns)
            return f'UPDATE {table} SET {changes} WHERE {self._condition(table)}'
        # A key at most once a statement: PostgreSQL's ON CONFLICT takes no more.
        ids = self.chance.sample(range(1, IDS + 1), self.chance.randint(1, 5))
        rows = [([str(key)] if table == 'keyed' else []) + [self._value(c) for c in COLUMNS[table]] for key in ids]
        return f'INSERT INTO {table} VALUES ' + ', '.join(f'({", ".join(row)})' for row in rows)
