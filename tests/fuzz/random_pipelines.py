"""Random valid pipelines over the whole language, from a seed: what the compiler accepts must compile as C++.

By hand: random_pipelines.py SEED [VIEWS] prints one; `sqlmill build` it. The function examples of runtime/sql are the source
of the calls: every literal of an example becomes a column of its type, some of the time."""
import pathlib
import random
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

TYPES = ['boolean', 'smallint', 'int', 'bigint', 'numeric', 'numeric(12,3)', 'real', 'double precision', 'varchar', 'varchar(40)', 'text', 'bytea',
         'date', 'time', 'timestamp', 'timestamptz', 'interval', 'jsonb']
LITERALS = {
    'boolean': ['true', 'false', 'NULL::boolean'],
    'smallint': ["1::smallint", "'-32768'::smallint", '0::smallint'],
    'int': ['0', '1', '-7', '2147483647', "'-2147483648'::int", 'NULL::int'],
    'bigint': ['9223372036854775807', '-9223372036854775808', '5::bigint', '0::bigint'],
    'numeric': ['0.0', '1.50', '-12345678901234567890123456789.123456789', "'NaN'::numeric", "'Infinity'::numeric", '1e30',
                '170141183460469231731687303715884105728', '-170141183460469231731687303715884105728.5', '3::numeric'],
    'real': ["1.5::real", "'NaN'::real", "'-Infinity'::real", "'1e-40'::real"],
    'double precision': ["2.25::double precision", "'Infinity'::float8", "'NaN'::float8", "'5e-324'::float8", "'-0'::float8"],
    'text': ["'a'", "''", "'it''s'", "E'tab\\there\\nnew'", "'\\'", "'*/ // ??/ \" %s $1$ {}'", "'été 😀'", "'/products/%'", "'R\"(x)\"'", "NULL::text"],
    'bytea': ["'\\x00ff'::bytea", "''::bytea", "'abc'::bytea"],
    'date': ["date '2026-04-01'", "date '0001-01-01'", "'infinity'::date", "date '4714-11-24 BC'"],
    'time': ["time '00:00'", "time '23:59:59.999999'"],
    'timestamp': ["timestamp '2026-04-01 09:00'", "'infinity'::timestamp", "timestamp '1900-02-28 23:00:00.5'"],
    'timestamptz': ["timestamptz '2026-04-01 09:00:00+02'", "'-infinity'::timestamptz"],
    'interval': ["interval '1 day'", "interval '-3 months 2 days 04:05:06.7'", "interval '0'"],
    'jsonb': ["'{\"a\": [1, 2, null]}'::jsonb", "'null'::jsonb", "'\"x\\\\y\"'::jsonb", "'1.0'::jsonb"],
}
BASE = {'varchar': 'text', 'varchar(40)': 'text', 'numeric(12,3)': 'numeric'}
NUMBERS = ['smallint', 'int', 'bigint', 'numeric', 'real', 'double precision']
COMPARABLE = [t for t in LITERALS]
ORDERED = NUMBERS + ['text', 'date', 'time', 'timestamp', 'timestamptz', 'interval']
CATEGORIES = [NUMBERS, ['text'], ['date', 'timestamp', 'timestamptz'], ['boolean'], ['bytea'], ['time'], ['interval'], ['jsonb']]
NAMES = ['a', 'b', 'row', 'key', 'values', 'value', 'context', 'Worker', 'class', 'int', 'std', 'x y', '_Upper', '__x', '日本', 'A', 'a b', 'a_b', 'n', 'count',
         'record', 'group', 'weight', 'heap', 'collections', 'out', 'in', 'datums', 'fields', 'template', 'xor', 'self', 'visit', 'index', 'name', 'time', 'type']

