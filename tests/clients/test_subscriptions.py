"""Subscription cursors: a view's rows, then its changes, which together are the view at each of its epochs."""
import collections
import contextlib
import random
import struct
import threading
import time

import psycopg2
import pytest

from serving import serving
from wire import Wire

VIEWS = ['click_mv_conversion_metrics', 'click_mv_session_summary', 'click_mv_funnel_analysis', 'click_mv_page_traffic']

TABLES = """
CREATE TABLE orders (id INT PRIMARY KEY, shop VARCHAR, amount NUMERIC(10, 2));
CREATE MATERIALIZED VIEW shops AS SELECT shop, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY shop;
CREATE MATERIALIZED VIEW large AS SELECT shop FROM orders WHERE amount > 100;
"""


@pytest.fixture(scope='module')
def orders_binary(build):
    return build(TABLES, 'orders').binary


@pytest.fixture
def orders(orders_binary):
    with serving(orders_binary) as server:
        yield server


@contextlib.contextmanager
def connected(server):
    connection = psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit')
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


@pytest.fixture
def cursor(orders):
    with connected(orders) as one:
        yield one


def ask(cursor, sql):
    cursor.execute(sql)
    return cursor.fetchall()


def ops(cursor, sql):
    """Without the epochs."""
    return [row[:-1] for row in ask(cursor, sql)]


def apply(state, row):
    *values, op, _ = row
    state[tuple(values)] += 1 if op in ('Insert', 'UpdateInsert') else -1
    assert state[tuple(values)] >= 0, row
    state += collections.Counter()  # Zeros go.


class Follower(threading.Thread):
    """Applies what a cursor gives, and notes the state behind each whole epoch."""

    def __init__(self, server, view, count):
        super().__init__()
        self.server, self.view, self.count = server, view, count
        self.state, self.seen, self.places, self.error = collections.Counter(), [], [], None
        self.is_done = threading.Event()

    def run(self):
        try:
            self.follow()
        except Exception as error:  # Told by the test.
            self.error = error

    def follow(self):
        with connected(self.server) as cursor:
            cursor.execute(f'declare c subscription cursor for {self.view}')
            while True:
                is_last = self.is_done.is_set()
                rows = ask(cursor, f"fetch {self.count} from c with (timeout = '50ms')")
                for row in rows:
                    apply(self.state, row)
                    if row[-1] is not None and '.' not in row[-1]:
                        self.seen.append(frozenset(self.state.items()))
                        self.places.append(row[-1])
                if is_last and not rows:
                    return


def random_events(numbers, count):
    events = []
    for _ in range(count):
        session = numbers.randrange(40)
        kind = numbers.choice(['page_view', 'page_view', 'page_view', 'add_to_cart', 'purchase'])
        events.append(f"('e{numbers.randrange(10**9)}', 'u{session % 7}', 's{session}', '{kind}', '/page/{numbers.randrange(6)}', '', "
                      f"'{['desktop', 'mobile'][session % 2]}', 'US', '2026-04-01 09:00:00+00'::timestamptz + interval '{numbers.randrange(9999)} s')")
    return 'insert into click_events values ' + ', '.join(events)


