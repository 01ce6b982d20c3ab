"""Random queries over a fixed catalog, from a seed. Each has one right answer: what breaks ties names all columns, floats are added up to
digits that are compared, and nothing overflows or divides by zero. compare_queries.py runs them against PostgreSQL.

By hand: random_queries.py SEED [COUNT] prints some."""
import dataclasses
import random
import sys

from random_catalog import COLUMNS, COMPARISONS, EXPRESSIONS, KINDS, MAIN, NUMBERS, PATHS, PATTERNS, RELATIONS, SCRATCH, VALUES


@dataclasses.dataclass
class Query:
    sql: str
    kinds: list         # Of its columns.
    ordered: bool = False
    changes: bool = False   # It is no SELECT.


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0
        self.ctes = []      # (name, columns) that may be read here.

    def some(self, items):
        return self.random.choice(items)

    def chance(self, p):
        return self.random.random() < p

    def fresh(self, letter):
        self.names += 1
        return f'{letter}{self.names}'

    # ---- Expressions: scope is [(text of the column, kind)] ----

    def literal(self, kind):
        return f'{self.some(VALUES[kind])}::{kind}'

    def leaf(self, scope, kind):
        fitting = [c for c, k in scope if k == kind]
        if fitting and self.chance(0.85):
            return self.some(fitting)
        return f'NULL::{kind}' if self.chance(0.08) else self.literal(kind)

    def expression(self, scope, kind, depth=2):
        if depth <= 0 or self.chance(0.35):
            return self.leaf(scope, kind)
        if self.chance(0.12):
            return self.general(scope, kind, depth)
        if self.chance(0.06) and depth > 1:
            return self.scalar_subquery(scope, kind, depth)
        method = getattr(self, 'of_' + {'double precision': 'double', 'int[]': 'ints', 'text[]': 'texts', 'smallint': 'int', 'bigint': 'bigint'}.get(kind, kind), None)
        return method(scope, depth - 1) if method and kind != 'smallint' else self.leaf(scope, kind)

    def general(self, scope, kind, depth):
        sub = lambda: self.expression(scope, kind, depth - 1)  # noqa: E731
        return self.some([
            lambda: f'CASE WHEN {self.condition(scope, depth - 1)} THEN {sub()} ELSE {sub()} END',
            lambda: f'CASE WHEN {self.condition(scope, depth - 1)} THEN {sub()} END',
            lambda: f'coalesce({sub()}, {sub()})',
            lambda: f'nullif({sub()}, {sub()})',
            lambda: f'{self.some(["greatest", "least"])}({sub()}, {sub()})' if kind != 'jsonb' else sub(),
        ])()

    def of_int(self, scope, depth):
        sub = lambda k='int': self.expression(scope, k, depth)  # noqa: E731
        return self.some([
            lambda: f'({sub()} + {self.some(["1", "2"])})', lambda: f'({sub()} % 3)', lambda: f'abs({sub()})', lambda: f'length({sub("text")})',
            lambda: f'cardinality({sub("int[]")})', lambda: f'({sub("int[]")})[{self.some(["1", "2", sub()])}]', lambda: f'extract(day FROM {sub("date")})::int',
            lambda: f'array_length({sub("text[]")}, 1)', lambda: f'({sub("date")} - {sub("date")})', lambda: f'array_position({sub("int[]")}, {sub()})',
            lambda: f'strpos({sub("text")}, {sub("text")})', lambda: f'({sub("smallint")} - {sub()})', lambda: f'({sub("numeric")} % 100)::int'])()

    def of_bigint(self, scope, depth):
        sub = lambda k='bigint': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f'({sub("int")}::bigint + {sub()})', lambda: f'{sub("int")}::bigint', lambda: f'({sub()} / 2)'])()

    def of_numeric(self, scope, depth):
        sub = lambda k='numeric': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f'({sub()} {self.some(["+", "-"])} {sub()})', lambda: f'({sub("int")} * 0.5)', lambda: f'round({sub()}, 1)', lambda: f'{sub("bigint")}::numeric',
                          lambda: f'({sub()} / 4)', lambda: f'extract(epoch FROM {sub("timestamp")})', lambda: f'floor({sub()})'])()

    def of_double(self, scope, depth):
        sub = lambda k='double precision': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f'({sub()} * 2)', lambda: f'{sub("int")}::double precision', lambda: f'({sub()} + {sub("int")})', lambda: f'abs({sub()})'])()

    def of_text(self, scope, depth):
        sub = lambda k='text': self.expression(scope, k, depth)  # noqa: E731
        return self.some([
            lambda: f'({sub()} || {sub()})', lambda: f'upper({sub()})', lambda: f'substr({sub()}, {self.some(["1", "2"])}, 2)', lambda: f'{sub("int")}::text', lambda: f'left({sub()}, 1)',
            lambda: f'({sub("text[]")})[1]', lambda: f"array_to_string({sub('int[]')}, ',', '*')", lambda: f"concat_ws('-', {sub()}, {sub('int')})", lambda: f"replace({sub()}, 'a', {sub()})",
            lambda: f"({sub('jsonb')} ->> 'a')", lambda: f"regexp_replace({sub()}, '[ab]', 'x', 'g')", lambda: f'{sub("date")}::text', lambda: f"to_char({sub('timestamp')}, 'YYYY-MM-DD HH24')",
            lambda: f'{sub("boolean")}::text', lambda: f"split_part({sub()}, 'b', 1)", lambda: f"jsonb_typeof({sub('jsonb')})", lambda: f"({sub('jsonb')} #>> '{{b,0}}')",
            lambda: f'jsonb_path_query_first({sub("jsonb")}, {self.some(PATHS)}, silent => true)::text', lambda: f'lpad({sub()}, 3, {self.some(["chr(42)", sub()])})', lambda: f'reverse({sub()})',
            lambda: f"format('%s-%s', {sub('int')}, {sub()})", lambda: f'md5({sub()})', lambda: f'{sub("int[]")}::text', lambda: f'substring({sub()} from {self.some(EXPRESSIONS)})'])()

    def of_boolean(self, scope, depth):
        return f'({self.condition(scope, depth)})'

    def of_date(self, scope, depth):
        sub = lambda k='date': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f'({sub()} + {self.some(["1", "30"])})', lambda: f'{sub("timestamp")}::date', lambda: f'({sub()} - 7)'])()

    def of_timestamp(self, scope, depth):
        sub = lambda k='timestamp': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f'({sub()} + {sub("interval")})', lambda: f"date_trunc('{self.some(['month', 'day', 'hour'])}', {sub()})", lambda: f'{sub("date")}::timestamp',
                          lambda: f"({sub('timestamptz')} AT TIME ZONE 'UTC')"])()

    def of_timestamptz(self, scope, depth):
        return f"({self.expression(scope, 'timestamp', depth)} AT TIME ZONE 'UTC')"

    def of_interval(self, scope, depth):
        return f"({self.expression(scope, 'timestamp', depth)} - {self.expression(scope, 'timestamp', depth)})"

    def of_jsonb(self, scope, depth):
        sub = lambda k='jsonb': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f"({sub()} -> 'b')", lambda: f"jsonb_build_object('k', {sub('int')}, 'l', {sub('text')})", lambda: f'to_jsonb({sub("int")})',
                          lambda: f"jsonb_path_query_array({sub()}, {self.some(PATHS)}, '{{}}', true)", lambda: f"({sub()} #> '{{b,1}}')", lambda: f'to_jsonb({sub("text[]")})',
                          lambda: f"jsonb_build_array({sub('text')}, {sub('numeric')}, {sub()})", lambda: f"(jsonb_build_object('k', {sub('int')}) || {sub()})",
                          lambda: f"jsonb_strip_nulls(jsonb_build_object('k', {sub('int')}, 'j', {sub()}))", lambda: f'({sub()} -> 1)'])()

    def of_ints(self, scope, depth):
        sub = lambda k='int[]': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f'ARRAY[{sub("int")}, {sub("int")}]', lambda: f'({sub()} || {sub("int")})', lambda: f'({sub()} || {sub()})', lambda: f'({sub()})[1:2]',
                          lambda: f'array_remove({sub()}, 2)', lambda: f'array_prepend({sub("int")}, {sub()})', lambda: f'array_replace({sub()}, 1, {sub("int")})', lambda: f'({sub()})[2:]',
                          lambda: f'array_cat({sub()}, {sub()})', lambda: f'trim_array(ARRAY[{sub("int")}, {sub("int")}], 1)', lambda: f'ARRAY({self.column_query(scope, "int", depth, ordered=True)})'])()

    def of_texts(self, scope, depth):
        sub = lambda k='text[]': self.expression(scope, k, depth)  # noqa: E731
        return self.some([lambda: f'ARRAY[{sub("text")}]', lambda: f"string_to_array({sub('text')}, 'b')", lambda: f'array_append({sub()}, {sub("text")})'])()

    def condition(self, scope, depth=2):
        kinds = [k for _, k in scope] or ['int']
        kind = self.some(kinds)
        sub = lambda k=None: self.expression(scope, k or kind, depth - 1)  # noqa: E731
        forms = [lambda: f'{sub()} {self.some(COMPARISONS)} {sub()}'] * 5 + [
            lambda: f'{sub()} IS {self.some(["", "NOT "])}NULL', lambda: f'{sub()} IS {self.some(["", "NOT "])}DISTINCT FROM {sub()}',
            lambda: f'{sub()} {self.some(["", "NOT "])}IN ({sub()}, {sub()}, {self.leaf(scope, kind)})', lambda: f'{sub()} {self.some(["", "NOT "])}BETWEEN {sub()} AND {sub()}',
            lambda: f"{sub('text')} {self.some(['', 'NOT '])}LIKE {self.some(PATTERNS)}",
            lambda: f"{sub('text')} ~ {self.some(EXPRESSIONS)}", lambda: self.any_of(sub("int"), sub("int[]"), "'{1,2,NULL}'::int[]"), lambda: f'{sub("int")} {self.some(["<", "<>"])} ALL ({sub("int[]")})',
            lambda: self.any_of(sub("text"), sub("text[]"), "'{a,ab}'::text[]"), lambda: f'{sub("int[]")} {self.some(["@>", "<@", "&&"])} {sub("int[]")}', lambda: f'{sub("boolean")} IS {self.some(["", "NOT "])}{self.some(["TRUE", "FALSE", "UNKNOWN"])}',
            lambda: f'({sub("int")}, {sub("text")}) {self.some(COMPARISONS)} ({sub("int")}, {sub("text")})',
            lambda: f'{sub("jsonb")} @? {self.some(PATHS)}', lambda: f"{sub('jsonb')} @@ {self.some(['$.a == 1', '$.b[*] > 1', 'exists($.k)'])!r}", lambda: f'{sub("jsonb")} @> {sub("jsonb")}',
            lambda: f"{sub('jsonb')} ? {self.some(['a', 'k', 'b'])!r}", lambda: f"{sub('jsonb')} ?| '{{a,k}}'", lambda: f'({sub("timestamp")}, {sub("interval")}) OVERLAPS ({sub("timestamp")}, {sub("interval")})',
            lambda: f'({sub("int")}, {sub("text")}) IN (({sub("int")}, {sub("text")}), (1, {sub("text")}))', lambda: f'{sub("text")} {self.some(["", "NOT "])}SIMILAR TO \'(a|b)%\'']
        if depth > 0:
            forms += [lambda: f'({self.condition(scope, depth - 1)} {self.some(["AND", "OR"])} {self.condition(scope, depth - 1)})'] * 3
            forms += [lambda: f'NOT ({self.condition(scope, depth - 1)})', lambda: f'{self.some(["", "NOT "])}EXISTS ({self.select(scope, depth - 1, 1).sql})',
                      lambda: f'{self.some(["", "NOT "])}EXISTS ({self.column_query(scope, "int", depth - 1, listed=False)})',
                      lambda: f'({sub("int")}, {sub("text")}) {self.some(["IN", "NOT IN", "= ANY", "<> ALL"])} ({self.column_query(scope, "int", depth - 1, more="text")})']
            queried = kind if kind in MAIN else 'int'
            forms += [lambda: f'{sub(queried)} {self.some(["", "NOT "])}IN ({self.column_query(scope, queried, depth - 1)})'] * 2
            forms += [lambda: f'{sub(queried)} {self.some(COMPARISONS)} {self.some(["ANY", "ALL"])} ({self.column_query(scope, queried, depth - 1)})']
        return self.some(forms)()

    def any_of(self, value, array, not_empty):
        """PostgreSQL takes x = ANY (no elements) for NULL if x is, where outer joins make it so (docs/sql.md), but not within coalesce."""
        return f'{value} = ANY ({not_empty})' if self.chance(0.5) else f'coalesce({value} = ANY ({array}), NULL)'

    # ---- Queries within expressions ----

    def column_query(self, outer, kind, depth, ordered=False, listed=True, more=None):
        source, scope = self.table()
        where = f' WHERE {self.condition(scope + self.few(outer), depth - 1)}' if self.chance(0.7) else ''
        value = self.expression(scope, kind, depth - 1) if listed else ''
        if more:
            value += f', {self.expression(scope, more, depth - 1)}'
        return f'SELECT {value} FROM {source}{where}' + (' ORDER BY 1' if ordered else '')

    def scalar_subquery(self, outer, kind, depth):
        source, scope = self.table()
        where = f' WHERE {self.condition(scope + self.few(outer), depth - 1)}' if self.chance(0.8) else ''
        return f'(SELECT {self.aggregate_of(scope, kind)} FROM {source}{where})'

    def few(self, scope):
        """Some of the columns around a query, more often than not."""
        return [] if not scope or self.chance(0.4) else self.random.sample(scope, min(len(scope), 3))

    def aggregate_of(self, scope, kind):
        """An aggregate with a result of the kind."""
        sub = lambda k=kind: self.expression(scope, k, 1)  # noqa: E731
        filtered = f' FILTER (WHERE {self.condition(scope, 1)})' if self.chance(0.2) else ''
        distinct = 'DISTINCT ' if self.chance(0.2) else ''
        if kind == 'bigint':
            return self.some([f'count(*){filtered}', f'count({distinct}{sub("int")}){filtered}', f'sum({distinct}{sub("int")}){filtered}'])
        if kind == 'numeric':
            return self.some([f'avg({distinct}{sub("int")})', f'sum({distinct}{sub()})', f'max({sub()})', f'var_pop({sub("int")})',
                              f'percentile_disc(0.5) WITHIN GROUP (ORDER BY {sub()})']) + filtered
        if kind == 'double precision':
            # PostgreSQL's corr of the same pairs in another order has other last digits, which UNION and ORDER BY would see.
            return self.some([f'avg({sub()}){filtered}', f'min({sub()}){filtered}', f'percentile_cont(0.25) WITHIN GROUP (ORDER BY {sub("int")}){filtered}',
                              f'round(corr({sub("int")}, {sub("int")}){filtered}::numeric, 9)::double precision'])
        if kind == 'boolean':
            return f'{self.some(["bool_and", "bool_or"])}({sub()}){filtered}'
        if kind == 'text' and self.chance(0.4):
            value = sub()
            return self.some([f"string_agg({distinct}{value}, ',' ORDER BY {value})"]) + filtered
        if kind in ('int[]', 'text[]'):
            value = sub(kind[:-2])
            return f'array_agg({distinct}{value} ORDER BY {value}{self.some(["", " DESC", " NULLS FIRST"])}){filtered}'
        if kind in ('jsonb', 'uuid', 'bytea'):
            return f'(array_agg({sub()} ORDER BY {sub("int")}, 1) FILTER (WHERE false))[1]'
        if kind == 'int' and self.chance(0.2):
            return f'mode() WITHIN GROUP (ORDER BY {sub()}){filtered}'
        return f'{self.some(["min", "max"])}({sub()}){filtered}'

    # ---- FROM ----

    def table(self):
        """A relation with an alias, and its scope."""
        alias = self.fresh('t')
        if self.ctes and self.chance(0.4):
            name, columns = self.some(self.ctes)
        else:
            name = self.some(RELATIONS)
            columns = COLUMNS[name]
        return f'{name} AS {alias}', [(f'{alias}.{c}', kind) for c, kind in columns]

    def from_item(self, outer, depth):
        choice = self.random.random()
        if depth > 0 and choice < 0.22:
            alias = self.fresh('q')
            query = self.query(depth - 1)
            names = [f'c{i}' for i in range(len(query.kinds))]
            return f'({query.sql}) AS {alias} ({", ".join(names)})', [(f'{alias}.{n}', k) for n, k in zip(names, query.kinds)]
        if choice < 0.28:
            alias = self.fresh('g')
            return f'generate_series(1, {self.some(["3", "0", "5"])}) AS {alias}', [(alias, 'int')]
        return self.table()

    def lateral_item(self, scope, depth):
        """What reads the columns to its left."""
        alias = self.fresh('l')
        choice = self.random.random()
        if choice < 0.3:
            return f"unnest({self.expression(scope, 'int[]', 1)}) WITH ORDINALITY AS {alias} (x, y)", [(f'{alias}.x', 'int'), (f'{alias}.y', 'bigint')]
        if choice < 0.45:
            return f"generate_series(1, {self.expression(scope, 'int', 1)} % 5) AS {alias}", [(alias, 'int')]
        if choice < 0.5:
            return (f"ROWS FROM (unnest({self.expression(scope, 'int[]', 1)}), generate_series(1, {self.some(['2', '3'])}), jsonb_path_query({self.expression(scope, 'jsonb', 1)}, "
                    f"{self.some(PATHS)}, silent => true)) WITH ORDINALITY AS {alias} (x, y, z, n)", [(f'{alias}.x', 'int'), (f'{alias}.y', 'int'), (f'{alias}.z', 'jsonb'), (f'{alias}.n', 'bigint')])
        if choice < 0.55:
            return (f"jsonb_each(CASE jsonb_typeof({(value := self.expression(scope, 'jsonb', 1))}) WHEN 'object' THEN {value} END) AS {alias} (x, y)", [(f'{alias}.x', 'text'), (f'{alias}.y', 'jsonb')])
        source, inner = self.table()
        kind = self.some(MAIN)
        if choice < 0.75:
            query = f'SELECT {self.aggregate_of(inner, kind)} AS x FROM {source} WHERE {self.condition(inner + self.few(scope), 1)}'
        else:
            order = ', '.join(c for c, _ in inner)
            query = f'SELECT {self.expression(inner + self.few(scope), kind, 1)} AS x FROM {source} WHERE {self.condition(inner + self.few(scope), 1)} ORDER BY 1, {order} LIMIT 2'
        return f'LATERAL ({query}) AS {alias}', [(f'{alias}.x', kind)]

    def join_condition(self, left, right):
        """Mostly an equality, so that results stay small."""
        pairs = [(a, b) for a, k in left for b, l in right if k == l and k not in ('jsonb', 'boolean')]
        if not pairs or self.chance(0.15):
            return self.condition(left + right, 1)
        a, b = self.some(pairs)
        equal = f'{a} = {b}'
        return equal if self.chance(0.8) else f'{equal} AND {self.condition(left + right, 1)}'

    def sources(self, outer, depth):
        text, scope = self.from_item(outer, depth)
        for _ in range(self.some([0, 0, 1, 1, 2])):
            if self.chance(0.2):
                item, columns = self.lateral_item(scope, depth)
                join = self.some(['CROSS JOIN', 'LEFT JOIN'])
                text += f'\n {join} {item}' + (' ON true' if join == 'LEFT JOIN' else '')
            else:
                item, columns = self.from_item(outer, depth)
                join = self.some(['JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
                pairs = [(a, b) for a, k in scope for b, l in columns if k == l and k not in ('jsonb', 'boolean')]
                if join == 'FULL JOIN':
                    if not pairs:
                        join, condition = 'JOIN', self.join_condition(scope, columns)
                    else:  # PostgreSQL's full joins need an equality that it can merge or hash.
                        a, b = self.some(pairs)
                        condition = f'{a} = {b}'
                else:
                    condition = self.join_condition(scope, columns)
                text += f'\n {join} {item} ON {condition}'
            scope = scope + columns
        return text, scope

    # ---- SELECT ----

    def kinds(self, width):
        return [self.some(MAIN if self.chance(0.8) else KINDS) for _ in range(width)]

    def select(self, outer, depth, width=None, kinds=None):
        """kinds: that its columns must have."""
        source, scope = self.sources(outer, depth)
        inner = scope + self.few(outer)
        where = f'\nWHERE {self.condition(inner, depth)}' if self.chance(0.4) else ''
        kinds = kinds or self.kinds(width or self.random.randint(1, 4))
        choice = self.random.random()
        if choice < 0.35:
            return self.grouped(scope, inner, source, where, kinds)
        items = [self.expression(inner, kind, 2) for kind in kinds]
        if choice < 0.5:
            at = self.random.randrange(len(items))
            if kinds[at] in ('bigint', 'int', 'numeric', 'text'):
                items[at] = self.window_call(scope, kinds[at])
        distinct = ''
        if choice > 0.85 and choice < 0.95:
            distinct = 'DISTINCT '
        sql = f'SELECT {distinct}{self.listed(items)}\nFROM {source}{where}'
        if choice >= 0.95:
            order = ', '.join(str(i + 1) for i in range(len(items)))
            sql = f'SELECT DISTINCT ON ({items[0]}) {self.listed(items)}\nFROM {source}{where}\nORDER BY {order}'
            if '::' in items[0] or 'NULL' in items[0] or not any(items[0] == c for c, _ in scope):
                sql = f'SELECT {self.listed(items)}\nFROM {source}{where}'
        return Query(sql, kinds)

    @staticmethod
    def listed(items):
        return ', '.join(f'{item} AS c{i}' for i, item in enumerate(items))

    def grouped(self, scope, inner, source, where, kinds):
        keys = [self.some(scope) for _ in range(self.some([0, 1, 1, 2, 3]))]
        keys = list(dict.fromkeys(keys))
        items = []
        for kind in kinds:
            fitting = [c for c, k in keys if k == kind]
            if keys and kind == 'int' and self.chance(0.2):
                items.append(f'GROUPING({", ".join(c for c, _ in keys)})')
            else:
                items.append(self.some(fitting) if fitting and self.chance(0.6) else self.aggregate_of(scope, kind))
        by = ''
        names = [c for c, _ in keys]
        if keys:
            form = self.random.random()
            if form < 0.7:
                by = ', '.join(names)
            elif form < 0.8:
                by = f'ROLLUP ({", ".join(names)})'
            elif form < 0.87:
                by = f'CUBE ({", ".join(names)})'
            elif form < 0.9:
                by = f'{self.some(["", "DISTINCT "])}{names[0]}, ROLLUP ({", ".join(names)}), GROUPING SETS ({names[-1]}, ())'
            else:
                by = f'GROUPING SETS (({", ".join(names)}), ({names[0]}), ())'
            by = f'\nGROUP BY {by}'
        having = ''
        if self.chance(0.15):
            having = f"\nHAVING {self.aggregate_of(scope, 'bigint')} {self.some(COMPARISONS)} {self.some(['0', '1', '2'])}"
        return Query(f'SELECT {self.listed(items)}\nFROM {source}{where}{by}{having}', kinds)

    def window_call(self, scope, kind):
        order = ', '.join(f'{c}{self.some(["", " DESC"])}' for c, _ in scope)
        if self.chance(0.2):
            return self.range_call(scope, kind)
        partition = f'PARTITION BY {self.some(scope)[0]} ' if self.chance(0.6) else ''
        value = self.expression(scope, kind, 1)
        if kind == 'bigint':
            call = self.some(['row_number()', 'rank()', 'dense_rank()', 'count(*)', f'sum({self.expression(scope, "int", 1)})'])
        elif kind == 'int':
            call = self.some(['ntile(3)', f'lag({value})', f'lead({value}, 2)', f'min({value})', f'lag({value}, 1, {self.leaf([], "int")})', f'max({value}) FILTER (WHERE {self.condition(scope, 1)})'])
        elif kind == 'numeric':
            call = f'sum({value})'
        else:
            call = self.some([f'first_value({value})', f'last_value({value})', f'nth_value({value}, 2)', f'max({value})'])
        frame = ''
        if call.startswith(('sum', 'count', 'min', 'max', 'first', 'last', 'nth')) and self.chance(0.5):
            frame = self.some([' ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING', ' ROWS UNBOUNDED PRECEDING', ' GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING',
                               ' RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', ' GROUPS 2 PRECEDING EXCLUDE TIES', ' RANGE UNBOUNDED PRECEDING EXCLUDE GROUP',
                               ' ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING', ' GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING', ' ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW'])
        return f'{call} OVER ({partition}ORDER BY {order}{frame})'

    def range_call(self, scope, kind):
        """Over a distance in one column; what it gives does not depend on the order of peers."""
        call = f'{self.some(["min", "max", "count"]) if kind == "bigint" else self.some(["min", "max"])}({self.expression(scope, kind, 1)})'
        fitting = [(c, k) for c, k in scope if k in (*NUMBERS, 'date', 'timestamp', 'timestamptz')]
        partition = f'PARTITION BY {self.some(scope)[0]} ' if self.chance(0.5) else ''
        if not fitting:
            return f'{call} OVER ({partition})'
        column, of = self.some(fitting)
        first, second = ("'1 day'", "'12 hours'") if of in ('date', 'timestamp', 'timestamptz') else ('1', '2')
        frame = self.some([f'BETWEEN {first} PRECEDING AND {second} FOLLOWING', f'{first} PRECEDING', f'BETWEEN {second} FOLLOWING AND UNBOUNDED FOLLOWING',
                           f'BETWEEN UNBOUNDED PRECEDING AND {first} PRECEDING', f'BETWEEN CURRENT ROW AND {second} FOLLOWING'])
        return f'{call} OVER ({partition}ORDER BY {column}{self.some(["", " DESC", " NULLS FIRST"])} RANGE {frame}{self.some(["", "", " EXCLUDE CURRENT ROW", " EXCLUDE TIES"])})'

    def recursive(self, name):
        """A recursive query and its columns."""
        if self.chance(0.5):
            return (f'WITH RECURSIVE {name} (c0, c1) AS (SELECT i, 1 FROM twice WHERE i IS NOT NULL UNION{self.some(["", " ALL"])} '
                    f'SELECT (r.c0 + 1) % 4, r.c1 + 1 FROM {name} AS r WHERE r.c1 < 4)\n', [('c0', 'int'), ('c1', 'int')])
        mark = self.some(['SET c2 USING path', "SET c2 TO true DEFAULT false USING path"])
        search = self.some(['', f'SEARCH {self.some(["DEPTH", "BREADTH"])} FIRST BY c0, c1 SET seq '])
        return (f'WITH RECURSIVE {name} (c0, c1) AS (SELECT i, s::int FROM numbers WHERE id < 9 UNION ALL SELECT (r.c0 + 1) % 4, n.s::int FROM {name} AS r '
                f'JOIN numbers AS n ON n.id = r.c0 AND n.id < 5) {search}CYCLE c0{self.some(["", ", c1"])} {mark}\n', [('c0', 'int'), ('c1', 'int'), ('c2', 'boolean')])

    def change(self):
        """A statement that changes `scratch`, and tells what it did."""
        scope = [(f's.{c}', kind) for c, kind in SCRATCH]
        source, found = self.table_of_key()
        both = scope + found
        assigned = lambda of: f'i = {self.expression(of, "int", 1)}, t = {self.expression(of, "text", 1)}'  # noqa: E731
        condition = lambda of: self.condition(of, 1)  # noqa: E731
        returning = f"RETURNING s.id, s.i, s.t, s.n, {self.expression(scope, 'int', 1)}"
        sql = self.some([
            lambda: f'UPDATE scratch AS s SET {assigned(scope)} WHERE {condition(scope)} {returning}',
            lambda: f'UPDATE scratch AS s SET {assigned(both)} FROM {source} WHERE {found[0][0]} = s.id AND {condition(both)} {returning}',
            lambda: f'UPDATE scratch AS s SET (n, i) = (SELECT {self.aggregate_of(found, "numeric")}, {self.aggregate_of(found, "int")} FROM {source} WHERE {condition(both)}) {returning}',
            lambda: f'DELETE FROM scratch AS s WHERE s.id % 5 = {self.some(["0", "1"])} AND {condition(scope)} {returning}',
            lambda: f'DELETE FROM scratch AS s USING {source} WHERE {found[0][0]} = s.id AND s.id % 3 = 0 AND {condition(both)} {returning}',
            lambda: f'INSERT INTO scratch AS s (id, i, t, n) SELECT {found[0][0]}, {self.expression(found, "int", 1)}, {self.expression(found, "text", 1)}, {self.expression(found, "numeric", 1)} '
                    f'FROM {source} WHERE {condition(found)} ON CONFLICT (id) DO {self.some(["NOTHING", "UPDATE SET i = excluded.i, t = s.t || excluded.t", "UPDATE SET n = excluded.n WHERE s.i IS DISTINCT FROM excluded.i"])} {returning}',
        ])()
        return Query(sql, [kind for _, kind in SCRATCH] + ['int'], changes=True)

    def table_of_key(self):
        """A table whose first column is a key."""
        name, alias = self.some(['numbers', 'texts', 'times', 'arrays']), self.fresh('t')
        return f'{name} AS {alias}', [(f'{alias}.{c}', kind) for c, kind in COLUMNS[name]]

    def query(self, depth):
        """Without ORDER BY, or with one of all columns and a LIMIT."""
        mark = len(self.ctes)
        choice = self.random.random()
        before = ''
        if depth > 1 and choice < 0.15:
            name = self.fresh('w')
            body = self.query(depth - 1)
            names = [f'c{i}' for i in range(len(body.kinds))]
            before = f'WITH {name} ({", ".join(names)}) AS {self.some(["", "MATERIALIZED ", "NOT MATERIALIZED "])}({body.sql})\n'
            self.ctes.append((name, list(zip(names, body.kinds))))
        elif depth > 1 and choice < 0.2:
            name = self.fresh('r')
            before, columns = self.recursive(name)
            self.ctes.append((name, columns))
        if depth > 0 and self.chance(0.2):
            kinds = self.kinds(self.random.randint(1, 3))
            operator = self.some(['UNION', 'UNION ALL', 'INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL'])
            left, right = (self.select([], depth - 1, kinds=kinds) for _ in range(2))
            query = Query(f'({left.sql})\n{operator}\n({right.sql})', kinds)
            if self.chance(0.3):
                more = self.select([], depth - 1, kinds=kinds)
                query.sql = f'({query.sql})\n{self.some(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])}\n({more.sql})'
        else:
            query = self.select([], depth)
        del self.ctes[mark:]
        query.sql = before + query.sql
        if self.chance(0.2):
            order = ', '.join(f'{i + 1}{self.some(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])}' for i in range(len(query.kinds)))
            limit = self.some([' LIMIT 3', ' LIMIT 5 OFFSET 2', ' OFFSET 1', ''])
            names = ', '.join(f'c{i}' for i in range(len(query.kinds)))
            ordered = f'SELECT {names} FROM ({query.sql}) AS {self.fresh("o")} ({names})\nORDER BY '
            if self.chance(0.25):  # With all that are like the last one.
                query = Query(f'{ordered}1{self.some(["", " DESC"])} FETCH FIRST {self.some(["1", "2", "5"])} ROWS WITH TIES', query.kinds)
            else:
                query = Query(f'{ordered}{order}{limit}', query.kinds, True)
        return query


def queries(seed, count):
    """The same for the same seed, each from a generator of its own."""
    found = []
    for at in range(count):
        generator = Generator(seed * 1_000_003 + at)
        found.append(generator.change() if generator.chance(0.05) else generator.query(3))
    return found


if __name__ == '__main__':
    for one in queries(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10):
        print(one.sql + ';\n')
