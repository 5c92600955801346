"""An API server of our own that may misbehave: the answers to upgrades are scripted by the tests."""

import base64
import hashlib
import json
import re
import socket
import ssl
import threading
import urllib.parse

from . import tools
from .fakekube import Authority, write_kubeconfig
from .kube_raw import SYN_STREAM, Connection, SpdyEnd, ws_frame

WEBSOCKET_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SUCCESS = b'{"metadata":{},"status":"Success"}'


def exit_status(code):
    return json.dumps({"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": f"command terminated with exit code {code}",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}).encode()


class Upgrade:
    """One upgrade request as the script gets it."""

    def __init__(self, connection, head, target):
        self.connection, self.head, self.target = connection, head.decode(errors="replace"), target
        self.query = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query)
        self.is_websocket = re.search(r"(?im)^upgrade: *websocket", self.head) is not None

    def field(self, name):
        match = re.search(rf"(?im)^{name}: *(.*?) *\r?$", self.head)
        return match[1] if match else ""

    def wants(self, name):
        return self.query.get(name, ["false"])[0] in ("true", "1")

    def refuse(self, status="403 Forbidden", body=b"no", headers=""):
        self.connection.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    def switch(self, early=b"", upgrade=None):
        """The 101, with bytes glued to it."""
        if self.is_websocket:
            accept = base64.b64encode(hashlib.sha1(self.field("Sec-WebSocket-Key").encode() + WEBSOCKET_MAGIC).digest())
            protocol = self.field("Sec-WebSocket-Protocol").split(",")[0].strip()
            head = (f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: {upgrade or 'websocket'}\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept.decode()}\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n")
        else:
            head = (f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {upgrade or 'SPDY/3.1'}\r\n"
                "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n")
        self.connection.send(head.encode() + early)

    def streams(self, early=b"", reply=True):
        """The 101, then the streams that the options ask for: (SpdyEnd, {type: stream id})."""
        self.switch(early)
        tty = self.wants("tty")
        count = 1 + self.wants("stdin") + self.wants("stdout") + (self.wants("stderr") and not tty) + tty
        end, found = SpdyEnd(self.connection), {}
        while len(found) < count:
            frame = end.read()
            if frame is None:
                return None, found
            if frame[0] == SYN_STREAM:
                found[frame[3]["streamtype"]] = frame[1]
                if reply:
                    end.reply(frame[1])
        return end, found

    def message(self, channel, payload, **how):
        self.connection.send(ws_frame(bytes([channel]) + payload, **{"masked": False, **how}))


class BadKube:
    """`script(upgrade)` is called for every upgrade, in a thread; the connection is closed after it.
    Other requests get what kubectl needs before its exec."""

    def __init__(self, folder):
        self.authority = Authority(folder / "ca")
        certificate, key = self.authority.server()
        self.port = tools.free_port()
        self.kubeconfig = write_kubeconfig(folder / "upstream.kubeconfig", f"https://127.0.0.1:{self.port}",
            self.authority.certificate, token="any")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["http/1.1"])
        self.script = lambda upgrade: upgrade.refuse()
        self.answers = {}  # bytes for a path, instead of what kubectl needs
        self.upgrades, self.faults = [], []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(tools.DEADLINE)

    def mark(self):
        return len(self.upgrades)

    def _accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            plain.settimeout(tools.DEADLINE * 3)
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        try:
            with Connection(self.context.wrap_socket(plain, server_side=True)) as connection:
                while self._one(connection):
                    pass
        except OSError:  # ssl.SSLError is one
            plain.close()

    def _one(self, connection):
        head = connection.head()
        if not head.strip():
            return False
        target = head.split(b" ", 2)[1].decode()
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        if length:
            connection.read_exactly(int(length[1]))
        if re.search(rb"(?im)^upgrade:", head):
            upgrade = Upgrade(connection, head, target)
            self.upgrades.append(upgrade)
            self.script(upgrade)
            return False
        path = urllib.parse.urlsplit(target).path
        if path in self.answers:
            connection.send(self.answers[path])
            return True
        body = json.dumps(self._answer(path)).encode()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return True

    @staticmethod
    def _answer(path):
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/api/v1":
            return {"kind": "APIResourceList", "groupVersion": "v1", "resources": [
                {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list", "create"]}]}
        if "/pods/" in path:
            return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": path.rsplit("/", 1)[-1], "namespace": "default"},
                "spec": {"containers": [{"name": "c", "image": "fake"}]}, "status": {"phase": "Running"}}
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
