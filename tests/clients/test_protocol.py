"""Messages by hand: the extended protocol, errors, and what is not the protocol at all."""
import socket
import struct
import time

import pytest

from serving import serving
from wire import FLUSH, SYNC, Wire, bind, close, describe, error, execute, kinds, parse, rows


@pytest.fixture
def wire(server):
    one = Wire(server)
    yield one
    one.close()


def test_start(wire):
    assert wire.parameters == {
        'in_hot_standby': 'off', 'integer_datetimes': 'on', 'TimeZone': 'UTC', 'IntervalStyle': 'postgres', 'is_superuser': 'on',
        'application_name': '', 'default_transaction_read_only': 'off', 'DateStyle': 'ISO, MDY', 'standard_conforming_strings': 'on',
        'session_authorization': 'kit', 'client_encoding': 'UTF8', 'server_version': '15.0', 'server_encoding': 'UTF8'}
    assert len(wire.key) == 8


def test_start_takes_what_clients_send(server):
    wire = Wire(server, application_name='x', client_encoding="'utf-8'", DateStyle='ISO', TimeZone='Europe/Berlin',
                extra_float_digits='2', options='-c statement_timeout=54321', unknown_thing='1')
    assert rows(wire.query('show statement_timeout; show application_name')) == [[b'54321ms'], [b'x']]


def test_statements_that_come_with_the_start(server):
    wire = Wire(server, startup=False)
    start = struct.pack('>i', 196608) + b'user\0kit\0\0'
    wire.send_raw(struct.pack('>i', len(start) + 4) + start + struct.pack('>ci', b'Q', 13) + b'select 1\0')
    assert kinds(wire.until('Z'))[-1] == 'Z'
    assert rows(wire.until('Z')) == [[b'1']]


def test_simple_queries(wire):
    assert kinds(wire.query('')) == 'IZ'
    assert kinds(wire.query(' ; -- nothing')) == 'IZ'
    assert kinds(wire.query('select 1; select 2 where false;')) == 'TDCTCZ'
    assert rows(wire.query("select 1, null, 'x'")) == [[b'1', None, b'x']]
    answer = wire.query('select 1; select no_such; select 3')
    assert kinds(answer) == 'TDCEZ'
    assert (error(answer)['C'], error(answer)['P']) == ('42703', '18')
    # A syntax error comes before anything is run.
    assert kinds(wire.query('select 1; selec 2')) == 'EZ'


def test_transaction_state(wire):
    states = [wire.query(sql)[-1][1] for sql in ('begin', 'select 1', 'select no_such', 'select 1', 'rollback', 'commit')]
    assert states == [b'T', b'T', b'E', b'E', b'I', b'I']
    wire.query('begin')
    wire.query('select no_such')
    assert error(wire.query('select 1'))['C'] == '25P02'
    assert wire.query('commit')[0] == ('C', b'ROLLBACK\0')


def test_extended_query(wire):
    wire.send(parse('select $1::int + 1, $2::text', name='s'), describe('S', 's'), SYNC)
    answer = wire.until('Z')
    assert kinds(answer) == '1tTZ'
    assert answer[1][1] == struct.pack('>hii', 2, 23, 25)
    wire.send(bind(b'41', b'a', statement='s'), execute(), bind(struct.pack('>i', 1), None, statement='s', formats=[1], results=[1]),
              describe(), execute(), SYNC)
    answer = wire.until('Z')
    assert kinds(answer) == '2DC2TDCZ'
    assert rows(answer) == [[b'42', b'a'], [struct.pack('>i', 2), None]]
    wire.send(parse('select from click_mv_page_traffic limit 1'), describe('S'), bind(), describe(), execute(), SYNC)
    assert kinds(wire.until('Z')) == '1tT2TDCZ'
    wire.send(close('S', 's'), close('S', 'none'), bind(statement='s'), SYNC)
    answer = wire.until('Z')
    assert kinds(answer) == '33EZ'
    assert error(answer)['C'] == '26000'


def test_flush_is_answered_without_sync(wire):
    wire.send(parse('select 1'), describe('S'), FLUSH)
    assert kinds(wire.until('T')) == '1tT'
    wire.send(bind(), execute(), FLUSH)
    assert kinds(wire.until('C')) == '2DC'