TYPE_IDS = {'kBoolean': 'boolean', 'kSmallint': 'smallint', 'kInteger': 'int', 'kBigint': 'bigint', 'kNumeric': 'numeric', 'kReal': 'real',
            'kDouble': 'double precision', 'kText': 'text', 'kBytea': 'bytea', 'kDate': 'date', 'kTime': 'time', 'kTimestamp': 'timestamp',
            'kTimestamptz': 'timestamptz', 'kInterval': 'interval', 'kJsonb': 'jsonb', 'kUuid': 'uuid'}


def examples():
    """The example expressions of every function, operator and cast of the registry."""
    found = []
    for path in sorted((ROOT / 'runtime/sql/functions').glob('*.def')):
        if path.name == 'clock.def':  # Not in views.
            continue
        for match in re.finditer(r'SQLMILL_\w+\([^\n]*?,\s*"((?:[^"\\]|\\.)*)",\s*"(?:[^"\\]|\\.)*"\)', path.read_text()):
            text = re.sub(r'\\(.)', r'\1', match[1])
            # LIKE is reserved; what comes after it are forms that the grammar refuses.
            if text and not re.match(r"like\(|.* (ANY|ALL) \(|.* SIMILAR TO .* ESCAPE ", text, re.DOTALL):
                found.append(text)
    return found


def quoted(name):
    return name if re.fullmatch(r'[a-df-z]|value|fields|heap|datums', name) and name not in ('in',) else '"' + name.replace('"', '""') + '"'


# A typed literal, a string, or a number, that a column of the same type can stand for.
LITERAL = re.compile(r"\b(timestamptz|timestamp|date|time|interval|jsonb|bytea|text|numeric|bigint|int|smallint|real|double precision|float8|boolean) '((?:[^']|'')*)'"
                     r"|'((?:[^']|'')*)'::(smallint|integer|int|bigint|numeric|real|double precision|float8|text|bytea|jsonb|boolean|date|time|timestamptz|timestamp|interval)\b(?!\[)"
                     r"|'(?:[^']|'')*'"  # Another string: as it is.
                     r"|(?<![\w.])(\d+)::(smallint|integer|int|bigint|numeric|real|double precision|float8|text)\b(?!\[)"
                     r"|(?<![\w.'])(\d+\.\d+)(?![\w.:'])|(?<![\w.'])(\d+)(?![\w.:'])")


