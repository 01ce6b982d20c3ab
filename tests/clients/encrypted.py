"""Between a client and a server: lets nothing through that is not encrypted, so that a client which gets an answer has used TLS."""
import contextlib
import socket
import socketserver
import struct
import threading

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102


def read(connection, size):
    data = b''
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def copy(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError), socket.create_connection(self.server.target) as server:
            while True:
                first = read(self.request, 8)
                code = struct.unpack('>ii', first)[1]
                if code not in (SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST):
                    return
                server.sendall(first)
                if code != GSS_REQUEST:
                    break
                self.request.sendall(read(server, 1))
            # Some clients' cancel requests are plain with any sslmode.
            self.server.encrypted += code == SSL_REQUEST
            back = threading.Thread(target=copy, args=(server, self.request))
            back.start()
            copy(self.request, server)
            back.join()


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 100
    encrypted = 0


class Encrypted:
    """In the server's place."""

    def __init__(self, server, proxy):
        self.proxy = proxy
        self.host, self.port = proxy.server_address
        self._server = server

    @property
    def connections(self):
        return self.proxy.encrypted

    def environment(self, **more):
        return self._server.environment(**{'PGPORT': str(self.port), **more})


@contextlib.contextmanager
def encrypted_only(server):
    with Proxy(('127.0.0.1', 0), Handler) as proxy:
        proxy.target = (server.host, server.port)
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        yield Encrypted(server, proxy)
        proxy.shutdown()
        thread.join()
