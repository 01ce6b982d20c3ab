"""PostgreSQL's protocol by hand, for what no client would send."""
import socket
import struct


class Wire:
    def __init__(self, server, startup=True, **parameters):
        self.socket = socket.create_connection((server.host, server.port), timeout=20)
        self.pending = b''
        self.key = None
        if startup:
            given = {'user': 'kit', 'database': 'dev', **parameters}
            body = b''.join(f'{name}\0{value}\0'.encode() for name, value in given.items()) + b'\0'
            self.send_raw(struct.pack('>ii', len(body) + 8, 196608) + body)
            self.parameters = {}
            for kind, body in self.until('Z'):
                if kind == 'S':
                    name, value, _ = body.decode().split('\0')
                    self.parameters[name] = value
                if kind == 'K':
                    self.key = body

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, *messages):
        """(type, body)…"""
        self.send_raw(b''.join(kind.encode() + struct.pack('>i', len(body) + 4) + body for kind, body in messages))

    def _read(self, size):
        while len(self.pending) < size:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.pending += data
        taken, self.pending = self.pending[:size], self.pending[size:]
        return taken

    def receive(self):
        kind = self._read(1).decode()
        return kind, self._read(struct.unpack('>i', self._read(4))[0] - 4)

    def until(self, last):
        messages = []
        while not messages or messages[-1][0] != last:
            messages.append(self.receive())
        return messages

    def query(self, sql):
        self.send(('Q', sql.encode() + b'\0'))
        return self.until('Z')

    def is_closed(self):
        try:
            while self.receive():
                pass
        except (EOFError, ConnectionError):
            return True

    def close(self):
        self.socket.close()


def kinds(messages):
    return ''.join(kind for kind, _ in messages)


def error(messages):
    """The fields of the first ErrorResponse."""
    body = next(body for kind, body in messages if kind == 'E')
    return {field[:1].decode(): field[1:].decode() for field in body.split(b'\0') if field}


def rows(messages):
    """Of DataRow, as bytes or None."""
    out = []
    for kind, body in messages:
        if kind != 'D':
            continue
        at, row = 2, []
        for _ in range(struct.unpack('>h', body[:2])[0]):
            size = struct.unpack('>i', body[at:at + 4])[0]
            at += 4
            row.append(None if size < 0 else body[at:at + size])
            at += max(size, 0)
        out.append(row)
    return out


def parse(sql, name='', oids=()):
    return 'P', f'{name}\0{sql}\0'.encode() + struct.pack(f'>h{len(oids)}i', len(oids), *oids)


def bind(*values, statement='', portal='', formats=(), results=()):
    body = f'{portal}\0{statement}\0'.encode() + struct.pack(f'>h{len(formats)}h', len(formats), *formats)
    body += struct.pack('>h', len(values))
    for value in values:
        body += struct.pack('>i', -1) if value is None else struct.pack('>i', len(value)) + value
    return 'B', body + struct.pack(f'>h{len(results)}h', len(results), *results)


def describe(kind='P', name=''):
    return 'D', f'{kind}{name}\0'.encode()


def execute(portal='', rows=0):
    return 'E', f'{portal}\0'.encode() + struct.pack('>i', rows)


def close(kind, name):
    return 'C', f'{kind}{name}\0'.encode()


SYNC = ('S', b'')
FLUSH = ('H', b'')