class Relation:
    def __init__(self, name, columns, kind, append_only):
        self.name, self.columns, self.kind, self.append_only = name, columns, kind, append_only  # columns: [(name, base type)]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.examples = examples()
        self.statements = []
        self.relations = []
        self.n = 0

    def some(self, items):
        return self.random.choice(items)

    def chance(self, p):
        return self.random.random() < p

    # ---- Expressions ----

    def column(self, scope, kind):
        fitting = [c for c, t in scope if t == kind]
        return quoted(self.some(fitting)) if fitting else None

    def leaf(self, scope, kind):
        if self.chance(0.75):
            name = self.column(scope, kind)
            if name:
                return name
        text = self.some(LITERALS[kind])
        return text if kind != 'text' or not text.startswith(("'", 'E')) else text + '::text' if self.chance(0.3) else text

    def expression(self, scope, kind, depth=2):
        """An expression of the type."""
        if depth == 0 or self.chance(0.25):
            return self.leaf(scope, kind)
        sub = lambda t, d=1: self.expression(scope, t, depth - d)  # noqa: E731
        choice = self.random.random()
        if choice < 0.12:
            return f'CASE WHEN {self.condition(scope, depth - 1)} THEN {self.typed(scope, kind, depth - 1)} ELSE {sub(kind)} END'
        if choice < 0.18:
            other = self.some(COMPARABLE)
            return f'CASE {self.typed(scope, other, depth - 1)} WHEN {sub(other)} THEN {self.typed(scope, kind, depth - 1)} WHEN {sub(other)} THEN NULL END'
        if choice < 0.26:
            return f'COALESCE({self.typed(scope, kind, depth - 1)}, {sub(kind)}, {sub(kind)})'
        if choice < 0.30:
            return f'NULLIF({self.typed(scope, kind, depth - 1)}, {sub(kind)})'
        if choice < 0.36:
            return f'{self.some(["GREATEST", "LEAST"])}({self.typed(scope, kind, depth - 1)}, {sub(kind)})'
        if kind == 'boolean':
            return self.condition(scope, depth)
        if kind in NUMBERS and choice < 0.75:
            op = self.some(['+', '-', '*', '/', '%']) if kind not in ('real', 'double precision') else self.some(['+', '-', '*', '/'])
            return f'({sub(kind)} {op} {self.typed(scope, kind, depth - 1)})::{kind}'
        if kind == 'text' and choice < 0.7:
            form = self.some(["lower({0})", "upper({0})", "{0} || {1}", "substr({0}, 2)", "trim({0})", "replace({0}, {1}, {0})", "split_part({0}, '/', 2)",
                              "({2})::text", "left({0}, 3)", "md5({0})", "reverse({0})", "lpad({0}, 9, '*')"])
            return form.format(self.typed(scope, 'text', depth - 1), self.typed(scope, 'text', depth - 1), self.expression(scope, self.some(COMPARABLE), depth - 1))
        if kind in ('date', 'timestamp', 'timestamptz') and choice < 0.7:
            if kind == 'date':
                return f'({sub(kind)} + {self.typed(scope, "int", depth - 1)})::date'
            return self.some([f"date_trunc('hour', {self.typed(scope, kind, depth - 1)})", f'({self.typed(scope, kind, depth - 1)} + {self.typed(scope, "interval", depth - 1)})'])
        if kind == 'interval' and choice < 0.7:
            return f'({self.typed(scope, "timestamptz", depth - 1)} - {self.typed(scope, "timestamptz", depth - 1)})'
        if kind == 'numeric' and choice < 0.9:
            return f'EXTRACT({self.some(["EPOCH", "YEAR", "HOUR", "DOW"])} FROM {self.typed(scope, "timestamptz", depth - 1)})'
        if kind == 'bigint' and choice < 0.85:
            return f'length({self.typed(scope, "text", depth - 1)})::bigint'
        if kind == 'jsonb' and choice < 0.7:
            return self.some([f"({self.typed(scope, 'jsonb', depth - 1)} -> 'a')", f"({self.typed(scope, 'jsonb', depth - 1)} -> 0)"])
        return self.leaf(scope, kind)

    def typed(self, scope, kind, depth):
        """Where a bare literal would be of unknown type or another one."""
        return f'({self.expression(scope, kind, depth)})::{kind}'

    def condition(self, scope, depth=2):
        if depth <= 0:
            return self.leaf(scope, 'boolean')
        kind = self.some(COMPARABLE)
        left = self.typed(scope, kind, depth - 1)
        choice = self.random.random()
        if choice < 0.3:
            return f'{left} {self.some(["=", "<>", "<", "<=", ">", ">="])} {self.typed(scope, kind, depth - 1)}'
        if choice < 0.4:
            return f'({self.condition(scope, depth - 1)} {self.some(["AND", "OR"])} {self.condition(scope, depth - 1)} {self.some(["AND", "OR"])} {self.condition(scope, depth - 1)})'
        if choice < 0.47:
            return f'(NOT {self.condition(scope, depth - 1)})'
        if choice < 0.55:
            return f'({left} IS {self.some(["", "NOT "])}NULL)'
        if choice < 0.62:
            return f'(({self.condition(scope, depth - 1)}) IS {self.some(["", "NOT "])}{self.some(["TRUE", "FALSE", "UNKNOWN"])})'
        if choice < 0.69:
            return f'({left} IS {self.some(["", "NOT "])}DISTINCT FROM {self.typed(scope, kind, depth - 1)})'
        if choice < 0.78:
            items = [self.typed(scope, kind, 0) if self.chance(0.2) else self.some(LITERALS[kind]) for _ in range(self.random.randint(1, 6))]
            return f'({left} {self.some(["", "NOT "])}IN ({", ".join(items)}))'
        if choice < 0.86:
            return f'({left} {self.some(["", "NOT "])}BETWEEN {self.typed(scope, kind, 0)} AND {self.typed(scope, kind, 0)})'
        if choice < 0.94:
            pattern = self.some(["'a%'", "'%a_b%'", "'50!%' ESCAPE '!'", "'%'", "''", "'été%'", self.typed(scope, 'text', 0)])
            return f'({self.typed(scope, "text", depth - 1)} {self.some(["", "NOT "])}{self.some(["LIKE", "ILIKE"])} {pattern})'
        return self.leaf(scope, 'boolean')

    def example(self, scope):
        """A function's example, some of its literals replaced by columns."""
        def replace(match):
            if not any(match.groups()):
                return match[0]
            kind = match[1] or match[4] or match[6] or ('numeric' if match[7] else 'int')
            kind = {'integer': 'int', 'float8': 'double precision'}.get(kind, kind)
            name = self.column(scope, kind) if self.chance(0.7) else None
            return name or match[0]
        text = self.some(self.examples)
        # The field of EXTRACT, of AT TIME ZONE and the like are not for columns; strings inside are matched whole.
        parts = re.split(r"('(?:[^']|'')*')", text)
        if len(parts) > 1 and not any(any(match.groups()) for match in LITERAL.finditer(text)):
            for i in range(1, len(parts), 2):
                if self.chance(0.4) and not re.search(r"\b(interval|date|time|timestamp|timestamptz|jsonb|bytea|uuid|escape)\s*$", parts[i - 1], re.I) \
                        and not re.match(r'\s*::', parts[i + 1]) and 'date_' not in text and 'ESCAPE' not in text:
                    parts[i] = self.column(scope, 'text') or parts[i]
            return ''.join(parts)
        return LITERAL.sub(replace, text)

    # ---- Aggregates ----

    def aggregate(self, scope):
        """(call, type)"""
        choice = self.random.random()
        distinct = self.some(['', '', 'DISTINCT '])
        if choice < 0.15:
            call, kind = 'COUNT(*)', 'bigint'
        elif choice < 0.35:
            call, kind = f'COUNT({distinct}{self.typed(scope, self.some(COMPARABLE), 1)})', 'bigint'
        elif choice < 0.55:
            name = self.some(['sum', 'avg'])
            of = self.some(NUMBERS + ['interval'])
            if name == 'sum':
                kind = {'smallint': 'bigint', 'int': 'bigint', 'bigint': 'numeric'}.get(of, of)
            else:
                kind = {'smallint': 'numeric', 'int': 'numeric', 'bigint': 'numeric', 'real': 'double precision'}.get(of, of)
            call = f'{name}({distinct}{self.typed(scope, of, 1)})'
        elif choice < 0.85:
            kind = self.some(ORDERED)
            call = f'{self.some(["min", "max"])}({distinct}{self.typed(scope, kind, 1)})'
        else:
            kind = 'boolean'
            call = f'{self.some(["bool_or", "bool_and", "every"])}({self.condition(scope, 1)})'
        if self.chance(0.3):
            call += f' FILTER (WHERE {self.condition(scope, 1)})'
        return call, kind

    # ---- Statements ----

    def fresh_names(self, count):
        pool = NAMES + [f'c{i}' for i in range(60)]
        return self.random.sample(pool, count)

    def add_table(self):
        self.n += 1
        name = self.some([f't{self.n}', f'T {self.n}', f'class_{self.n}', f'source{self.n}'])
        kind = self.some(['table', 'table', 'source'])
        types = TYPES + [self.some(TYPES) for _ in range(3)]
        self.random.shuffle(types)
        names = self.fresh_names(len(types))
        columns = []
        defs = []
        for column, of in zip(names, types):
            base = BASE.get(of, of)
            text = f'{quoted(column)} {of}'
            if self.chance(0.4):
                text += ' NOT NULL'
            if self.chance(0.25):
                literal = self.some([x for x in LITERALS[base] if 'NULL' not in x])
                if of == 'numeric(12,3)':
                    literal = '1.25'
                text += f' DEFAULT {literal}'
            defs.append(text)
            columns.append((column, base))
        tail = ''
        key = []
        append_only = kind == 'source'
        if kind == 'table':
            choice = self.random.random()
            if choice < 0.4:
                key = self.random.sample(names, self.random.randint(1, 3))
                defs.append(f'PRIMARY KEY ({", ".join(map(quoted, key))})')
            elif choice < 0.6:
                tail = ' APPEND ONLY'
                append_only = True
        else:
            includes = self.random.sample(["KEY", "PARTITION", "OFFSET", "TIMESTAMP", "HEADER 'h\"1'"], self.random.randint(0, 5))
            for i, include in enumerate(includes):
                column = f'inc {i}'
                as_text = ' varchar' if include.startswith(('KEY', 'HEADER')) and self.chance(0.5) and False else ''
                tail += f'\nINCLUDE {include} AS {quoted(column)}{as_text}'
                of = {'K': 'bytea', 'P': 'text', 'O': 'text', 'T': 'timestamptz', 'H': 'bytea'}[include[0]]
                columns.append((column, of))
            tail += "\nWITH (connector = 'kafka', topic = 'x', properties.bootstrap.server = 'localhost:1') FORMAT PLAIN ENCODE JSON"
        body = ',\n    '.join(defs)
        self.statements.append(f'CREATE {kind.upper()} {quoted(name)} (\n    {body}\n){tail};')
        self.relations.append(Relation(name, columns, kind, append_only))
        if kind == 'table':
            self.add_changes(name, columns, key, append_only, {d.split(' ', 1)[0]: d for d in defs}, dict(zip(names, types)))

    def value(self, of):
        literals = [x for x in LITERALS[BASE.get(of, of)] if 'NULL' not in x]
        if of == 'numeric(12,3)':
            return self.some(['0', '1.5', '-99999.1239'])
        return self.some(literals)

    def add_changes(self, name, columns, key, append_only, defs, types):
        names = [c for c, _ in columns]
        rows = ['(' + ', '.join(self.value(types[c]) for c in names) + ')' for _ in range(self.random.randint(1, 4))]
        self.statements.append(f'INSERT INTO {quoted(name)} ({", ".join(map(quoted, names))}) VALUES\n    ' + ',\n    '.join(rows) + ';')
        if append_only:
            return
        if self.chance(0.8):
            target = self.random.sample([c for c in names if c not in key], self.random.randint(1, 3))
            settings = ', '.join(f'{quoted(c)} = {self.assigned(columns, types[c])}' for c in target)
            where = f' WHERE {self.condition(columns, 2)}' if self.chance(0.8) else ''
            self.statements.append(f'UPDATE {quoted(name)} SET {settings}{where};')
        if self.chance(0.6):
            self.statements.append(f'DELETE FROM {quoted(name)} WHERE {self.condition(columns, 2)};')

    def assigned(self, columns, of):
        base = BASE.get(of, of)
        return self.value(of) if self.chance(0.3) else f'({self.expression(columns, base, 2)})::{base}'

    def select(self, relation):
        """(text, columns) of a SELECT over the relation."""
        scope = relation.columns
        where = f'\nWHERE {self.condition(scope, 2)}' if self.chance(0.4) else ''
        items, columns = [], []
        width = self.random.randint(1, 6)
        choice = self.random.random()
        if choice < 0.3:
            names = self.fresh_names(width)
            for name in names:
                kind = self.some(COMPARABLE)
                items.append(f'{self.typed(scope, kind, 3)} AS {quoted(name)}')
                columns.append((name, kind))
            if self.chance(0.6):
                items.append(f'{self.example(scope)} AS "the example"')
            distinct = self.some(['', '', 'DISTINCT '])
            return f'SELECT {distinct}' + ',\n    '.join(items) + f'\nFROM {quoted(relation.name)}{where}', columns
        keys = []
        if choice < 0.85:
            keys = [self.some(COMPARABLE) for _ in range(self.random.randint(1, 3))]
        names = self.fresh_names(len(keys) + width)
        groups = []
        for name, kind in zip(names, keys):
            text = self.typed(scope, kind, self.some([0, 0, 1]))
            groups.append(text)
            items.append(f'{text} AS {quoted(name)}')
            columns.append((name, kind))
        for name in names[len(keys):]:
            call, kind = self.aggregate(scope)
            if self.chance(0.2):
                call, kind = f'({call})::text', 'text'
            items.append(f'{call} AS {quoted(name)}')
            columns.append((name, kind))
        group_by = '\nGROUP BY ' + ', '.join(groups) if keys else ''
        having = ''
        if self.chance(0.3):
            call, kind = self.aggregate(scope)
            having = f'\nHAVING ({call}) IS NOT NULL'
        return 'SELECT ' + ',\n    '.join(items) + f'\nFROM {quoted(relation.name)}{where}{group_by}{having}', columns

    def add_view(self):
        self.n += 1
        name = self.some([f'v{self.n}', f'View {self.n}', f'new"{self.n}', f'v_{self.n}'])
        relation = self.some(self.relations) if self.chance(0.4) else self.some(self.relations[-6:])
        text, columns = self.select(relation)
        choice = self.random.random()
        if choice < 0.12:
            text = f'{text}\nUNION {self.some(["ALL ", "ALL ", ""])}\n{text}' if self.chance(0.4) else self.union(relation, columns)
        elif choice < 0.22:
            text = f'WITH q AS ({text})\nSELECT * FROM q'
        elif choice < 0.30:
            text = f'SELECT * FROM ({text}) AS q'
        elif choice < 0.4:
            text += '\nORDER BY 1 DESC' + (', 2 NULLS FIRST' if len(columns) > 1 else '')
        extra = '"the example"' in text
        kind = self.some(['MATERIALIZED VIEW', 'MATERIALIZED VIEW', 'MATERIALIZED VIEW', 'VIEW'])
        self.statements.append(f'CREATE {kind} {quoted(name)} AS\n{text};')
        # The example's type is not known here; nothing reads it but *.
        if columns:
            self.relations.append(Relation(name, columns, 'view', False))
        if self.chance(0.15) and not extra:
            self.add_sink(name, columns)

    def union(self, relation, columns):
        side = lambda: 'SELECT ' + ', '.join(f'{self.typed(relation.columns, kind, 2)} AS {quoted(c)}' for c, kind in columns) + f' FROM {quoted(relation.name)}'  # noqa: E731
        return f'{side()}\nUNION ALL\n{side()}\nUNION {self.some(["ALL", ""])} {side()}'

    def add_sink(self, name, columns):
        self.n += 1
        key = self.some([c for c, _ in columns])
        if ',' in key or '"' in key or key != key.strip():
            return
        form = self.some(['FORMAT UPSERT ENCODE JSON', 'FORMAT DEBEZIUM ENCODE JSON', 'FORMAT PLAIN ENCODE JSON'])
        options = f"primary_key = '{key}'" if 'PLAIN' not in form else "force_append_only = 'true'"
        connector = self.some(["connector = 'stdout'", "connector = 'file', path = '/tmp/never'", "connector = 'kafka', topic = 'y', properties.bootstrap.server = 'localhost:1'"])
        query = self.some([f'FROM {quoted(name)}', f'AS SELECT * FROM {quoted(name)}'])
        self.statements.append(f"CREATE SINK sink_{self.n} {query} WITH ({connector}, {options}) {form};")


def pipeline(seed, views=60, tables=4):
    generator = Generator(seed)
    for _ in range(tables):
        generator.add_table()
    for _ in range(views):
        generator.add_view()
    return '\n\n'.join(generator.statements) + '\n'


if __name__ == '__main__':
    print(pipeline(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60), end='')
