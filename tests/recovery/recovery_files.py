"""Runs of the recovery pipeline over files that grow, with a state directory."""
import contextlib
import os
import subprocess

import recovery_case
from kafka_run import settings, started
from recovery_case import VIEWS
from support.pipeline import Replayed

CLICKS = list(recovery_case.clicks(3_000))
ACCOUNTS = list(recovery_case.accounts(600))


class Files:
    """Files instead of topics, which grow."""

    def __init__(self, folder):
        self.folder = folder
        self.state = folder / 'state'
        self.written = {'clicks': 0, 'accounts': 0}
        self.sink = folder / 'bought.jsonl'
        for relation in self.written:
            (folder / f'{relation}.jsonl').touch()

    def write(self, share):
        """Up to this share of all there is."""
        for relation, lines in (('clicks', CLICKS), ('accounts', ACCOUNTS)):
            until = int(len(lines) * share)
            with (self.folder / f'{relation}.jsonl').open('a') as file:
                file.writelines(line + '\n' for line in lines[self.written[relation]:until])
            self.written[relation] = until

    @property
    def arguments(self):
        return [*settings('clicks', connector='file', path=self.folder / 'clicks.jsonl'),
                *settings('accounts', connector='file', path=self.folder / 'accounts.jsonl'),
                *settings('bought_sessions', connector='file', path=self.sink),
                *settings('every_click', connector='file', path=self.folder / 'every_click.jsonl'), '--state', self.state]

    def run(self, pipeline, *arguments, code=0, **env):
        """Until the end of the files, as they are."""
        with started(pipeline, '--until-end', '--print', ','.join(VIEWS), '--format', 'csv', *self.arguments, *arguments, **env) as run:
            assert run.wait() == code, run.log
            return Replayed(run.stdout, run.log, VIEWS)

    def look(self, pipeline, action):
        return subprocess.run([pipeline.binary, 'state', action, '--state', self.state], capture_output=True, text=True, timeout=60)

    @contextlib.contextmanager
    def endless(self):
        """Arguments with which it does not end: a source that is never closed."""
        path = self.folder / 'open'
        if not path.exists():
            os.mkfifo(path)
        writer = os.open(path, os.O_RDWR)
        yield [*self.arguments, *settings('clicks', connector='file', path=path)]  # What comes later counts.
        os.close(writer)
