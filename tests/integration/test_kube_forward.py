"""kubectl port-forward, by SPDY and by SPDY within WebSocket: bytes, half-close, many connections, events."""

import hashlib
import os
import re
import signal
import socket
import threading

from support.kube_case import KubeCase, each_kubectl, each_transport, tools
from support.listening import Server, echo, to_the_end


class Forwards(KubeCase):
    def serve(self, how):
        server = Server(how)
        self.addCleanup(server.close)
        return server

    def forward(self, program, *ports):
        """The running kubectl and the local ports that it opened, in the order given."""
        process = self.popen(program, "port-forward", "--address=127.0.0.1", "bb", *[f":{port}" for port in ports])
        local = []
        for port in ports:
            line = process.stdout.readline().decode()
            match = re.search(rf"127\.0\.0\.1:(\d+) -> {port}", line)
            self.assertTrue(match, f"{line} {process.stderr.read() if process.poll() is not None else ''}")
            local.append(int(match[1]))
        threading.Thread(target=process.stdout.read, daemon=True).start()
        return process, local

    def connect(self, port):
        connection = socket.create_connection(("127.0.0.1", port), timeout=tools.DEADLINE)
        self.addCleanup(connection.close)
        return connection

    @each_kubectl
    def test_bytes_pass_both_ways(self, program):
        process, [port] = self.forward(program, self.serve(echo).port)
        with self.connect(port) as connection:
            for word in (b"a", b"hello", b"\x00\xff" * 1000):
                connection.sendall(word)
                got = b""
                while len(got) < len(word):
                    got += connection.recv(65536)
                self.assertEqual(got, word)
        process.send_signal(signal.SIGINT)
        process.wait(tools.DEADLINE)
        self.kube.wait_line("closed", self.kube_mark)

    @each_transport
    def test_many_bytes_and_the_end_from_the_pod(self, program):
        data = os.urandom(8 << 20)
        _, [port] = self.forward(program, self.serve(lambda c: c.sendall(data)).port)
        self.assertEqual(hashlib.sha256(to_the_end(self.connect(port))).digest(), hashlib.sha256(data).digest())

    @each_transport
    def test_many_bytes_to_the_pod(self, program):
        data, got, whole = os.urandom(8 << 20), [], threading.Event()

        def take(connection):
            left = len(data)
            digest = hashlib.sha256()
            while left:
                part = connection.recv(65536)
                if not part:
                    break
                digest.update(part)
                left -= len(part)
            got.append((left, digest.digest()))
            whole.set()
            connection.sendall(b"thanks")

        _, [port] = self.forward(program, self.serve(take).port)
        connection = self.connect(port)
        connection.sendall(data)
        self.assertTrue(whole.wait(tools.DEADLINE * 2))
        self.assertEqual(got, [(0, hashlib.sha256(data).digest())])
        self.assertEqual(to_the_end(connection), b"thanks")

    @each_transport
    def test_connections_side_by_side(self, program):
        _, [port] = self.forward(program, self.serve(echo).port)
        connections = [self.connect(port) for _ in range(12)]
        for number, connection in enumerate(connections):
            connection.sendall(b"number %02d" % number)
        for number, connection in reversed(list(enumerate(connections))):
            self.assertEqual(connection.recv(9, socket.MSG_WAITALL), b"number %02d" % number)

    @each_transport
    def test_one_after_another(self, program):
        _, [port] = self.forward(program, self.serve(lambda c: c.sendall(c.recv(5).upper())).port)
        for _ in range(20):
            with self.connect(port) as connection:
                connection.sendall(b"hello")
                self.assertEqual(to_the_end(connection), b"HELLO")

    @each_transport
    def test_two_ports(self, program):
        first, second = self.serve(lambda c: c.sendall(b"first")), self.serve(lambda c: c.sendall(b"second"))
        _, ports = self.forward(program, first.port, second.port)
        self.assertEqual([to_the_end(self.connect(port)) for port in ports], [b"first", b"second"])

    @each_transport
    def test_a_port_where_nobody_listens(self, program):
        server = Server(echo)
        server.close()
        process, [port] = self.forward(program, server.port)
        self.assertEqual(to_the_end(self.connect(port)), b"")
        self.assertIn(b"error", process.stderr.readline().lower())
        if self.proxy:
            process.kill()
            self.proxy.wait_event("port", self.mark)

    @each_transport
    def test_a_killed_client_ends_it_upstream(self, program):
        process, [port] = self.forward(program, self.serve(echo).port)
        connection = self.connect(port)
        connection.sendall(b"x")
        self.assertEqual(connection.recv(1), b"x")
        process.kill()
        process.wait(tools.DEADLINE)
        self.kube.wait_line("closed", self.kube_mark)

    @each_transport
    def test_the_log_tells_the_ports(self, program):
        server = self.serve(lambda c: c.sendall(b"told" + c.recv(4)))
        process, [port] = self.forward(program, server.port)
        connection = self.connect(port)
        connection.sendall(b"sent")
        self.assertEqual(to_the_end(connection), b"toldsent")
        process.kill()
        process.wait(tools.DEADLINE)
        if not self.proxy:
            return
        event = self.proxy.wait_event("port", self.mark, code="T3003I")
        self.assertIn(str(server.port), event["addr"])
        self.assertEqual((event["kubernetes_pod_name"], event["user"]), ("bb", "alice"))
        self.proxy.wait_event("port", self.mark, code="T3003S")
        session = self.session()
        session.assert_sound(self)
        self.assertEqual(session.bytes("to-target"), b"sent")
        self.assertEqual(session.bytes("to-client"), b"toldsent")
