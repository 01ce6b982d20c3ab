"""Blocks that write: what they see, what becomes of it, and two of them at a time. What one session does, PostgreSQL does, too."""
import random
import sys

import psycopg2
import pytest

from support.pipeline import ROOT

sys.path.insert(0, str(ROOT / 'tests/clients'))

from serving import serving  # noqa: E402

TABLES = """
CREATE TABLE accounts (id INT PRIMARY KEY, owner VARCHAR NOT NULL, amount NUMERIC, note VARCHAR DEFAULT 'none');
CREATE TABLE stock (place VARCHAR, item INT, amount INT NOT NULL, PRIMARY KEY (place, item));
CREATE TABLE entries (what VARCHAR, n INT);
"""
VIEWS = """
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS rows, sum(amount) AS amount FROM accounts;
CREATE MATERIALIZED VIEW places AS SELECT place, sum(amount) AS amount FROM stock GROUP BY place;
CREATE MATERIALIZED VIEW above AS SELECT max(amount) AS most FROM places;
"""
NAMES = ('accounts', 'stock', 'entries')


@pytest.fixture(scope='module')
def server(build):
    with serving(build(TABLES + VIEWS, 'transactions').binary) as one:
        yield one


@pytest.fixture
def connect(server):
    """connect() → a session in which BEGIN is said."""
    sessions = []

    def one():
        sessions.append(psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit'))
        sessions[-1].autocommit = True
        return sessions[-1].cursor()
    first = one()
    for name in NAMES:
        first.execute(f'delete from {name}')
    yield one
    for session in sessions:
        session.close()


def run(cursor, sql):
    """What it gives: rows in order, or how many it has changed, or an error's code."""
    try:
        cursor.execute(sql)
    except psycopg2.Error as error:
        return error.pgcode
    if cursor.description:
        return [tuple(map(str, row)) for row in cursor.fetchall()]
    return cursor.statusmessage


def in_any_order(answer):
    return sorted(answer) if isinstance(answer, list) else answer


def all_rows(cursor):
    return {name: in_any_order(run(cursor, f'select * from {name}')) for name in NAMES}


def compare(connect, postgres, statements):
    ours = connect()
    with postgres.schema() as session:
        session.execute(TABLES)
        for number, sql in enumerate(statements):
            got, wanted = run(ours, sql), run(session.cursor, sql)
            assert in_any_order(got) == in_any_order(wanted), '\n'.join(statements[:number + 1])
        assert all_rows(ours) == all_rows(session.cursor), '\n'.join(statements)


WRITES = """begin
insert into accounts values (1, 'ada', 10), (2, 'bob', 20.50), (3, 'a name that is longer than what is kept inline', null)
select * from accounts
update accounts set amount = amount + 1 where id < 3 returning id, amount, note
select count(*), sum(amount) from accounts where owner like 'a%'
delete from accounts where id = 2 returning *
insert into accounts values (2, 'bob again', 5, default), (4, 'cid', 1, null) on conflict (id) do nothing returning id
insert into accounts values (1, 'ada', 7), (5, 'dan', 8) on conflict (id) do update set amount = accounts.amount + excluded.amount, note = excluded.owner returning *
select * from accounts where id = 1
select * from accounts where id in (1, 2, 17)
insert into stock select 'shelf', id, id * 10 from accounts
insert into stock select 'floor', item, amount + 1 from stock
update stock set amount = s.amount from (select place, item, amount from stock where place = 'shelf') s where stock.item = s.item and stock.place = 'floor'
delete from stock using accounts where accounts.id = stock.item and accounts.note is null returning place, item
select a.owner, s.place, s.amount from accounts a join stock s on s.item = a.id
insert into entries values ('x', 1), ('x', 1), ('y', 2)
insert into entries values ('q', 1), ('q', 1) on conflict do nothing
update entries set n = n + 1 where what = 'x'
delete from entries where n = 2 returning *
insert into entries values ('x', 1)
commit
select * from accounts
begin
update accounts set amount = 0, note = null
savepoint one
delete from accounts where id = 1
update stock set amount = amount * 2
insert into entries values ('z', 26)
update entries set n = 27 where what = 'z'
rollback to one
select * from accounts
select * from stock
select * from entries
delete from entries
savepoint two
select 1 / 0
select 1
rollback to two
insert into entries values ('z', 3)
release one
commit
begin
delete from stock
select count(*) from stock
insert into stock values ('shelf', 1, 1)
rollback
begin
insert into accounts (id, owner) values (9, null)
commit
begin
update stock set amount = amount
delete from stock where item = 1
insert into stock values ('shelf', 1, 10)
commit"""


def test_a_block_reads_what_it_has_written(connect, postgres):
    compare(connect, postgres, WRITES.split('\n'))


def random_statements(seed, count):
    of = random.Random(seed)
    savepoints = 0

    def number():
        return of.randint(1, 12)

    def condition():
        return of.choice([f'id = {number()}', f'id > {number()}', f'amount > {number()}', 'note is null', f'id in ({number()}, {number()})', 'true'])

    def write():
        kind = of.randrange(10)
        returning = of.choice(['', ' returning *'])
        if kind == 0:
            return f"insert into accounts values ({number()}, 'o', {number()}) on conflict do nothing{returning}"
        if kind == 1:
            return (f"insert into accounts select g, 'p' || g, g from generate_series({number()}, {number()}) g on conflict (id) do update set "
                    f"amount = coalesce(accounts.amount, 0) + excluded.amount where accounts.id <> {number()}{returning}")
        if kind == 2:
            return f'update accounts set amount = {of.choice(["amount + 1", "null", str(number())])}, note = {of.choice(["owner", "null"])} where {condition()}{returning}'
        if kind == 3:
            return f'delete from accounts where {condition()}{returning}'
        if kind == 4:
            return f"insert into entries values ('e{number() % 3}', {number()}), ('e', 1){returning}"
        if kind == 5:
            return f'update entries set n = n % {number()} + 1 where n > {number()}{returning}'
        if kind == 6:
            return f'delete from entries where n = {number()}{returning}'
        if kind == 7:
            return 'insert into entries select owner, id from accounts'
        if kind == 8:
            return f"insert into stock values ('s', {number()}, {number()}) on conflict (place, item) do update set amount = stock.amount - 1{returning}"
        return f'update stock set amount = a.id from accounts a where a.id = stock.item and {number()} > 3{returning}'

    for _ in range(count):
        kind = of.randrange(12)
        if kind == 0:
            yield of.choice(['begin', 'commit', 'rollback', 'begin', 'begin', 'commit'])
        elif kind == 1:
            savepoints += 1
            yield f'savepoint s{savepoints % 4}'
        elif kind == 2:
            yield f'rollback to s{of.randrange(4)}'
        elif kind == 3:
            yield of.choice(['select * from accounts', 'select * from entries', 'select * from stock where item > 4',
                             f'select * from accounts where id = {number()}', 'select owner, count(*), sum(n) from accounts join entries on n = id group by 1',
                             'select 1 / 0'])
        else:
            yield write()
    yield 'commit'


@pytest.mark.parametrize('seed', range(12))
def test_random_blocks(connect, postgres, seed):
    compare(connect, postgres, list(random_statements(seed, 150)))


def test_views_follow_at_the_commit(connect):
    one, other = connect(), connect()
    one.execute("insert into accounts values (1, 'ada', 10)")
    one.execute('begin')
    assert run(one, 'update accounts set amount = 11') == 'UPDATE 1'
    assert run(one, 'select * from totals') == '0A000'
    one.execute('rollback')
    one.execute('begin')
    one.execute('update accounts set amount = 11')
    assert run(one, 'select * from places') == []
    assert run(other, 'select amount from accounts') == [('10',)]
    assert run(other, 'select * from totals') == [('1', '10')]
    one.execute('commit')
    assert run(other, 'select * from totals') == [('1', '11')]
    one.execute('begin')
    one.execute("insert into stock values ('a', 1, 1)")
    with pytest.raises(psycopg2.errors.FeatureNotSupported, match='the view "above" cannot be read in a transaction that has changed the table "stock"'):
        one.execute('select * from above')
    one.execute('rollback')


def test_blocks_that_do_not_touch_the_same_rows(connect):
    one, other = connect(), connect()
    one.execute("insert into accounts values (1, 'a', 1), (2, 'b', 2)")
    one.execute("insert into entries values ('x', 1), ('y', 2)")
    for session, key, what in [(one, 1, 'x'), (other, 2, 'y')]:
        session.execute('begin')
        assert run(session, f'update accounts set amount = 5 where id = {key}') == 'UPDATE 1'
        assert run(session, f"delete from entries where what = '{what}'") == 'DELETE 1'
    assert run(one, 'commit') == run(other, 'commit') == 'COMMIT'
    assert all_rows(one) == {'accounts': [('1', 'a', '5', 'none'), ('2', 'b', '5', 'none')], 'stock': [], 'entries': []}


CONFLICTS = [
    # What is there, what the block does, what another session does meanwhile, how COMMIT ends.
    ("insert into accounts values (1, 'a', 1)", 'update accounts set amount = amount + 1', 'update accounts set amount = 7', '40001'),
    ("insert into accounts values (1, 'a', 1)", 'update accounts set amount = amount + 1', 'delete from accounts', '40001'),
    ("insert into accounts values (1, 'a', 1)", 'delete from accounts', "update accounts set note = 'x'", '40001'),
    ("insert into accounts values (1, 'a', 1)", 'delete from accounts', 'delete from accounts', '40001'),
    ("insert into accounts values (1, 'a', 1)", "insert into accounts values (1, 'b') on conflict (id) do update set owner = excluded.owner",
     'update accounts set amount = 7', '40001'),
    ('select 1', "insert into accounts values (1, 'b')", "insert into accounts values (1, 'c')", '23505'),
    ('select 1', "insert into accounts values (1, 'b') on conflict do nothing", "insert into accounts values (1, 'c')", '40001'),
    ("insert into accounts values (1, 'a', 1), (2, 'b', 2)", 'delete from accounts where id = 1', 'delete from accounts where id = 2', 'COMMIT'),
    ("insert into accounts values (1, 'a', 1)", 'update accounts set amount = amount', 'update accounts set amount = 7', 'COMMIT'),
    ("insert into entries values ('a', 1)", 'update entries set n = n + 1', 'update entries set n = 7', '40001'),
    ("insert into entries values ('a', 1)", 'delete from entries', 'delete from entries', '40001'),
    ("insert into entries values ('a', 1)", 'delete from entries', "insert into entries values ('b', 1)", 'COMMIT'),
]


@pytest.mark.parametrize('isolation', ['repeatable read', 'read committed'])
@pytest.mark.parametrize('there, block, meanwhile, end', CONFLICTS)
def test_conflicts(connect, isolation, there, block, meanwhile, end):
    one, other = connect(), connect()
    one.execute(there)
    one.execute(f'begin isolation level {isolation}')
    one.execute("insert into stock values ('with it', 1, 1)")
    one.execute(block)
    other.execute(meanwhile)
    before = all_rows(other)
    assert run(one, 'commit') == end
    assert run(one, "insert into stock values ('after', 1, 1)") == 'INSERT 0 1'
    if end != 'COMMIT':
        one.execute("delete from stock where place = 'after'")
        assert all_rows(other) == before
    else:
        assert ('with it', '1', '1') in all_rows(other)['stock']


def test_read_committed_reads_the_newest_rows(connect):
    one, other = connect(), connect()
    one.execute("insert into accounts values (1, 'a', 1), (2, 'b', 2)")
    one.execute('begin isolation level read committed')
    one.execute('update accounts set amount = 10 where id = 1')
    other.execute('update accounts set amount = 20 where id = 2')
    assert run(one, 'select id, amount from accounts order by id') == [('1', '10'), ('2', '20')]
    assert run(one, 'update accounts set amount = amount + 1') == 'UPDATE 2'
    assert run(one, 'commit') == 'COMMIT'
    assert run(other, 'select id, amount from accounts order by id') == [('1', '11'), ('2', '21')]


def test_a_cursor_keeps_its_rows(connect):
    one = connect()
    one.execute("insert into entries select 'e', g from generate_series(1, 3000) g")
    one.execute('begin')
    one.execute('delete from entries where n > 2000')
    one.execute('declare c cursor for select n from entries')
    one.execute('savepoint s')
    one.execute('update entries set n = -n')
    one.execute('rollback to s')
    one.execute("delete from entries where n < 500")
    one.execute('fetch all from c')
    assert sorted(n for n, in one.fetchall()) == list(range(1, 2001))
    assert run(one, 'select count(*), min(n), max(n) from entries') == [('1501', '500', '2000')]
    one.execute('commit')
    assert run(one, 'select count(*), min(n), max(n) from entries') == [('1501', '500', '2000')]


def test_psycopg2_without_autocommit(server, connect):
    one = connect()
    one.execute("insert into accounts values (1, 'a', 1)")
    with psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit') as session, session.cursor() as cursor:
        cursor.execute('update accounts set amount = %s where id = %s', (5, 1))
        cursor.execute('select amount from accounts')
        assert cursor.fetchall() == [(5,)]
        session.commit()
        cursor.execute('delete from accounts')
        session.rollback()
        cursor.executemany('insert into accounts (id, owner) values (%s, %s)', [(i, f'owner {i}') for i in range(2, 3000)])
    session.close()
    assert run(one, 'select rows, amount from totals') == [('2999', '5')]
