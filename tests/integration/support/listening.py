"""Servers for forwarded connections to lead to, and SOCKS to reach them by."""

import hashlib
import os
import pathlib
import socket
import struct
import threading

from . import tools


class Server:
    """What `serve` makes of each connection; on a loopback port, or at `path` as a UNIX socket."""

    def __init__(self, serve, path=None):
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(path))
            self.listener.listen(64)
            self.port = None
        else:
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.port = self.listener.getsockname()[1]
        self.serve = serve
        self.threads = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._one, args=(connection,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _one(self, connection):
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass

    def close(self):
        # accept() is woken by shutdown, not by close.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(tools.DEADLINE)


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def socks(connection):
    """A SOCKS 5 proxy, for hosts by name."""
    asked = b""
    while len(asked) < 8 or len(asked) < 10 + asked[7]:
        data = connection.recv(1024)
        if not data:
            return
        asked += data
    host, (port,) = asked[8:8 + asked[7]].decode(), struct.unpack(">H", asked[8 + asked[7]:10 + asked[7]])
    with socket.create_connection((host, port), timeout=tools.DEADLINE) as there:
        connection.sendall(b"\5\0" + b"\5\0\0\1" + bytes(6))
        there.sendall(asked[10 + asked[7]:])
        def back():
            try:
                while data := there.recv(65536):
                    connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        thread = threading.Thread(target=back, daemon=True)
        thread.start()
        while data := connection.recv(65536):
            there.sendall(data)
        there.shutdown(socket.SHUT_WR)
        thread.join(tools.DEADLINE)


def digest_at_the_end(connection):
    """Answers when the other side has ended its sending: the digest of all that came."""
    connection.sendall(hashlib.sha256(to_the_end(connection)).hexdigest().encode())


def to_the_end(connection):
    parts = []
    while data := connection.recv(65536):
        parts.append(data)
    return b"".join(parts)


def exchange(connection, data):
    """Sends `data` and ends; what comes back meanwhile and after it."""
    def send():
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    back = to_the_end(connection)
    sender.join(tools.DEADLINE)
    return back


def connect(where):
    """To a loopback port, or to a path."""
    if isinstance(where, (str, os.PathLike)):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(tools.DEADLINE)
        connection.connect(str(pathlib.Path(where)))
        return connection
    return socket.create_connection(("127.0.0.1", where), timeout=tools.DEADLINE)


def socks_request(host, to):
    name = host.encode()
    return b"\5\1\0" + b"\5\1\0\3" + bytes([len(name)]) + name + struct.pack(">H", to)


def connect_by_socks(port, host, to):
    """SOCKS 5 (RFC 1928), host by name. ConnectionRefusedError when the proxy says no."""
    connection = connect(port)
    connection.sendall(socks_request(host, to))
    answer = b""
    while len(answer) < 12:  # method, then a reply with an IPv4 address
        data = connection.recv(12 - len(answer))
        if not data:
            break
        answer += data
    if len(answer) < 12 or answer[:2] != b"\5\0" or answer[3] != 0:
        connection.close()
        raise ConnectionRefusedError(f"SOCKS answered {answer!r}")
    return connection
