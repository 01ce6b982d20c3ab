"""Queries that differ in literals only share a plan; what they give is what they give when each has a plan of its own, as one with a comment has:
rows, their types, errors and their places."""
import itertools
import re
import struct

import pytest

from serving import serving
from wire import Wire

SQL = """
CREATE TABLE things (
    id BIGINT PRIMARY KEY, small SMALLINT, int INT, num NUMERIC(8, 2), f4 REAL, f8 DOUBLE PRECISION, flag BOOLEAN, name VARCHAR, day DATE,
    at TIMESTAMPTZ, local TIMESTAMP, clock TIME, span INTERVAL, code UUID, doc JSONB, raw BYTEA, tags VARCHAR[]
);
CREATE MATERIALIZED VIEW names AS SELECT name, count(*) AS n, max(num) AS num FROM things GROUP BY name;
"""
ROWS = """
INSERT INTO things VALUES
(1, 1, 5, 1.50, 1.5, 2.5, true, 'a', '2026-04-01', '2026-04-01 09:00:00+00', '2026-04-01 09:00:00', '09:00', '1 day', '00000000-0000-0000-0000-000000000001',
 '{"a": 1}', '\\x01', '{a,b}'),
(2, 5, 70000, 5, 16777216, 5, false, 'it''s', '2026-04-02', '2026-04-02 09:00:00+00', '2026-04-02 09:00:00', '10:00', '24:00:00',
 '00000000-0000-0000-0000-000000000002', '[1]', '\\x6162', '{}'),
(5, NULL, NULL, NULL, NULL, NULL, NULL, '5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
"""
COLUMNS = ['id', 'small', 'int', 'num', 'f4', 'f8', 'flag', 'name', 'day', 'at', 'local', 'clock', 'span', 'code', 'doc', 'raw', 'tags', 't.id', '"name"',
           'upper(name)', '(id + 1)', 'name || name', 'id % 4', 'nothing', 'NULL', "'a'", 'coalesce(int, 1)', 'id::text', 'length(name)']
LITERALS = ['5', "'5'", '70000', '16777217', '123456789012345678', '1234567890123456789012', '1.5', '-1', "'a'", "'it''s'", "' 5 '", "''", "'2026-04-01'",
            "'2026-04-01 09:00:00+00'", "'09:00'", "'1 day'", "'t'", "'00000000-0000-0000-0000-000000000001'", "'{\"a\": 1}'", r"'\x01'", "'{a,b}'",
            "'a'::varchar", "'a' || ''", "E'a'", "$$a$$", 'NULL', "date '2026-04-01'", 'id', '5 + 0']
OTHERS = [
    "select * from names where name = 'a'", "select name, n from names where name = 'a' and n = 1 or num > 5 order by name limit 2",
    "select n from names where name <> 'a' and (name = '5' or n >= 1) order by 1", "select * from names where name in ('a', '5') and n = 1 order by name",
    "select count(*), 'x' = 'a' from names where name > '5' group by 2 having count(*) > 0", "select name = 'a' from names where name = 'a'",
    "select id from things where name = 'a' and id between 1 and 5", "select id from things where id between 1 and 5 and name = 'a'",
    "select id from things where flag = 't' and day = '2026-04-01' and at >= '2026-04-01' and doc ->> 'a' = '1'",
    "select id from things where doc -> 'a' = '1'", "select id from things where not name = 'a' order by id", "select id from things where name = 'a' -- end",
    "select id from things where name = 'a' /* end */", "select id, (select 1 where 'a' = 'a') from things where name = 'a'",
    "select id from things where case when id = 1 then name = 'a' else name = '5' end order by id", "select id from things where (id, name) = (1, 'a')",
    "select id from things where name = 'a' union select 7", "select id from things where name = any ('{a,5}') order by id",
    "select t.id from things t join names n on n.name = t.name where n.name = 'a'", "select id from things where id = 1 and 1/id = 1 and 1/(id - 1) = 1",
    "select id from things where coalesce(name = 'a', false)", "select id from things where name = 'a' collate \"C\"", "select id from things where name = 'a' 'b'",
    "select id from things where name = 'a'\n'b'", "select id from things where name = 'a", 'select id from things where name = "a"', "select id where id = 5",
    "select 1 where 'a' = 'a'", "select relname from pg_class where relname = 'things' and relkind = 'r'", "select id from things where id = 1 for update",
    "select typname from pg_type where oid = '23' and typname = 'int4'", "select id from things where oid(id) = 'things'::regclass", "select where = 'a'",
    "select sum(id) filter (where name = 'a') from things where name <> 'x'", "select id from things where name = 'a' offset 0 fetch first 1 rows only",
    "select id from things where name like 'a%' and name = 'a'", "select id from things where name is not null = 't'", "select id from things t where t.name ='a'and t.id=1",
    "select id from things where id=-1 or id>= 5", "select id from things where array_length(tags, 1) = 2", "select id from things where tags[1] = 'a'",
    "select id from things where at = 'yesterday'", "select id from things where id = '1' and id = '01'", "select id from things where id = 1 or id = 'x'",
]


@pytest.fixture(scope='module')
def wire(build):
    with serving(build(SQL, 'things').binary) as server:
        one = Wire(server)
        one.query(ROWS)
        yield one
        one.close()


def told(messages):
    return [message for message in messages if message[0] in 'TDCE']


def at_once(wire, sql):
    return told(wire.query(sql))


def extended(wire, sql):
    wire.send(('P', b'\0' + sql.encode() + b'\0' + struct.pack('>h', 0)), ('B', b'\0\0' + struct.pack('>hhh', 0, 0, 0)), ('D', b'P\0'),
              ('E', b'\0' + struct.pack('>i', 0)), ('S', b''))
    return told(wire.until('Z'))


def as_written(wire, sql):
    """With a comment, its literals stay; places of errors are behind it."""
    mark = '/**/ '
    return [(kind, re.sub(rb'\0P(\d+)\0', lambda found: b'\0P%d\0' % (int(found[1]) - len(mark) + 1), body) if kind == 'E' else body)
            for kind, body in at_once(wire, sql.replace(' ', mark, 1))]


def check(wire, sql):
    before = as_written(wire, sql)
    kinds = [kind for kind, _ in before]
    for ask in [at_once, at_once, extended]:  # The plan is new, and then it is known.
        after = ask(wire, sql)
        if kinds[-1] == 'E':  # Rows before an error, and their description, are not in question.
            assert [m for m in after if m[0] == 'E'] == [m for m in before if m[0] == 'E'], sql
        else:
            assert [m for m in after if m[0] != 'D'] == [m for m in before if m[0] != 'D'], sql
            assert sorted(after) == sorted(before), sql
    return kinds[-1] == 'C'


@pytest.mark.parametrize('operator', ['=', '<', '>=', '<>'])
def test_comparisons(wire, operator):
    good = sum(check(wire, f'SELECT id, num FROM things t WHERE {column} {operator} {literal}') for column, literal in itertools.product(COLUMNS, LITERALS))
    assert good > 200


def test_other_forms(wire):
    good = sum(check(wire, sql) for sql in OTHERS)
    assert good > len(OTHERS) / 2


def test_several_statements(wire):
    sql = "select name from names where name = 'a'; select n from names where name = 'nobody'; select id from things where id = 'x'"
    messages = at_once(wire, sql)
    assert [kind for kind, _ in messages] == ['T', 'D', 'C', 'T', 'C', 'E']
    position = sql.index("'x'") + 1
    assert b'22P02' in messages[-1][1] and f'P{position}\0'.encode() in messages[-1][1]
