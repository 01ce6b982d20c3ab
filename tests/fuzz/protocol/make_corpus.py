#!/usr/bin/env python3
"""The dialogues that the protocol fuzzer begins with, and its words:

    make_corpus.py FOLDER       FOLDER/corpus, a file for each dialogue, and FOLDER/words.dict

They are what real clients were recorded to send (tests/clients/kit/replay), as simple queries and as extended ones, and a few by hand that
go through the rest of the protocol. A file is what dialogue.h reads: an opening for each of two clients, then frames.
"""
import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
RECORDED = ROOT / 'tests/clients/kit/replay/captured.jsonl'
LEXER = ROOT / 'grammar/SqlMillLexer.g4'
COMMANDS = ROOT / 'runtime/pgwire/commands.cpp'
LONGEST = 4096

PLAIN, PASSWORD, TLS, NOTHING, CLEARTEXT, ELSEWHERE, READ_ONLY = 0, 1, 2, 3, 8, 16, 32
SECOND, RAW, NO_TYPE, GIGABYTE, PIECES, WITH_NEXT, CANCELLED, LAST = 1, 2 << 1, 1 << 1, 5 << 1, 1 << 4, 2 << 4, 3 << 4, 3 << 6


def frame(kind, body=b'', control=0):
    return struct.pack('<BcH', control, kind, len(body)) + body


def zero(text):
    return text.encode() + b'\0'


def query(sql, control=0):
    return frame(b'Q', zero(sql), control)


def parse(sql, name='', oids=(), control=0):
    return frame(b'P', zero(name) + zero(sql) + struct.pack(f'>h{len(oids)}i', len(oids), *oids), control)


def bind(*values, portal='', name='', formats=(), results=(), control=0):
    body = zero(portal) + zero(name) + struct.pack(f'>h{len(formats)}h', len(formats), *formats) + struct.pack('>h', len(values))
    for value in values:
        body += struct.pack('>i', -1) if value is None else struct.pack('>i', len(value)) + value
    return frame(b'B', body + struct.pack(f'>h{len(results)}h', len(results), *results), control)


def execute(portal='', rows=0, control=0):
    return frame(b'E', zero(portal) + struct.pack('>i', rows), control)


def describe(kind='P', name='', control=0):
    return frame(b'D', kind.encode() + zero(name), control)


def dialogue(*frames, first=PLAIN, second=PLAIN):
    return bytes([first, second]) + b''.join(frames)


SYNC = frame(b'S')


def recorded():
    for line in RECORDED.read_text().splitlines():
        one = json.loads(line)
        parameters = [None if value is None else str(value).encode() for value in one['params'] or []]
        if len(one['sql']) > LONGEST:
            continue
        if not parameters:
            yield dialogue(query(one['sql']))
        yield dialogue(parse(one['sql']), bind(*parameters, results=[0]), describe(), execute(rows=5), execute(), SYNC)


def start(**parameters):
    body = struct.pack('>i', 3 << 16) + b''.join(zero(name) + zero(value) for name, value in parameters.items()) + b'\0'
    return struct.pack('>i', len(body) + 4) + body


def raw(data, control=0):
    return frame(b'?', data, RAW | control)


