#!/usr/bin/env python3
"""Asks a running PostgreSQL for every example in the lists of functions, and compares its answer with the expected text.

    tests/unit/check_examples.py [psql option]…        e.g. -h /tmp -U postgres

functions_test.cpp holds the same expectations against our functions; this script holds them against PostgreSQL. The one
listed difference, timestamptz with +00:00 instead of +00, is allowed for.
"""
import ast
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STRING = r'("(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*)'
ENTRY = re.compile(r'SQLMILL_FUNCTION\(\s*' + STRING + r'\s*,\s*([^"]*?)\s*,\s*' + STRING + r'\s*,\s*' + STRING + r'\s*\)')
QUERY = """set timezone = 'UTC';
create temp table example (position serial, sql text);
create function pg_temp.evaluate(sql text) returns text language plpgsql as $$
declare result text; type text;
begin
  execute 'select format(''%s'', e), pg_typeof(e)::text from (select (' || sql || ') as e) as x' into result, type;
  return type || E'\\t' || replace(result, E'\\n', E'\\\\n');
exception when others then
  return 'error' || E'\\t' || sqlerrm;
end $$;
"""


def entries(path):
    text = path.read_text()
    for line in re.finditer(r'#include "([^"]*)"', text):
        yield from entries(ROOT / line.group(1))
    for name, function, example, expected in ENTRY.findall(text):
        if ast.literal_eval(example):
            yield ast.literal_eval(name), function, ast.literal_eval(example), ast.literal_eval(expected)


def main():
    examples = list(entries(ROOT / 'runtime/sql/functions/functions.def'))
    values = ',\n'.join("('" + example.replace("'", "''") + "')" for _, _, example, _ in examples)
    script = QUERY + f'insert into example (sql) values {values};\n'
    script += 'select pg_temp.evaluate(sql) from example order by position;\n'
    psql = subprocess.run(['psql', '-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', *sys.argv[1:]],
                          input=script, capture_output=True, text=True)
    if psql.returncode != 0:
        sys.exit(psql.stderr)
    answers = psql.stdout.split('\n')[:len(examples)]
    wrong = 0
    for (_, function, example, expected), answer in zip(examples, answers):
        type_name, _, value = answer.partition('\t')
        if type_name == 'timestamp with time zone':
            value = re.sub(r'\+00$', '+00:00', value)
        if value != expected.replace('\n', '\\n') or type_name == 'error':
            wrong += 1
            print(f'{function}: {example}\n  PostgreSQL  {value}\n  expected    {expected}')
    print(f'{len(examples)} examples, {wrong} wrong')
    return wrong != 0


if __name__ == '__main__':
    sys.exit(main())