def test_after_an_error_everything_is_skipped_until_sync(wire):
    wire.send(parse('select no_such'), bind(), execute(), parse('select 1'), ('Q', b'select 2\0'), SYNC, parse('select 3'), bind(),
              execute(), SYNC)
    assert kinds(wire.until('Z')) == 'EZ'
    assert kinds(wire.until('Z')) == '12DCZ'


def test_portals_give_rows_in_parts(wire):
    sql = 'select session_id from click_mv_session_summary order by 1'
    wire.query('begin')
    wire.send(parse(sql), bind(portal='p'), execute('p', 4), SYNC)
    assert kinds(wire.until('Z')) == '12DDDDsZ'
    wire.send(execute('p', 4), SYNC)
    answer = wire.until('Z')
    assert kinds(answer) == 'DDCZ'
    assert rows(answer) == [[b's1005'], [b's1006']]
    wire.send(close('P', 'p'), execute('p', 1), SYNC)
    answer = wire.until('Z')
    assert kinds(answer) == '3EZ'
    assert error(answer)['C'] == '34000'
    wire.query('rollback')


def test_statements_of_the_session_in_extended_queries(wire):
    wire.send(parse('begin'), bind(), describe(), execute(), parse('show transaction_isolation'), bind(), describe(), execute(),
              parse(''), bind(), describe(), execute(), parse('rollback'), bind(), execute(), SYNC)
    assert kinds(wire.until('Z')) == '12nC12TDC12nI12CZ'


def test_wrong_bind(wire):
    wire.send(parse('select $1::int'), bind(), SYNC)
    assert error(wire.until('Z'))['C'] == '08P01'
    wire.send(parse('select $1::int'), bind(b'x'), SYNC)
    assert error(wire.until('Z'))['C'] == '22P02'
    wire.send(parse('select 1, 2, 3'), bind(results=[1, 1]), SYNC)
    assert error(wire.until('Z'))['C'] == '08P01'


def test_cancel(server, wire):
    wire.send(('Q', b'select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b\0'))
    time.sleep(0.3)
    other = Wire(server, startup=False)
    begin = time.time()
    other.send_raw(struct.pack('>ii', 16, 80877102) + wire.key)
    answer = wire.until('Z')
    assert error(answer) | {'C': '57014', 'M': 'canceling statement due to user request'} == error(answer)
    assert time.time() - begin < 2
    assert rows(wire.query('select 1')) == [[b'1']]
    # A wrong secret cancels nothing; nobody is told.
    other = Wire(server, startup=False)
    other.send_raw(struct.pack('>ii', 16, 80877102) + wire.key[:4] + b'1234')
    assert other.is_closed()


def test_statement_timeout(wire):
    wire.query('set statement_timeout = 200')
    begin = time.time()
    answer = wire.query('select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b')
    assert error(answer)['M'] == 'canceling statement due to statement timeout'
    assert time.time() - begin < 2


def test_negotiation(server):
    wire = Wire(server, startup=False)
    wire.send_raw(struct.pack('>ii', 8, 80877104))
    assert wire._read(1) == b'N'
    wire.send_raw(struct.pack('>ii', 8, 80877103))
    assert wire._read(1) == b'N'
    body = b'user\0kit\0_pq_.thing\x001\0\0'
    wire.send_raw(struct.pack('>ii', len(body) + 8, (3 << 16) + 2) + body)
    kind, body = wire.receive()
    assert (kind, body) == ('v', struct.pack('>ii', 0, 1) + b'_pq_.thing\0')
    wire.until('Z')
    old = Wire(server, startup=False)
    old.send_raw(struct.pack('>ii', 8, 2 << 16))
    assert error([old.receive()])['C'] == '0A000'
    assert old.is_closed()


@pytest.mark.parametrize('data', [
    struct.pack('>i', 1 << 30), struct.pack('>i', -1), struct.pack('>i', 3), b'GET / HTTP/1.1\r\n\r\n', struct.pack('>ii', 12, 196608) + b'user',
], ids=['1 GB', 'negative', 'too short', 'http', 'no end'])
def test_what_is_no_start_is_refused(server, data):
    wire = Wire(server, startup=False)
    wire.send_raw(data)
    assert wire.is_closed()