def by_hand():
    """What the records do not have."""
    binary = b'PGCOPY\n\xff\r\n\0' + bytes(8)
    row = struct.pack('>h', 2) + struct.pack('>ii', 4, 77) + struct.pack('>i', 1) + b'x'
    # Openings.
    for code in [80877103, 80877104]:
        yield dialogue(raw(struct.pack('>ii', 8, code)), raw(start(user='kit')), query('select 1'), first=NOTHING)
    yield dialogue(raw(struct.pack('>iiii', 16, 80877102, 1, 2)), first=NOTHING)
    yield dialogue(raw(start(user='kit', options='-c statement_timeout=5000 --DateStyle=ISO', application_name='x')), SYNC, first=NOTHING)
    yield dialogue(raw(start(user='kit', **{'_pq_.x': '1'})), query('select 1'), first=NOTHING)
    yield dialogue(raw(struct.pack('>i', 1 << 30)), raw(bytes(100)), first=NOTHING)
    yield dialogue(raw(struct.pack('>ii', 9, 196608)), first=NOTHING)
    yield dialogue(raw(start(user='scram')), frame(b'p', zero('SCRAM-SHA-256') + struct.pack('>i', 12) + b'n,,n=,r=abcd'),
                   frame(b'p', b'c=biws,r=abcd,p=AAAA'), first=NOTHING)
    yield dialogue(raw(start(user='scram')), frame(b'p', zero('secret')), query('select 1'), first=NOTHING | CLEARTEXT)
    for opening in [PASSWORD, TLS, PASSWORD | READ_ONLY, PASSWORD | CLEARTEXT, PLAIN | READ_ONLY, PASSWORD | ELSEWHERE]:
        yield dialogue(query('insert into t (a) values (99); select current_user'), first=opening)
    # The extended protocol.
    number = struct.pack('>i', 3)
    yield dialogue(parse('select $1::int + 1, b from t where a = $1', 's'), describe('S', 's'), SYNC,
                   bind(number, portal='p', name='s', formats=[1], results=[1]), describe('P', 'p'), execute('p'),
                   frame(b'C', b'Pp\0'), frame(b'C', b'Ss\0'), SYNC)
    yield dialogue(query('begin'), parse('select * from t'), bind(portal='p'), execute('p', 2), frame(b'H'), query('move 1 in p'),
                   execute('p', 3), SYNC, query('end'))
    yield dialogue(parse('select no_such'), bind(), execute(), SYNC, query('select 1'))
    yield dialogue(parse('select $1, $2, $3, $4', oids=[1700, 1114, 1007, 3802]), bind(b'1.5', b'2026-04-01', b'{1,NULL}', b'{"a":[1]}'),
                   execute(), SYNC)
    yield dialogue(parse('insert into t values ($1, $2, $3, $4, $5)'), bind(b'50', b'x', b'1.5', None, b'{1}'), execute(), SYNC)
    # Statements.
    for statements in [
            ['begin', "insert into t values (50, 'x')", 'savepoint s', 'select 1/0', 'rollback to s', 'select * from t', 'commit'],
            ['begin isolation level repeatable read', 'declare c scroll cursor for select * from t', 'fetch 3 from c; move backward 2 in c',
             'fetch absolute -1 from c', 'close c', 'rollback'],
            ['declare h cursor with hold for select g from generate_series(1, 9) g', 'fetch all from h', 'close all'],
            ['declare c subscription cursor for v', 'fetch all from c', "insert into t values (51, 'y')", 'fetch 9 from c', 'close c'],
            ["fetch 1 from c with (timeout = '1s')", 'set statement_timeout = 100; show all', 'reset all; discard all'],
            ['prepare q (int, text) as select $1, $2', "execute q (1, 'x')", 'explain execute q (2, null)', 'deallocate q'],
            ['create temporary table x (a int, b text)', "insert into x values (1, 'a'); update x set b = 'c' where a = 1; table x",
             'create temp table y as select * from t; truncate y; drop table y', 'select a into temp z from t'],
            ['update t set b = null, c = c / 2 where a < 5 returning *', 'delete from t where a in (select a from t limit 2)'],
            ['show tables; describe t; show create materialized view v', 'show columns from t; flush; vacuum'],
            ["select sum(c) over (order by a), array_agg(b), jsonb_build_object('a', d) from t group by a, c, d",
             'with recursive r(n) as (select 1 union all select n + 1 from r where n < 9) select * from r, t'],
            ['explain (format json) select * from t join v using (b)', "select '\\x41'::bytea, 'a'::regclass, interval '1 day', e[1] from t"]]:
        yield dialogue(*map(query, statements))
    # COPY.
    yield dialogue(query('copy t (a, b) from stdin'), frame(b'd', b'60\tx\n6'), frame(b'd', b'1\t\\N\n\\.\n'), frame(b'c'), query('table t'))
    yield dialogue(query("copy t (a, b) from stdin (format csv, header, delimiter ';')"), frame(b'd', b'a;b\n60;"x;""y"\n'), frame(b'c'))
    yield dialogue(query('copy t (a, b) from stdin (format binary)'), frame(b'd', binary + row, PIECES), frame(b'd', b'\xff\xff'), frame(b'c'))
    yield dialogue(query('copy t from stdin'), frame(b'f', zero('no more')), query('copy (select * from t) to stdout (format binary)'))
    yield dialogue(query("copy t to stdout with csv header quote '''' force quote *"))
    # Two clients.
    yield dialogue(query('begin'), query('begin', SECOND), query("update t set b = 'x' where a = 1"),
                   query("update t set b = 'y' where a = 1", SECOND), query('commit'), query('commit', SECOND))
    yield dialogue(query('select count(*) from t a, t b', PIECES | SECOND), query('delete from t', WITH_NEXT), query('table v', CANCELLED | SECOND),
                   frame(b'X', b'', LAST))
    yield dialogue(frame(b'Q', bytes(40), GIGABYTE), query('select 1', SECOND))


def words():
    for kind in 'QPBEDCSHFXpdcf':
        yield f'{kind}\\x00\\x00\\x00'
    names = set(re.findall(r":\s*'([a-z_]{2,})'", LEXER.read_text())) | set(re.findall(r'"([a-z_]{3,})"', COMMANDS.read_text()))
    yield from sorted(names)
    yield from ['generate_series(1, 9)', 'pg_class', 'information_schema.columns', '::regclass', '::numeric', '::timestamptz', '::jsonb', '::int[]',
                '::bytea', '$1', '$$', "E'\\\\x", '/*', '--', 'PGCOPY\\x0a\\xff\\x0d\\x0a\\x00', '\\xff\\xff\\xff\\xff', '\\x00\\x00\\x00\\x04']


def main():
    folder = pathlib.Path(sys.argv[1])
    corpus = folder / 'corpus'
    corpus.mkdir(parents=True, exist_ok=True)
    for kind, dialogues in [('recorded', recorded()), ('by_hand', by_hand())]:
        for number, data in enumerate(dialogues):
            (corpus / f'{kind}_{number:03}').write_bytes(data)
    (folder / 'words.dict').write_text(''.join(f'"{word}"\n' for word in words()))


main()
