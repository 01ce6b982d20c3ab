#!/usr/bin/env python3
"""Writes the tables of docs/sql.md that come from lists in the code: functions, casts, aggregates, options of connectors.

    docs/generate_functions.py           writes them between their markers
    docs/generate_functions.py --check   exit code 1 if the file does not have what it should

A table stands between `<!-- generated: NAME -->` and `<!-- end -->`.
"""
import ast
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs/sql.md'
FUNCTIONS = ROOT / 'runtime/sql/functions'
STRING = r'("(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*)'
FUNCTION = re.compile(r'SQLMILL_FUNCTION\(\s*' + STRING + r'\s*,\s*([^"]*?)\s*,\s*' + STRING + r'\s*,\s*' + STRING + r'\s*\)')
CAST = re.compile(r'SQLMILL_CAST\((\w+?)_to_(\w+), (\w+)\)')
DEFINE = re.compile(r'^#define (\w+)\(([^)]*)\)((?:.*\\\n)*.*)$', re.MULTILINE)
AGGREGATE = re.compile(r'^SQLMILL_(AGGREGATE|AGGREGATE_2|LIST|LIST_2|ORDERED_SET|ORDERED_SET_2|ORDERED_SETS|HYPOTHETICAL_SET)\(([^)]*)\)', re.MULTILINE)
TYPE = re.compile(r"SQLMILL_TYPE\(k(\w+), ([\w:]+), \"([^\"]+)\", \"([^\"]+)\"")
OPTION = re.compile(r'(required\()?\b(text|secret|boolean|integer|choice)\(\s*"([^"]+)",\s*k(Source|Sink|Both)(?:,\s*([^)]*))?\)')
TYPE_WORDS = re.compile(r'\b(smallint|int|bigint|real|double precision|numeric)\b ')
SHORT_TYPES = {'int2': 'smallint', 'int4': 'integer', 'int8': 'bigint', 'float4': 'real', 'float8': 'double precision',
               'time': 'time', 'timestamp': 'timestamp', 'timestamptz': 'timestamptz'}
SHOWN_TYPES = {'time without time zone': 'time', 'timestamp without time zone': 'timestamp',
               'timestamp with time zone': 'timestamptz', 'anyarray': 'arrays'}
# What SQL writes for functions that only the binder calls by their name.
SHOWN_NAMES = {'~~': 'LIKE', '~~*': 'ILIKE', 'like_escape': 'LIKE … ESCAPE', 'ilike_escape': 'ILIKE … ESCAPE',
               'timezone': 'timezone, AT TIME ZONE', 'SIMILAR TO ESCAPE': 'SIMILAR TO … ESCAPE'}


def code(text):
    """Inline code that may hold anything; a bar would end the cell."""
    if text == '':
        return ''
    fence = '``' if '`' in text else '`'
    return fence + text.replace('|', r'\|') + fence


def table(heads, rows):
    lines = ['| ' + ' | '.join(heads) + ' |', '|' + '---|' * len(heads)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows])


def types():
    """By enumerator and by C++ type: the name that the page uses."""
    found = TYPE.findall((ROOT / 'runtime/sql/types.def').read_text())
    by_id = {enumerator: SHOWN_TYPES.get(name, name) for enumerator, _, name, _ in found}
    by_cpp = {spelled: SHOWN_TYPES.get(name, name) for _, _, name, spelled in found}
    return by_id, by_cpp


def entries(path):
    for name, function, example, expected in FUNCTION.findall(path.read_text()):
        yield ast.literal_eval(name), function, ast.literal_eval(example), ast.literal_eval(expected)


