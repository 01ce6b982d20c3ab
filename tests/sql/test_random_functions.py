"""Formats, regular expressions and arrays with random arguments, against a real PostgreSQL: the same value, or the same error.

Each kind below is a table of random arguments and a view over it. SQLMILL_RANDOM_CASES says how many rows a kind has (300), and
SQLMILL_SEED where the random numbers begin.
"""
import collections
import datetime
import os
import random
import re

import pytest

CASES = int(os.environ.get('SQLMILL_RANDOM_CASES', '300'))
SEED = int(os.environ.get('SQLMILL_SEED', '1'))

DATE_FIELDS = ('A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY Day Dy D FF1 FF3 FF6 HH24 HH12 HH IDDD ID IW IYYY IYY IY I J MI MM MONTH MON MS '
               'Month Mon OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y a.m. day dd month mon rm yyyy mi tz hh24').split()
SEPARATORS = [' ', '-', '/', ':', ',', '.', 'T', '"x y"', '\\"', 'é', '', '', '_', 'of']
NUMBER_FIELDS = ['9', '9', '9', '0', '0', '9', '.', 'D', ',', 'G', 'L', 'S', 'MI', 'PL', 'SG', 'PR', 'RN', 'rn', 'TH', 'th', 'V', 'FM', 'EEEE',
                 'B', 'SP', ' ', '"a"', 'x']
ATOMS = ['a', 'b', 'c', '.', '[ab]', '[^a]', '[a-c]', r'\d', r'\w', r'\s', r'\W', '[[:alpha:]]', '[[:digit:]_]', '(a|b)', '(?:ab|c)', '(b+)', r'\.',
         'é', '^', '$', 'x{2}', '(a*)', '[]a]', r'\u0061', r'\A', r'\Z', '{', r'\D', r'[\w.]', '(ab?c)']


