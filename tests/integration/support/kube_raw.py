"""Clients and servers of the Kubernetes streams made by hand, so that they can misbehave: TLS, HTTP/1.1
heads, SPDY/3.1 frames, WebSocket frames."""

import base64
import os
import re
import select
import socket
import ssl
import struct
import zlib

from . import tools

# -- SPDY/3.1 ---------------------------------------------------------------------------------

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN, CANCEL = 1, 5

_WORDS = ("options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges "
    "age allow authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status").split() + ["200 OK"] + \
    "version HTTP/1.1 url public set-cookie keep-alive origin".split()
_TAIL = ("100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 "
    "Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 "
    "Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept "
    "Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
    "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset="
    "utf-8charset=iso-8859-1,utf-,*,enq=0.")
DICTIONARY = b"".join(struct.pack(">I", len(word)) + word.encode() for word in _WORDS) + _TAIL.encode()
assert zlib.adler32(DICTIONARY) == 0xe3c6a7c2


def control(kind, payload, flags=0):
    return struct.pack(">HHI", 0x8003, kind, flags << 24 | len(payload)) + payload


def data_frame(stream, payload=b"", fin=False):
    return struct.pack(">II", stream, (FIN if fin else 0) << 24 | len(payload)) + payload


class HeaderPacker:
    """One per direction and connection: the deflate stream goes on from block to block."""

    def __init__(self):
        self.deflate = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)

    def pack(self, headers):
        """headers: a list of pairs"""
        block = struct.pack(">I", len(headers))
        for name, value in headers:
            name, value = name.encode(), value.encode()
            block += struct.pack(">I", len(name)) + name + struct.pack(">I", len(value)) + value
        return self.pack_raw(block)

    def pack_raw(self, block):
        return self.deflate.compress(block) + self.deflate.flush(zlib.Z_SYNC_FLUSH)


class SpdyEnd:
    """Frames over a connection; either end."""

    def __init__(self, connection):
        self.connection, self.packer = connection, HeaderPacker()
        self.inflate = zlib.decompressobj(15, DICTIONARY)

    def open(self, stream, kind, extra=(), packer=None):
        """SYN_STREAM as client-go makes it."""
        block = (packer or self.packer).pack([("streamtype", kind), *extra])
        self.connection.send(control(SYN_STREAM, struct.pack(">IIBB", stream, 0, 0, 0) + block))

    def reply(self, stream):
        self.connection.send(control(SYN_REPLY, struct.pack(">I", stream) + self.packer.pack([])))

    def reset(self, stream, status=CANCEL):
        self.connection.send(control(RST_STREAM, struct.pack(">II", stream, status)))

    def go_away(self, last=0):
        self.connection.send(control(GOAWAY, struct.pack(">II", last, 0)))

    def data(self, stream, payload=b"", fin=False):
        self.connection.send(data_frame(stream, payload, fin))

    def read(self):
        """(kind, stream, flags, payload); kind "data" or a number. None at the end. The payload of
        SYN_STREAM is its headers as a dict."""
        head = self.connection.read_exactly(8)
        if head is None:
            return None
        first, second = struct.unpack(">II", head)
        flags, payload = second >> 24, self.connection.read_exactly(second & 0xffffff)
        if payload is None:
            return None
        if not first & 0x80000000:
            return "data", first, flags, payload
        kind = first & 0xffff
        stream = struct.unpack(">I", payload[:4])[0] & 0x7fffffff
        if kind == SYN_STREAM:
            payload = self._headers(payload[10:])
        elif kind == SYN_REPLY:
            payload = self._headers(payload[4:])
        return kind, stream, flags, payload

    def _headers(self, packed):
        block = self.inflate.decompress(packed)
        count, at, found = struct.unpack(">I", block[:4])[0], 4, {}
        for _ in range(count):
            words = []
            for _ in range(2):
                length = struct.unpack(">I", block[at:at + 4])[0]
                words.append(block[at + 4:at + 4 + length].decode())
                at += 4 + length
            found[words[0]] = words[1]
        return found


