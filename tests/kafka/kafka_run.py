"""Pipelines that run against a broker: in the background with their log, or until the end with what they print."""
import contextlib
import os
import re
import signal
import subprocess
import tempfile

from support.waiting import DEADLINE, wait_for
from support.pipeline import Replayed, parse_summary


def settings(relation, **options):
    """The --set arguments of a relation; '__' in a name is a dot."""
    return [part for name, value in options.items() for part in ('--set', f'{relation}.{name.replace("__", ".")}={value}')]


class Run:
    """`BIN run` in the background."""

    def __init__(self, pipeline, arguments, env):
        self._out, self._err = tempfile.TemporaryFile('w+'), tempfile.TemporaryFile('w+')
        listen = [] if '--listen' in arguments else ['--no-listen']
        self.process = subprocess.Popen([pipeline.binary, 'run', *listen, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=self._out,
                                        stderr=self._err, env={**os.environ, **env})

    @staticmethod
    def _text(file):
        return os.pread(file.fileno(), 1 << 30, 0).decode()

    @property
    def log(self):
        return self._text(self._err)

    @property
    def stdout(self):
        return self._text(self._out)

    @property
    def summary(self):
        return parse_summary(self.log)

    def is_running(self):
        return self.process.poll() is None

    def wait_for_log(self, pattern, count=1):
        """Until so many places of the log match."""
        def look():
            assert self.is_running(), f'ended with exit code {self.process.returncode}:\n{self.log}'
            return len(re.findall(pattern, self.log)) >= count
        wait_for(look, lambda: f'{count} × "{pattern}" in the log:\n{self.log}')

    def wait(self):
        """The exit code."""
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'still running after {DEADLINE} s:\n{self.log}') from None

    def stop(self, with_signal=signal.SIGTERM):
        """Asks it to stop; the exit code."""
        self.process.send_signal(with_signal)
        return self.wait()


@contextlib.contextmanager
def started(pipeline, *arguments, **env):
    run = Run(pipeline, arguments, env)
    try:
        yield run
    finally:
        if run.is_running():
            run.process.kill()
            run.process.wait()


def run_until_end(pipeline, *arguments, views, printed='', **env):
    """What is printed as CSV. `printed`: what to ask for, if not the names of the views."""
    with started(pipeline, '--until-end', '--print', printed or ','.join(views), '--format', 'csv', *arguments, **env) as run:
        code = run.wait()
        assert code == 0, f'exit code {code}\n{run.log}'
        return Replayed(run.stdout, run.log, list(views))