@pytest.mark.parametrize('data', [b'Q' + struct.pack('>i', 1 << 30), b'Q' + struct.pack('>i', 0), b'?' + struct.pack('>i', 4),
                                  b'P' + struct.pack('>i', 6) + b'\0\0', b'Q' + struct.pack('>i', 6) + b'xx'])
def test_what_is_no_message_ends_the_connection(server, data):
    wire = Wire(server)
    wire.send_raw(data)
    assert error(wire.until('E'))['C'] == '08P01'
    assert wire.is_closed()


def test_clients_that_do_not_read_hold_up_nobody(server):
    """More of them than there are threads, each with an answer that is larger than all buffers."""
    idle = [Wire(server) for _ in range(80)]
    for wire in idle:
        wire.send(('Q', b"select repeat('x', 1000) from generate_series(1, 100000)\0"))
    time.sleep(0.5)
    begin = time.time()
    assert rows(Wire(server).query('select 1')) == [[b'1']]
    assert time.time() - begin < 5
    for wire in idle:
        wire.close()


SLOW = 'select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b'


def test_long_statements_hold_up_nobody(server):
    """In each way in which one can begin: they still run when look-ups by key, other statements and new connections have been answered."""
    slow = [Wire(server, application_name='slow') for _ in range(6)]
    slow[0].send(('Q', SLOW.encode() + b'\0'))
    slow[1].send(parse(SLOW), bind(), execute(), SYNC)
    slow[2].send(('Q', f'begin; {SLOW}'.encode() + b'\0'))
    slow[3].send(('Q', f'prepare p as {SLOW}; execute p'.encode() + b'\0'))
    slow[4].send(('Q', f'copy ({SLOW}) to stdout'.encode() + b'\0'))
    slow[5].send(('Q', f'begin; declare c cursor for {SLOW}; fetch 1 from c'.encode() + b'\0'))
    wire = Wire(server)

    def running():
        return rows(wire.query("select count(*) from pg_stat_activity where application_name = 'slow' and state = 'active'")) == [[b'6']]

    until(running)
    look_up = "select total_events from click_mv_session_summary where session_id = 's1004' and user_id = 'u4' and device_type = 'tablet' and country = {}"
    wire.send(parse(look_up.format('$1'), 'look'), SYNC)
    wire.until('Z')
    for _ in range(300):
        wire.send(bind(b'US', statement='look'), execute(), SYNC)
        assert rows(wire.until('Z')) == rows(wire.query(look_up.format("'US'"))) == [[b'4']]
    assert rows(Wire(server).query('select count(*) from click_events')) == [[b'27']]
    assert running()
    for one in slow:
        other = Wire(server, startup=False)
        other.send_raw(struct.pack('>ii', 16, 80877102) + one.key)
        assert error(one.until('Z'))['C'] == '57014'


def test_many_idle_connections(server):
    idle = [Wire(server) for _ in range(300)]
    assert rows(idle[-1].query('select 1')) == [[b'1']]
    assert rows(idle[0].query('select 1')) == [[b'1']]
    for wire in idle:
        wire.close()


def test_the_end(clickstream):
    with serving(clickstream.binary) as server:
        wire = Wire(server)
        wire.send(('Q', b'select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b\0'))
        time.sleep(0.3)
        begin = time.time()
        assert server.stop() == 0
        assert time.time() - begin < 5
        assert error(wire.until('E'))['C'] == '57P01'


def test_a_port_in_use(clickstream):
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        other.listen()
        done = clickstream.run('run', '--listen', f'127.0.0.1:{other.getsockname()[1]}', check=False)
    assert done.returncode == 1
    assert 'address already in use' in done.stderr.lower() and '--no-listen' in done.stderr


@pytest.mark.parametrize('sql', ['select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b', 'select pg_sleep(600)',
                                 "declare c subscription cursor for click_mv_page_traffic since now(); fetch 1 from c with (timeout = '10 minutes')"])
def test_a_client_that_goes_away_is_noticed(server, wire, sql):
    gone = Wire(server, application_name='gone')

    def states():
        return [row[0] for row in rows(wire.query("select state from pg_stat_activity where application_name = 'gone'"))]

    gone.send(('Q', sql.encode() + b'\0'))
    until(lambda: states() == [b'active'])
    gone.close()
    until(lambda: states() == [])


def until(holds, seconds=60):
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError('it does not happen')
