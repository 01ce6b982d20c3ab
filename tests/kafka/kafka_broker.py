"""A real broker for one session of tests, and what is read from and written to it with kcat."""
import json
import os
import pathlib
import random
import socket
import struct
import subprocess
import time
from dataclasses import dataclass

from support.waiting import DEADLINE, wait_for

HERE = pathlib.Path(__file__).parent


def free_ports(count):
    """The first of `count` consecutive free ports, below those that the kernel gives out by itself."""
    while True:
        first = random.randrange(20_000, 32_000)
        sockets = []
        try:
            for port in range(first, first + count):
                sockets.append(socket.create_server(('127.0.0.1', port)))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()


@dataclass
class Message:
    partition: int
    offset: int
    timestamp_ms: int
    key: str     # None if it has none.
    value: str   # None: a tombstone.

    @property
    def json(self):
        return None if self.value is None else json.loads(self.value)


class Broker:
    def __init__(self, folder):
        self.folder = folder
        self.port = free_ports(4)
        self.address = f'127.0.0.1:{self.port}'
        self.sasl_address = f'127.0.0.1:{self.port + 1}'
        self.ssl_address = f'127.0.0.1:{self.port + 2}'
        self.ca = folder / 'ca.pem'
        self._names = 0

    def script(self, command):
        """broker.sh start, stop or kill."""
        # Not to a pipe, which the broker would inherit and hold open.
        with (self.folder / 'script.log').open('w+') as log:
            done = subprocess.run([HERE / 'broker.sh', command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=300,
                                  env={**os.environ, 'PORT': str(self.port), 'DIR': str(self.folder)})
            log.seek(0)
            assert done.returncode == 0, f'broker.sh {command}: {log.read()}'

    def kcat(self, *arguments, stdin=b''):
        done = subprocess.run(['kcat', '-b', self.address, *map(str, arguments)], input=stdin, capture_output=True, timeout=DEADLINE)
        assert done.returncode == 0, f'kcat {arguments}: {done.stderr.decode()}'
        return done.stdout

    def topic(self, partitions=1):
        """Makes a topic of a new name."""
        self._names += 1
        name = f'topic-{self._names}'
        self.make_topic(name, partitions)
        return name

    def make_topic(self, name, partitions=1):
        """By the protocol's own words: Kafka's tool for it is a JVM that takes seconds."""
        def text(value):
            return struct.pack('>h', len(value)) + value.encode()
        create_topics, version = 19, 0
        body = struct.pack('>hhi', create_topics, version, 1) + text('test')
        body += struct.pack('>i', 1) + text(name) + struct.pack('>ihii', partitions, 1, 0, 0) + struct.pack('>i', 30_000)
        with socket.create_connection(('127.0.0.1', self.port), timeout=DEADLINE) as connection:
            connection.sendall(struct.pack('>i', len(body)) + body)
            answer = connection.makefile('rb')
            size, = struct.unpack('>i', answer.read(4))
            error, = struct.unpack('>h', answer.read(size)[-2:])
        assert error == 0, f'topic {name}: error {error}'
        # The broker learns of it a moment later than the controller.
        wait_for(lambda: self._partitions(name) == partitions, f'topic {name}')

    def delete_until(self, topic, offset, partition=0):
        """What is before this offset goes, as if it were too old; as make_topic()."""
        def text(value):
            return struct.pack('>h', len(value)) + value.encode()
        delete_records, version = 21, 0
        body = struct.pack('>hhi', delete_records, version, 1) + text('test')
        body += struct.pack('>i', 1) + text(topic) + struct.pack('>iiqi', 1, partition, offset, 30_000)
        with socket.create_connection(('127.0.0.1', self.port), timeout=DEADLINE) as connection:
            connection.sendall(struct.pack('>i', len(body)) + body)
            answer = connection.makefile('rb')
            size, = struct.unpack('>i', answer.read(4))
            error, = struct.unpack('>h', answer.read(size)[-2:])
        assert error == 0, f'topic {topic}: error {error}'

    def committed(self, group, topic, partition=0):
        """The offset that a consumer group has committed, or -1; as make_topic()."""
        def text(value):
            return struct.pack('>h', len(value)) + value.encode()
        offset_fetch, version = 9, 1
        body = struct.pack('>hhi', offset_fetch, version, 1) + text('test') + text(group)
        body += struct.pack('>i', 1) + text(topic) + struct.pack('>ii', 1, partition)
        with socket.create_connection(('127.0.0.1', self.port), timeout=DEADLINE) as connection:
            connection.sendall(struct.pack('>i', len(body)) + body)
            answer = connection.makefile('rb')
            size, = struct.unpack('>i', answer.read(4))
            # Request, number of topics, topic, number of partitions; then partition, offset, metadata, error.
            rest = answer.read(size)[4 + 4 + len(text(topic)) + 4:]
        found, offset, metadata = struct.unpack('>iqh', rest[:14])
        error, = struct.unpack('>h', rest[14 + max(metadata, 0):][:2])
        no_coordinator = (14, 15, 16)  # Of any group: none has committed anything yet.
        assert found == partition and (error == 0 or error in no_coordinator), f'error {error}'
        return offset

    def _partitions(self, name):
        topic, = json.loads(self.kcat('-L', '-J', '-t', name))['topics']
        return sum(partition['leader'] >= 0 for partition in topic['partitions'])

    def write(self, topic, messages, partition=None, headers=()):
        """messages: (key, value) pairs, of text or bytes without tab or newline; an empty key is none, a value of None a tombstone.
        Without `partition` the key decides."""
        def as_bytes(value):
            return b'' if value is None else value if isinstance(value, bytes) else value.encode()
        lines = b''.join(as_bytes(key) + b'\t' + as_bytes(value) + b'\n' for key, value in messages)
        self.kcat('-P', '-t', topic, '-K', r'\t', '-Z', '-X', 'message.max.bytes=1048588',
                  *([] if partition is None else ['-p', partition]), *(part for h in headers for part in ('-H', h)), stdin=lines)

    def read(self, topic):
        """All messages of a topic, those of a partition in their order."""
        lines = self.kcat('-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-J', '-X', 'fetch.wait.max.ms=10').splitlines()
        envelopes = [json.loads(line.decode(errors='replace')) for line in lines]
        return [Message(e['partition'], e['offset'], e['ts'], e['key'], e['payload']) for e in envelopes]

    def wait_for_messages(self, topic, count):
        """At least `count` messages of a topic."""
        found = []

        def enough():
            found[:] = self.read(topic)
            return len(found) >= count
        wait_for(enough, lambda: f'{count} messages in {topic}: {found}')
        return found
