"""The definitions of the input that the tutorial has, and how a pipeline proves who it is."""
import socket

import pytest

import clickstream_case
from kafka_case import EVENTS, LATE_EVENTS, SINK, topics, write_events
from kafka_run import run_until_end, settings, started

VIEWS = clickstream_case.VIEWS
PASSWORD = 'properties.sasl.password'
MECHANISMS = {'PLAIN': ('alice', 'alice-pw'), 'SCRAM-SHA-256': ('bob', 'bob-pw'), 'SCRAM-SHA-512': ('bob', 'bob-pw')}
PROTOCOLS = ('SASL_PLAINTEXT', 'SASL_SSL')
WRONG = 'not-the-password'


@pytest.fixture(scope='module')
def topic(broker):
    """The tutorial's events and the two late ones."""
    name = broker.topic(3)
    write_events(broker, name)
    write_events(broker, name, LATE_EVENTS)
    return name


@pytest.fixture(scope='module')
def production(build):
    return build(clickstream_case.PRODUCTION_SOURCE, 'clickstream')


@pytest.fixture(scope='module')
def expected(production):
    return production.replay(('click_events', EVENTS), ('click_events', LATE_EVENTS), print=VIEWS).tables()


@pytest.fixture(scope='module')
def closed_port():
    """A port where nobody listens."""
    with socket.socket() as held:
        held.bind(('127.0.0.1', 0))
        yield held.getsockname()[1]


def login(broker, relation, protocol, mechanism, password=None, ca=True):
    user, right = MECHANISMS[mechanism]
    return settings(relation, properties__bootstrap__server=broker.ssl_address if protocol == 'SASL_SSL' else broker.sasl_address,
                    properties__security__protocol=protocol, properties__sasl__mechanism=mechanism, properties__sasl__username=user,
                    properties__sasl__password=password or right,
                    **({'properties__ssl__ca__location': broker.ca} if ca and protocol == 'SASL_SSL' else {}))


def source(broker, topic, *security, **more):
    return [*settings('click_events', topic=topic, scan__startup__mode='earliest', **more), *login(broker, 'click_events', *security)]


def test_the_table(build, broker, topic, expected):
    arguments = settings('click_events', connector='kafka', topic=topic, properties__bootstrap__server=broker.address)
    assert run_until_end(build(clickstream_case.TABLE, 'clickstream'), *arguments, views=VIEWS).tables() == expected


def test_the_source(build, broker, topic, expected):
    arguments = settings('click_events', topic=topic, properties__bootstrap__server=broker.address)
    assert run_until_end(build(clickstream_case.SOURCE, 'clickstream'), *arguments, views=VIEWS).tables() == expected


@pytest.mark.parametrize('unreachable', ['closed port', 'no such network'])
def test_the_production_source(production, broker, topic, expected, closed_port, unreachable):
    """As in the tutorial: two brokers, PLAIN over TLS. One of the addresses does not answer."""
    other = f'127.0.0.1:{closed_port}' if unreachable == 'closed port' else '192.0.2.1:9092'
    arguments = [*source(broker, topic, 'SASL_SSL', 'PLAIN'),
                 *settings('click_events', properties__bootstrap__server=f'{other},{broker.ssl_address}')]
    run = run_until_end(production, *arguments, views=VIEWS)
    assert run.tables() == expected
    assert 'alice-pw' not in run.stderr


def test_a_secret_is_not_in_the_binary(production, broker, topic):
    assert b'your-api-key' in production.binary.read_bytes()
    assert b'your-api-secret' not in production.binary.read_bytes()
    assert "properties.sasl.password = ''" in production.run('sql').stdout
    given = settings('click_events', topic=topic, properties__bootstrap__server=broker.ssl_address, scan__startup__mode='earliest')
    done = production.run('run', '--until-end', *given, check=False)
    assert done.returncode == 1
    assert PASSWORD in done.stderr and 'click_events' in done.stderr


def test_a_secret_from_the_environment(production, broker, topic, expected):
    arguments = [*source(broker, topic, 'SASL_SSL', 'PLAIN', '${CLICK_PASSWORD}')]
    done = production.run('run', '--until-end', *arguments, check=False)
    assert done.returncode == 1
    assert PASSWORD in done.stderr and 'CLICK_PASSWORD' in done.stderr
    run = run_until_end(production, *arguments, views=VIEWS, CLICK_PASSWORD='alice-pw')
    assert run.tables() == expected
    assert 'alice-pw' not in run.stderr


@pytest.mark.parametrize('mechanism', MECHANISMS)
@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_right_credentials(production, broker, topic, expected, protocol, mechanism):
    assert run_until_end(production, *source(broker, topic, protocol, mechanism), views=VIEWS).tables() == expected


@pytest.mark.parametrize('mechanism', MECHANISMS)
@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_wrong_credentials(production, broker, topic, protocol, mechanism):
    with started(production, *source(broker, topic, protocol, mechanism, WRONG)) as run:
        run.wait_for_log('click_events: Kafka at .* refuses the connection')
        assert run.is_running()
        assert run.stop() == 0
    assert run.summary.events == 0
    assert WRONG not in run.log


@pytest.mark.parametrize('case', ['unknown authority', 'TLS to a plain port', 'plain text to a TLS port'])
def test_wrong_transport(production, broker, topic, case):
    arguments = source(broker, topic, 'SASL_SSL', 'PLAIN', None, case != 'unknown authority')
    if case == 'TLS to a plain port':
        arguments += settings('click_events', properties__bootstrap__server=broker.address)
    if case == 'plain text to a TLS port':
        arguments += settings('click_events', properties__security__protocol='SASL_PLAINTEXT')
    with started(production, *arguments) as run:
        run.wait_for_log('click_events: (Kafka at .* refuses the connection|no connection to Kafka at)')
        assert run.is_running()
        assert run.stop() == 0
    assert run.summary.events == 0
    assert 'alice-pw' not in run.log


@pytest.mark.parametrize('protocol, mechanism', [('SASL_PLAINTEXT', 'SCRAM-SHA-256'), ('SASL_SSL', 'SCRAM-SHA-512'), ('SASL_SSL', 'PLAIN')])
def test_a_sink_with_credentials(kafka_sql, broker, topic, protocol, mechanism):
    alerts = broker.topic()
    source_alone = settings('click_events', connector='file', path=EVENTS)
    run_until_end(kafka_sql, *source_alone, *settings(SINK, topic=alerts), *login(broker, SINK, protocol, mechanism),
                  views=['click_mv_funnel_analysis'], KAFKA_BROKERS='')
    assert [message.json['session_id'] for message in broker.read(alerts)] == ['s1002']


def test_a_sink_that_is_refused_says_so(kafka_sql, broker):
    """Also while nothing changes any more."""
    events, alerts = broker.topic(), broker.topic()
    write_events(broker, events)
    with started(kafka_sql, *topics(events, alerts), *login(broker, SINK, 'SASL_PLAINTEXT', 'PLAIN', WRONG),
                 KAFKA_BROKERS=broker.address) as run:
        run.wait_for_log(f'{SINK}: Kafka at .* refuses the connection')
        assert run.is_running()
    assert WRONG not in run.log
    assert broker.read(alerts) == []