# -- WebSocket --------------------------------------------------------------------------------

CONTINUATION, TEXT, BINARY, CLOSE, WS_PING, PONG = 0, 1, 2, 8, 9, 10


def ws_frame(payload, opcode=BINARY, fin=True, masked=True, length=None):
    """`length` lies about the payload's."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | opcode])
    mask_bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 65536:
        head += struct.pack(">BH", mask_bit | 126, size)
    else:
        head += struct.pack(">BQ", mask_bit | 127, size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
    mixed = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
    return head + mask + mixed


# -- connections ------------------------------------------------------------------------------


class Connection:
    """A stream socket with a buffer; read_exactly gives None at the end, however it came."""

    def __init__(self, connected):
        self.socket, self.buffer = connected, b""

    def send(self, data):
        self.socket.sendall(data)

    def fill(self):
        try:
            data = self.socket.recv(65536)
        except (ssl.SSLError, ConnectionError) as error:
            if isinstance(error, (ssl.SSLWantReadError, socket.timeout)):
                raise
            data = b""
        self.buffer += data
        return bool(data)

    def read_exactly(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                return None
        out, self.buffer = self.buffer[:count], self.buffer[count:]
        return out

    def read_to_end(self):
        while self.fill():
            pass
        out, self.buffer = self.buffer, b""
        return out

    def head(self):
        """An HTTP head, without its empty line; what there is at the end."""
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                out, self.buffer = self.buffer, b""
                return out
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head

    def answer(self):
        """(head, body) of an answer with a length, chunks, or neither."""
        head = self.head()
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        if length:
            return head, self.read_exactly(int(length[1])) or b""
        if not re.search(rb"(?im)^transfer-encoding: *chunked", head):
            return head, self.read_to_end() if b" 101 " not in head[:20] else b""
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                if not self.fill():
                    return head, body
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            size = int(line, 16)
            body += (self.read_exactly(size + 2) or b"")[:size]
            if not size:
                return head, body

    def silent(self, seconds):
        return not self.buffer and not select.select([self.socket], [], [], seconds)[0]

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass

    def abort(self):
        """RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class TlsClient(Connection):
    def __init__(self, port, certificate=None, key=None, protocols=None, timeout=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(certificate, key)
        if protocols:
            context.set_alpn_protocols(protocols)
        plain = socket.create_connection(("127.0.0.1", port), timeout=timeout or tools.DEADLINE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(context.wrap_socket(plain, server_hostname="localhost"))

    def request(self, method, target, headers=(), body=b""):
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers]
        self.send("\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body)
        return self

    def spdy(self, target, versions=("v4.channel.k8s.io",), method="POST", headers=("Connection: Upgrade", "Upgrade: SPDY/3.1")):
        """Asks for an upgrade; the head of the answer."""
        self.request(method, target, [*headers, *[f"X-Stream-Protocol-Version: {name}" for name in versions], "Content-Length: 0"])
        return self.head()

    def websocket(self, target, protocols="v5.channel.k8s.io", headers=()):
        key = base64.b64encode(os.urandom(16)).decode()
        asked = [f"Sec-WebSocket-Protocol: {protocols}"] if protocols else []
        self.request("GET", target, ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}", *asked, *headers])
        return self.head()

    def read_message(self):
        """(opcode, payload) of one WebSocket frame from a server; None at the end."""
        head = self.read_exactly(2)
        if head is None:
            return None
        size = head[1] & 0x7f
        if size > 125:
            more = self.read_exactly(2 if size == 126 else 8)
            if more is None:
                return None
            size = int.from_bytes(more, "big")
        payload = self.read_exactly(size)
        return None if payload is None else (head[0] & 0x0f, payload)

    def channels(self):
        """Reads WebSocket messages to the end: {channel: bytes}."""
        found = {}
        while (message := self.read_message()) is not None:
            opcode, payload = message
            if opcode == CLOSE:
                break
            if opcode in (BINARY, TEXT, CONTINUATION) and payload:
                found[payload[0]] = found.get(payload[0], b"") + payload[1:]
        return found
