"""A pipeline that runs and listens, for tests that are its clients."""
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time


class Serving:
    """`BIN run --listen 127.0.0.1:0 …`, until stop()."""

    def __init__(self, binary, *arguments, listen='127.0.0.1:0', environment=None):
        self._log = tempfile.NamedTemporaryFile('w+', suffix='.log')
        self.process = subprocess.Popen([str(binary), 'run', '--listen', listen, *map(str, arguments)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._log,
                                        env={**os.environ, **(environment or {})})
        self.host, self.port = self._address()

    def log(self):
        with open(self._log.name) as file:
            return file.read()

    def _address(self, seconds=60):
        for _ in range(int(seconds / 0.02)):
            found = re.search(r'listening on (\S+):(\d+)$', self.log(), re.M)
            if found:
                return found[1], int(found[2])
            assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        raise AssertionError(f'it does not listen: {self.log()}')

    def stop(self):
        """The exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def environment(self, user='kit', **more):
        """For libpq."""
        own = {name: value for name, value in os.environ.items() if not name.startswith('PG')}
        return {**own, 'PGHOST': self.host, 'PGPORT': str(self.port), 'PGDATABASE': 'dev', 'PGUSER': user,
                'PSQL_HISTORY': '/dev/null', 'PGCONNECT_TIMEOUT': '10', **more}

    def psql(self, *statements, arguments=(), check=True, environment=None):
        command = ['psql', '-X', '-v', 'ON_ERROR_STOP=1', *arguments]
        for statement in statements:
            command += ['-c', statement]
        done = subprocess.run(command, env=environment or self.environment(), capture_output=True, text=True, timeout=60)
        if check:
            assert done.returncode == 0, f'{statements}: {done.stderr}'
        return done


@contextlib.contextmanager
def serving(binary, *arguments, **options):
    server = Serving(binary, *arguments, **options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            assert server.stop() == 0, server.log()
