"""The short form of ./dev chaos: some rounds, each with a kill, of a pipeline between topics."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import recovery_case  # noqa: E402
from chaos import Chaos  # noqa: E402


def test_views_and_sink_after_kills(build, broker, tmp_path):
    chaos = Chaos(build(recovery_case.SQL, 'recovery'), broker, tmp_path, seed=1, other=build(recovery_case.OTHER_SQL, 'recovery'))
    for point in (None, 'changes_captured', 'before_write', 'transaction_produced', 'rebuild_slice'):
        chaos.round(point)
    assert chaos.kills >= 3, chaos.summary()
    assert chaos.acknowledged, chaos.summary()


def test_gone_messages_are_told(build, broker, tmp_path):
    """The topic was made anew: it ends before what was read."""
    chaos = Chaos(build(recovery_case.SQL, 'recovery'), broker, tmp_path, seed=2)
    chaos.write(300)
    chaos.check()
    chaos.topics['accounts'] = broker.topic()
    from kafka_run import started
    arguments = ['--until-end', '--print', 'accounts', '--format', 'csv', *chaos.arguments]
    with started(chaos.pipeline, *arguments, BROKERS=broker.address) as run:
        assert run.wait() == 3, run.log
        assert 'it is not the topic that was read. --on-data-loss=continue' in run.log
    with started(chaos.pipeline, *arguments, '--on-data-loss', 'continue', BROKERS=broker.address) as run:
        assert run.wait() == 0, run.log
        assert 'going on at offset 0' in run.log