class Arguments:
    """What a row's columns may have."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def date_pattern(self):
        r = self.r
        return ''.join(r.choice(['', '', '', 'FM', 'TM', 'fm']) + r.choice(DATE_FIELDS) + r.choice(['', '', '', '', 'TH', 'th', 'SP']) +
                       r.choice(SEPARATORS) for _ in range(r.randint(1, 5)))

    def timestamp(self):
        if self.r.random() < 0.05:
            return self.r.choice(['infinity', '-infinity', '0044-03-15 10:00:00 BC', '12345-06-07 08:09:10.5', '0001-01-01 00:00:00'])
        moment = datetime.datetime(1900, 1, 1) + datetime.timedelta(seconds=self.r.randint(0, 6 * 10**9),
                                                                    microseconds=self.r.choice([0, 0, 500000, 123456, 1]))
        return moment.isoformat(' ')

    def interval(self):
        r = self.r
        return (f'{r.randint(-3, 30)} years {r.randint(-20, 20)} months {r.randint(-50, 400)} days {r.randint(-100, 100)} hours '
                f'{r.randint(-70, 70)} minutes {r.randint(-100, 100)}.{r.randint(0, 999999):06d} seconds')

    def number_pattern(self):
        r = self.r
        if r.random() < 0.5:
            return ''.join(r.choice(NUMBER_FIELDS) for _ in range(r.randint(1, 9)))
        pattern = r.choice(['', 'FM', 'S', 'MI', 'SG', 'PL', 'L'])
        pattern += ''.join(r.choice('9900,G') if r.random() < 0.3 else '9' for _ in range(r.randint(0, 8)))
        if r.random() < 0.5:
            pattern += r.choice('.D') + ''.join(r.choice('990') for _ in range(r.randint(0, 5)))
        return pattern + r.choice(['', '', '', 'PR', 'S', 'MI', 'TH', 'th', 'EEEE', 'SG', 'V99'])

    def number(self):
        if self.r.random() < 0.1:
            return self.r.choice(['0', '0.0', '-0.5', '0.1', '1', '-1', '12', '485', '9.99', '99.95', 'NaN', '0.00001', '1234567890123456789'])
        return str(round(self.r.uniform(-1, 1) * 10**self.r.randint(0, 7), self.r.randint(0, 4)))

    def integer(self):
        return str(self.r.choice([0, 1, -1, 4000, 2147483647, self.r.randint(-10**self.r.randint(1, 9), 10**self.r.randint(1, 9))]))

    def number_text(self):
        number = self.number()
        return self.r.choice([number, number, ' ' + number, number + '-', '<' + number.lstrip('-') + '>', '+' + number, '$' + number])

    def moment_and_pattern(self):
        r = self.r
        if r.random() < 0.3:
            fields = 'YYYY MM DD HH24 MI SS Mon DDD IYYY IW ID Dy YY Y HH12 AM MS US J CC BC RM TZH TZM W WW D Q FX'.split()
            values = ['2024', '12', '31', '7', '0', '-5', 'abc', 'March', 'mar', 'Mon', 'AM', ' ', '05', '366', '1999', '+02', '-03', 'bc', 'XII', 'v']
            return (''.join(r.choice(values) + r.choice(['', '-', ' ', '/', ':']) for _ in range(r.randint(1, 4))),
                    ''.join(r.choice(fields) + r.choice(SEPARATORS[:7]) for _ in range(r.randint(1, 4))))
        moment = datetime.datetime(1950, 1, 1) + datetime.timedelta(seconds=r.randint(0, 4 * 10**9))
        fields = {'YYYY': '%Y', 'MM': '%m', 'DD': '%d', 'HH24': '%H', 'MI': '%M', 'SS': '%S', 'Mon': '%b', 'Month': '%B', 'DDD': '%j', 'YY': '%y',
                  'HH12': '%I', 'AM': '%p', 'Day': '%A', 'Dy': '%a', 'US': '%f', 'MS': '%f'}
        text, pattern = '', r.choice(['', '', '', '', 'FX'])
        for field in r.sample(list(fields), r.randint(1, 6)):
            separator = r.choice(['-', '/', ' ', ':', '', '. ', '  ', 'T', ','])
            pattern += r.choice(['', '', 'FM']) + field + r.choice(['', '', '', 'th']) + (separator if r.random() < 0.8 else r.choice(['-', ' ', '']))
            text += moment.strftime(fields[field]) + separator
        return text, pattern

    def text(self):
        return ''.join(self.r.choice('aabbcx1 .é_-AB\n') for _ in range(self.r.randint(0, 10)))

    def regex(self):
        r = self.r
        regex = ''.join(r.choice(ATOMS) + r.choice(['', '', '', '*', '+', '?', '{1,2}', '{2}', '{0,}']) for _ in range(r.randint(1, 5)))
        return regex + '|' + r.choice(ATOMS) if r.random() < 0.15 else regex

    def replacement(self):
        return self.r.choice(['X', r'<\&>', r'\\', ''])

    def array(self):
        r = self.r
        elements = [r.choice(['NULL', 'a', 'b', '"x y"', '""', '"NULL"', 'cd', 'é']) for _ in range(r.randint(0, 5))]
        bounds = f'[0:{len(elements) - 1}]=' if elements and r.random() < 0.2 else ''
        return bounds + '{' + ','.join(elements) + '}'

    def element(self):
        return self.r.choice([None, 'a', 'b', '', 'x y'])


def rows(*makers):
    return lambda arguments: tuple(getattr(arguments, maker)() for maker in makers)


# The view's expression over the columns a, b and c, their types, and what makes a row.
KINDS = {
    'to_char_timestamp': ('to_char(a, b)', ('timestamp', 'text'), rows('timestamp', 'date_pattern')),
    'to_char_timestamptz': ('to_char(a, b)', ('timestamptz', 'text'), rows('timestamp', 'date_pattern')),
    'to_char_interval': ('to_char(a, b)', ('interval', 'text'), rows('interval', 'date_pattern')),
    'to_char_numeric': ('to_char(a, b)', ('numeric', 'text'), rows('number', 'number_pattern')),
    'to_char_double': ('to_char(a, b)', ('double precision', 'text'), rows('number', 'number_pattern')),
    'to_char_real': ('to_char(a, b)', ('real', 'text'), rows('number', 'number_pattern')),
    'to_char_int': ('to_char(a, b)', ('int', 'text'), rows('integer', 'number_pattern')),
    'to_char_bigint': ('to_char(a, b)', ('bigint', 'text'), rows('integer', 'number_pattern')),
    'to_number': ('to_number(a, b)', ('text', 'text'), rows('number_text', 'number_pattern')),
    'to_date': ('to_date(a, b)', ('text', 'text'), lambda arguments: arguments.moment_and_pattern()),
    'to_timestamp': ('to_timestamp(a, b)', ('text', 'text'), lambda arguments: arguments.moment_and_pattern()),
    'matches': ('(a ~ b)::text', ('text', 'text'), rows('text', 'regex')),
    'matches_any_case': ('(a ~* b)::text', ('text', 'text'), rows('text', 'regex')),
    'replaces': ("regexp_replace(a, b, c, 'g')", ('text', 'text', 'text'), rows('text', 'regex', 'replacement')),
    'counts': ('regexp_count(a, b)', ('text', 'text'), rows('text', 'regex')),
    'splits': ("array_to_string(regexp_split_to_array(a, b), '|', '*')", ('text', 'text'), rows('text', 'regex')),
    'appends': ('array_append(a, b)::text', ('text[]', 'text'), rows('array', 'element')),
    'joins': ('array_cat(a, b)::text', ('text[]', 'text[]'), rows('array', 'array')),
    'removes': ('array_remove(a, b)::text', ('text[]', 'text'), rows('array', 'element')),
    'finds': ('array_position(a, b)', ('text[]', 'text'), rows('array', 'element')),
}

EVALUATE = """create function pg_temp.evaluate(query text) returns text language plpgsql as $$
declare result text;
begin
  execute query into result;
  return '=' || coalesce(result, 'NULL');