def operators():
    """One row an operator, with the types for which it is declared once for both operands."""
    by_cpp = types()[1]
    rows = {}
    for name, function, example, expected in entries(FUNCTIONS / 'operators.def'):
        template = re.search(r'<(.*)>$', function)
        place = 'prefix' if example.startswith(name + ' ') else 'infix'
        row = rows.setdefault((name, place), {'types': [], 'example': None})
        spelled = template.group(1) if template else 'sql::Numeric' if function.endswith('_numeric') else None
        if spelled and by_cpp[spelled] not in row['types']:
            row['types'].append(by_cpp[spelled])
        if row['example'] is None or spelled == 'sql::Numeric':
            row['example'] = (example, expected)
    for (name, place), row in rows.items():
        shown = 'every type' if len(row['types']) == len(by_cpp) - 1 else ', '.join(row['types'])
        yield [code(name) + (' (prefix)' if place == 'prefix' else ''), shown, code(row['example'][0]), code(row['example'][1])]


def functions(family):
    """One row an example; examples that differ in their types alone are one."""
    seen = set()
    for name, _, example, expected in entries(FUNCTIONS / family):
        key = name, TYPE_WORDS.sub('', example)
        if example == '' or key in seen:
            continue
        seen.add(key)
        yield [code(SHOWN_NAMES.get(name, name)), code(example), code(expected)]


def clock():
    text = (FUNCTIONS / 'clock.def').read_text()
    for call, meaning in re.findall(r'^SQLMILL_CLOCK_FUNCTION\(\w+, "[^"]*", \w+, "([^"]*)", "([^"]*)"\)', text, re.MULTILINE):
        yield [code(call), meaning]


def casts():
    rows = {}
    for path in sorted(FUNCTIONS.glob('casts_*.def')):
        for source, target, context in CAST.findall(path.read_text()):
            row = rows.setdefault(SHORT_TYPES.get(source, source), {'Implicit': [], 'Assignment': [], 'Explicit': []})
            row[context[1:]].append(SHORT_TYPES.get(target, target))
    for source, targets in rows.items():
        yield [source] + [', '.join(targets[context]) for context in ('Implicit', 'Assignment', 'Explicit')]


def expanded(text):
    """A list with the macros that it defines for itself written out."""
    for name, parameters, body in DEFINE.findall(text):
        body = body.replace('\\\n', '\n')

        def write(match):
            out = body
            for parameter, value in zip(parameters.split(','), match[1].split(',')):
                out = re.sub(rf'(?:##)?\b{parameter.strip()}\b(?:##)?', lambda _, v=value: v.strip(), out)
            return re.sub(r'(?m)^ +', '', out)
        text = re.sub(rf'(?m)^{name}\(([^)]*)\)', write, text)
    return text


# How a call of each kind is written, and how many of the list's types are those of arguments.
AGGREGATE_FORMS = {
    'AGGREGATE': ('{}(x)', 1), 'AGGREGATE_2': ('{}(y, x)', 2), 'LIST': ('{}(x [ORDER BY …])', 1),
    'LIST_2': ('{}(x, y [ORDER BY …])', 2), 'ORDERED_SET': ('{}() WITHIN GROUP (ORDER BY x)', 1),
    'ORDERED_SET_2': ('{}(fraction) WITHIN GROUP (ORDER BY x)', 2),
    'ORDERED_SETS': ('{}(array of fractions) WITHIN GROUP (ORDER BY x)', 2),
    'HYPOTHETICAL_SET': ('{}(x, …) WITHIN GROUP (ORDER BY y, …)', 0),
}