@pytest.mark.parametrize('workers', [1, 2, 4])
def test_rows_and_changes_are_the_view_at_each_epoch(clickstream, workers):
    numbers = random.Random(workers)
    with serving(clickstream.binary, '--workers', workers) as server, connected(server) as writer, connected(server) as reader:
        writer.execute(random_events(numbers, 200))
        followers = [Follower(server, view, count) for view in VIEWS for count in ('all', 7)]
        pinned = {view: set() for view in VIEWS}
        for i in range(120):
            if i % 12 == 0 and i // 12 < len(followers):
                followers[i // 12].start()
            writer.execute(random_events(numbers, numbers.randrange(1, 20)))
            if i > 100:  # All of them are there.
                for view in VIEWS:
                    pinned[view].add(frozenset(collections.Counter(ask(reader, f'select * from {view}')).items()))
        for follower in followers:
            follower.is_done.set()
        for follower in followers:
            follower.join(60)
            assert follower.error is None and not follower.is_alive()
            assert follower.state == collections.Counter(ask(reader, f'select * from {follower.view}'))
            assert len(set(follower.places)) == len(follower.places)
            # The last contents: a FETCH may have begun behind the first of them.
            assert follower.seen[-1] in pinned[follower.view]
        whole = {view: set().union(*(follower.seen for follower in followers if follower.view == view)) for view in VIEWS}
        assert all(contents in whole[view] for view in VIEWS for contents in pinned[view])
        gone = [row for row in ask(reader, f'select session_id from {VIEWS[1]} except select session_id from {VIEWS[0]}')]
        assert gone, 'no session has left the view of those that did not buy'


def test_kinds_of_changes(cursor):
    cursor.execute("insert into orders values (1, 'a', 10), (2, 'b', 20)")
    cursor.execute('declare c subscription cursor for orders full')
    assert sorted(ops(cursor, 'fetch all from c')) == [(1, 'a', 10, 'Insert'), (2, 'b', 20, 'Insert')]
    assert [column.name for column in cursor.description] == ['id', 'shop', 'amount', 'op', 'epoch']
    assert ask(cursor, 'fetch next from c') == []
    cursor.execute("begin; update orders set amount = 11 where id = 1; delete from orders where id = 2; insert into orders values (3, 'a', 30); commit")
    rows = ask(cursor, 'fetch all from c')
    assert [row[:-1] for row in rows] == [(2, 'b', 20, 'Delete'), (1, 'a', 10, 'UpdateDelete'), (1, 'a', 11, 'UpdateInsert'), (3, 'a', 30, 'Insert')]
    assert ['.' in row[-1] for row in rows] == [True, True, True, False]
    cursor.execute('declare d subscription cursor for shops since now()')
    assert ask(cursor, 'fetch all from d') == []
    cursor.execute("update orders set amount = 200 where shop = 'a'")
    assert ops(cursor, 'fetch all from d') == [('a', 2, 41, 'UpdateDelete'), ('a', 2, 400, 'UpdateInsert')]
    # Two equal rows of a view without a key.
    cursor.execute('declare e subscription cursor for large')
    assert ops(cursor, 'fetch 1 from e') + ops(cursor, 'fetch 5 from e') == [('a', 'Insert')] * 2
    cursor.execute('delete from orders where id = 3')
    assert ops(cursor, 'fetch all from e') == [('a', 'Delete')]


def test_extended_protocol_in_binary(orders):
    wire = Wire(orders)
    wire.query("insert into orders values (1, 'a', 10)")
    wire.query('declare c subscription cursor for shops')
    execute = [('B', b'\0f\0' + struct.pack('>hhhh', 0, 0, 1, 1)), ('D', b'P\0'), ('E', b'\0' + struct.pack('>i', 0)), ('S', b'')]
    wire.send(('P', b'f\0fetch all from c\0' + struct.pack('>h', 0)), *execute)
    assert [kind for kind, _ in wire.until('Z')] == ['1', '2', 'T', 'D', 'C', 'Z']
    wire.query("insert into orders values (2, 'a', 10)")
    wire.send(*execute)
    rows = [body for kind, body in wire.until('Z') if kind == 'D']
    assert [b'UpdateDelete' in row for row in rows] == [True, False]
    assert [struct.pack('>iq', 8, orders) in row for orders, row in zip([1, 2], rows)] == [True, True]
    wire.close()


def test_resume_behind_any_row(cursor):
    cursor.execute("insert into orders values (1, 'a', 1)")
    cursor.execute('declare c subscription cursor for orders')
    for i in range(2, 6):
        cursor.execute(f"insert into orders values ({i}, 'a', 1), ({i + 10}, 'a', 1), ({i + 20}, 'b', 1)")
    cursor.execute('delete from orders where id < 4')
    rows = ask(cursor, 'fetch all from c')
    assert len(rows) == 1 + 4 * 3 + 3
    for i, row in enumerate(rows):
        cursor.execute(f"declare d{i} subscription cursor for orders since '{row[-1]}'")
        assert ask(cursor, f'fetch all from d{i}') == rows[i + 1:]


def test_places_that_cannot_be_resumed_from(orders_binary):
    def code_of(cursor, sql):
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute(sql)
        assert caught.value.diag.message_hint, sql
        return caught.value.pgcode

    with serving(orders_binary, '--changes-kept', '0') as server, connected(server) as cursor:
        cursor.execute("insert into orders values (1, 'a', 1)")
        cursor.execute('declare c subscription cursor for orders')
        place = ask(cursor, 'fetch all from c')[-1][-1]
        cursor.execute("insert into orders values (2, 'a', 1)")
        for i in range(3, 6):  # Another epoch's time is another one.
            cursor.execute(f"insert into orders values ({i}, 'a', 1)")
        assert code_of(cursor, 'fetch all from c') == '72000'
        assert code_of(cursor, f"declare d subscription cursor for orders since '{place}'") == '72000'
        run, epoch = place.split('-')
        assert code_of(cursor, f"declare d subscription cursor for orders since '{run}-{int(epoch) + 1000}'") == '22023'
        for wrong in ['x', '', '12', f'{run}-', f'{place}.x', f'{place}.1.2']:
            assert code_of(cursor, f"declare d subscription cursor for orders since '{wrong}'") == '22023'
        assert code_of(cursor, 'declare d subscription cursor for pg_class') == '42809'
    with serving(orders_binary, '--changes-memory', '1') as server, connected(server) as cursor:
        cursor.execute("insert into orders values (1, 'a', 1)")
        cursor.execute('declare c subscription cursor for orders')
        cursor.execute("insert into orders select i, 'some shop with a long name', i from generate_series(1, 30000) as t(i)")
        cursor.execute("insert into orders values (1, 'a', 1)")
        assert code_of(cursor, 'fetch all from c') == '72000'
        assert code_of(cursor, f"declare d subscription cursor for orders since '{place}'") == '72000'


def test_nobody_who_follows_costs_nothing(orders_binary):
    def rows_out(cursor):
        return ask(cursor, "select rows_out from sqlmill_operators where name = 'shops'")[0][0]

    with serving(orders_binary, '--changes-kept', '0') as server, connected(server) as cursor:
        cursor.execute("insert into orders values (1, 'a', 1)")
        before = rows_out(cursor)
        cursor.execute('declare c subscription cursor for shops since now()')
        cursor.execute('declare d subscription cursor for shops since now()')
        cursor.execute("insert into orders values (2, 'a', 1)")
        assert rows_out(cursor) == before + 2
        cursor.execute('close c')
        cursor.execute("insert into orders values (3, 'a', 1)")
        assert rows_out(cursor) == before + 4
        cursor.execute('close d')
        cursor.execute("insert into orders values (4, 'a', 1)")  # Notices it.
        after = rows_out(cursor)
        cursor.execute("insert into orders values (5, 'a', 1)")
        assert rows_out(cursor) == after


def test_a_cursor_is_of_the_session(orders):
    connection = psycopg2.connect(host=orders.host, port=orders.port, dbname='dev', user='kit')
    cursor = connection.cursor()
    cursor.execute('declare c subscription cursor for orders')
    cursor.execute("insert into orders values (1, 'a', 1)")
    assert ask(cursor, 'fetch all from c') == []  # Not before COMMIT.
    connection.commit()
    assert ops(cursor, 'fetch all from c') == [(1, 'a', 1, 'Insert')]
    connection.rollback()
    assert ask(cursor, 'fetch all from c') == []
    for sql, code in [('fetch backward 1 from c', '55000'), ('declare c subscription cursor for orders', '42P03'),
                      ("fetch 1 from c with (timeout = 'soon')", '22023'), ('declare d subscription cursor for nothing', '42P01')]:
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute(sql)
        assert caught.value.pgcode == code, sql
        connection.rollback()
    cursor.execute('close c')
    with pytest.raises(psycopg2.Error, match='does not exist'):
        cursor.execute('fetch 1 from c')
    connection.close()


def test_a_fetch_that_waits_is_woken_by_a_change(orders):
    with connected(orders) as writer:
        waiting = [Wire(orders) for _ in range(100)]  # More than there are threads.
        for wire in waiting:
            wire.query('declare c subscription cursor for shops')
            wire.send(('Q', b"fetch all from c with (timeout = '10 minutes')\0"))
        writer.execute("insert into orders values (1, 'a', 1)")  # Somebody is served meanwhile.
        for wire in waiting:
            assert [kind for kind, _ in wire.until('Z')] == ['T', 'D', 'C', 'Z']
            wire.close()


@pytest.mark.parametrize('how', ['cancel', 'timeout', 'shutdown'])
def test_a_fetch_that_waits_can_be_stopped(orders_binary, how):
    with serving(orders_binary) as server, connected(server) as cursor:
        cursor.execute('declare c subscription cursor for shops')
        connection = cursor.connection
        timer = None
        if how == 'timeout':
            cursor.execute("set statement_timeout = '200ms'")
        else:
            timer = threading.Timer(0.3, connection.cancel if how == 'cancel' else server.stop)
            timer.start()
        began = time.monotonic()
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute("fetch 1 from c with (timeout = '1 hour')")
        assert time.monotonic() - began < 600
        if timer:
            timer.join()
        if how == 'shutdown':
            assert server.process.returncode == 0
            return
        assert caught.value.pgcode == '57014'
        cursor.execute("insert into orders values (1, 'a', 1)")
        assert ops(cursor, 'fetch 1 from c') == [('a', 1, 1, 'Insert')]  # The cursor goes on.