exception when others then
  return 'error: ' || sqlerrm;
end $$"""


def literal(value):
    return 'NULL' if value is None else "'" + value.replace("'", "''") + "'"


def pipeline(kind, expression, types, values):
    columns = ', '.join(f'{name} {type_}' for name, type_ in zip('abc', types))
    tuples = ',\n'.join('(' + ', '.join([str(i), *map(literal, row)]) + ')' for i, row in enumerate(values))
    return (f'CREATE TABLE t_{kind} (id int PRIMARY KEY, {columns});\nINSERT INTO t_{kind} VALUES {tuples};\n'
            f'CREATE MATERIALIZED VIEW {kind} AS SELECT id, {expression} AS value FROM t_{kind};\n')


def shown(value):
    return 'NULL' if value is None else value


def test_random_arguments(build, postgres):
    made = {kind: [make(Arguments(SEED * 1000 + number * 100_000 + i)) for i in range(CASES)]
            for number, (kind, (_, _, make)) in enumerate(KINDS.items())}
    program = build(''.join(pipeline(kind, KINDS[kind][0], KINDS[kind][1], values) for kind, values in made.items()), 'random_functions')
    ours = program.replay(print=list(KINDS)).tables()
    errors = collections.defaultdict(collections.Counter)
    for _, relation, *_, reason, _raw in program.replay(print=['sqlmill_errors']).rows('sqlmill_errors'):
        errors[relation][reason] += 1
    told = []
    with postgres.schema() as session:
        session.execute("set timezone = 'UTC'")
        session.execute(EVALUATE)
        for kind, values in made.items():
            expression, types, _ = KINDS[kind]
            found = {int(i): shown(value) for i, value in ours[kind][1]}
            theirs = collections.Counter()
            for i, row in enumerate(values):
                bound = re.sub(r'\b([abc])\b(?!\')', lambda m: f'({literal(row["abc".index(m[1])])}::{types["abc".index(m[1])]})', expression)
                [(answer,)] = session.rows('select pg_temp.evaluate(' + literal('select (' + bound + ')::text') + ')')
                if answer.startswith('error: '):
                    theirs[answer[7:]] += 1
                    answer = None
                else:
                    answer = re.sub(r'\+00( BC)?$', r'+00:00\1', answer[1:]) if kind == 'to_timestamp' else answer[1:]
                if found.get(i) != answer and not (found.get(i) is None and unsupported(errors[kind])):
                    told.append(f'{kind}: {row}: {found.get(i)!r}, PostgreSQL {answer!r}')
            for reason in theirs - errors[kind]:
                if not unsupported(errors[kind]):
                    told.append(f'{kind}: no error says {reason!r}')
    assert not told, f'{len(told)} differences\n' + '\n'.join(told[:50])


def unsupported(reasons):
    return any('not supported' in reason for reason in reasons)