def aggregates():
    """One row for each result; aggregates whose rows are the same share them."""
    by_id = {**types()[0], 'Array': 'arrays'}
    overloads = {}
    for kind, items in AGGREGATE.findall(expanded((ROOT / 'runtime/sql/aggregates/aggregates.def').read_text())):
        name, *rest = [item.strip() for item in items.split(',')]
        form, count = AGGREGATE_FORMS[kind]
        taken = ['every type' if t == 'kUnknown' else by_id[t[1:]] for t in rest[:count]] or ['every type']
        taken = taken[1:] if kind.startswith('ORDERED_SET') and count == 2 else sorted(set(taken), key=taken.index)
        result = 'every type' if rest[count] == 'kUnknown' else by_id.get(rest[count][1:])
        if kind == 'ORDERED_SETS' or name == '"array_agg"':
            result = 'array of such'
        key = form.format(name.strip('"')), 'yes' if kind.startswith('AGGREGATE') else ''
        overloads.setdefault(key, []).append((', '.join(taken), result))
    calls = {}
    for (call, in_views), pairs in overloads.items():
        if len(pairs) > 1 and all(taken == result for taken, result in pairs) or pairs == [('every type', 'every type')]:
            rows = [(', '.join(taken for taken, _ in pairs), 'that of x')]
        else:
            rows = [(', '.join(taken for taken, result in pairs if result == one), one) for one in dict.fromkeys(r for _, r in pairs)]
        calls.setdefault((tuple(rows), in_views), []).append(f'`{call}`')
    yield ['`count(*)`', '', 'bigint', 'yes']
    for (rows, in_views), names in calls.items():
        for taken, result in rows:
            yield [', '.join(names), taken, result, in_views]


def options():
    text = (ROOT / 'runtime/base/connector_options.cpp').read_text()
    choices = {name: re.findall(r'"([^"]*)"', body) for name, body in re.findall(r'Name (k\w+)\[\] = \{([^}]*)\}', text)}
    limits = {name: value.replace("'", '') for name, value in re.findall(r"int64_t (kMax\w+) = ([\d']+);", text)}
    lists = re.findall(r'constexpr std::array (k\w+) = \{(.*?)\n?\};', text, re.DOTALL)
    owners = {'kEncoding': 'every sink', 'kKafka': 'kafka', 'kKafkaProperties': 'kafka', 'kFile': 'file', 'kDatagenOptions': 'datagen'}
    for name, body in lists:
        for needed, kind, option, use, rest in OPTION.findall(body):
            rest = rest or ''
            if kind == 'choice':
                kind = ', '.join(dict.fromkeys(choice.lower() if choice.isupper() and choice.lower() in choices[rest] else choice
                                               for choice in choices[rest]))
            elif kind == 'integer':
                low, _, high = (part.strip().replace("'", '') for part in rest.partition(','))
                low, high = limits.get(low, low), limits.get(high, high)
                kind += '' if low == 'INT64_MIN' else f', from {low}' + (f' to {high}' if high else '')
            yield [owners[name], code(option), {'Both': 'both', 'Source': 'source', 'Sink': 'sink'}[use], kind, 'yes' if needed else '']


TABLES = {
    'operators': lambda: table(['operator', 'types', 'example', 'gives'], operators()),
    'math': lambda: table(['name', 'example', 'gives'], functions('math.def')),
    'text': lambda: table(['name', 'example', 'gives'], functions('text.def')),
    'datetime': lambda: table(['name', 'example', 'gives'], functions('datetime.def')),
    'json': lambda: table(['name', 'example', 'gives'], functions('json.def')),
    'array': lambda: table(['name', 'example', 'gives'], functions('array.def')),
    'clock': lambda: table(['call', 'gives'], clock()),
    'casts': lambda: table(['from', 'by itself', 'when stored in a column', 'only as written'], casts()),
    'aggregates': lambda: table(['aggregate', 'of', 'result', 'in views'], aggregates()),
    'options': lambda: table(['connector', 'option', 'for', 'value', 'required'], options()),
}


def main():
    page = PAGE.read_text()
    written = page
    for name, make in TABLES.items():
        pattern = re.compile(rf'(<!-- generated: {name} -->\n).*?(<!-- end -->)', re.DOTALL)
        made = make()
        if made.count('\n') < 2 or len(pattern.findall(page)) != 1:
            sys.exit(f'{PAGE}: nothing to write for {name}, or no place for it')
        written = pattern.sub(lambda match: match.group(1) + '\n' + made + '\n\n' + match.group(2), written)
    if '--check' in sys.argv[1:]:
        if written != page:
            sys.exit(f'{PAGE} is not up to date: run docs/generate_functions.py')
        return
    PAGE.write_text(written)


if __name__ == '__main__':
    main()
