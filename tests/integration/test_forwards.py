"""ssh -L, -R, -D, -W, of TCP and UNIX sockets: bytes exact, each connection a recording and its events;
and refused where no role permits them."""

import hashlib
import os
import re
import select
import socket
import subprocess
import threading
import unittest

from support.case import DIRECT, Case, needs_proxy, tools
from support.listening import Server, connect, connect_by_socks, digest_at_the_end, echo, exchange, socks, socks_request, to_the_end

MIB = 1 << 20
ALL = '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, options: {port_forwarding: true}}'


class ForwardCase(Case):
    def setUp(self):
        super().setUp()
        if self.proxy:
            self.addCleanup(self.all_are_over)  # the last of them, when no ssh runs any more

    def all_are_over(self):
        """What a case leaves behind is told before the next one begins to count."""
        def count(name):
            return len([event for event in self.proxy.events()[self.mark:] if event["event"] == name])
        tools.wait_until(lambda: count("client.disconnect") >= count("user.login"), "all connections to end")

    def serve(self, how=echo, path=None):
        server = Server(how, path)
        self.addCleanup(server.close)
        return server

    def forward(self, *flags, options=()):
        """ssh that stays and forwards; returns once its forwards stand."""
        process = self.popen(*flags, "--", "echo up; exec cat", options=["ExitOnForwardFailure=yes", *options])
        self.assertTrue(select.select([process.stdout], [], [], tools.DEADLINE)[0], "ssh says nothing")
        line = process.stdout.readline()
        self.assertEqual(line, b"up\n", process.stderr.read() if not line else line)
        return process

    def connect(self, where):
        connection = connect(where)
        self.addCleanup(connection.close)
        return connection

    def end(self, process):
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)

    def forwarded(self, count):
        """The sessions of forwarded connections: those that a `port` event tells of."""
        if not self.proxy:
            return []
        def starts():
            return [event for event in self.proxy.events("port") if event in self.proxy.events()[self.mark:]
                    and event["code"] == "T3003I"]
        tools.wait_until(lambda: len(starts()) >= count, f"{count} forwards to begin")
        self.assertEqual(len(starts()), count, starts())
        told = []
        for port in starts():
            start = self.proxy.wait_event("session.start", self.mark, sid=port["sid"])
            session = self.proxy.session_of(start, self.mark)
            session.assert_sound(self)
            session.port = port
            session.stop = next(event for event in self.proxy.events("port")
                                if event.get("sid") == session.sid and event["code"] != "T3003I")
            told.append(session)
        return told

    def assert_recorded(self, session, to_target, to_client):
        for stream, expected in (("to-target", to_target), ("to-client", to_client)):
            got = session.bytes(stream)
            self.assertEqual((len(got), hashlib.sha256(got).digest()),
                             (len(expected), hashlib.sha256(expected).digest()), stream)


class Forwards(ForwardCase):
    proxy_settings = {"roles": ALL}

    def test_local(self):
        server, port, data = self.serve(), tools.free_port(), os.urandom(3 * MIB + 17)
        process = self.forward("-L", f"127.0.0.1:{port}:127.0.0.1:{server.port}")
        connection = self.connect(port)
        name = connection.getsockname()
        self.assertEqual(exchange(connection, data), data)
        self.end(process)
        for session in self.forwarded(1):
            self.assert_recorded(session, data, data)
            self.assertEqual(session.port["addr"], f"127.0.0.1:{server.port}")
            self.assertEqual(session.stop["code"], "T3003S")
            self.assertEqual((session.port["user"], session.port["login"]), ("alice", "root"))
            self.assertIn(f"{name[0]}:{name[1]}", str(session.port))
            data_event = self.proxy.wait_event("session.data", self.mark, sid=session.sid)
            self.assertGreaterEqual(data_event["tx"] + data_event["rx"], 2 * len(data))

    def test_the_end_of_one_direction_passes_alone(self):
        server, port, data = self.serve(digest_at_the_end), tools.free_port(), os.urandom(MIB)
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}")
        self.assertEqual(exchange(self.connect(port), data).decode(), hashlib.sha256(data).hexdigest())
        self.end(process)

        def speaks_first(connection):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            got.append(to_the_end(connection))
        got = []
        server, port = self.serve(speaks_first), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}")
        connection = self.connect(port)
        self.assertEqual(to_the_end(connection), data)
        connection.sendall(b"late")
        connection.shutdown(socket.SHUT_WR)
        tools.wait_until(lambda: got, "the other direction")
        self.assertEqual(got, [b"late"])
        connection.close()
        self.end(process)

    def test_many_at_once(self):
        server, port = self.serve(), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}")
        payloads = [os.urandom(20_000 + n) for n in range(24)]
        answers = [None] * len(payloads)

        def one(n):
            answers[n] = exchange(self.connect(port), payloads[n])
        threads = [threading.Thread(target=one, args=(n,)) for n in range(len(payloads))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, payloads)
        self.end(process)
        if self.proxy:
            recorded = {session.bytes("to-target") for session in self.forwarded(len(payloads))}
            self.assertEqual(recorded, set(payloads))

    def test_nobody_listens_there(self):
        port, nobody = tools.free_port(), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{nobody}")
        self.assertEqual(to_the_end(self.connect(port)), b"")
        self.end(process)
        if self.proxy:
            event = self.proxy.wait_event("port", self.mark, code="T3003E")
            self.assertEqual(event["addr"], f"127.0.0.1:{nobody}")
            self.assertTrue(event["error"])
        self.assertEqual(self.ssh("--", "echo alive").stdout, b"alive\n")

    def test_remote(self):
        server, port, data = self.serve(), tools.free_port(), os.urandom(2 * MIB)
        process = self.forward("-R", f"127.0.0.1:{port}:127.0.0.1:{server.port}")
        self.assertEqual(exchange(self.connect(port), data), data)
        self.end(process)
        for session in self.forwarded(1):
            self.assert_recorded(session, data, data)
            self.assertIn(str(port), session.port["addr"])
        self.assertFalse(tools.accepts(port), "the target listens no more")
        if self.proxy:
            tools.wait_until(lambda: f"127.0.0.1:{port}" in self.proxy.log, "the listener in the operators' log")

    def test_remote_where_the_target_takes_a_port(self):
        server, data = self.serve(), os.urandom(5000)
        process = self.popen("-N", "-R", f"0:127.0.0.1:{server.port}", options=["LogLevel=INFO"])
        match = None
        while not match:
            self.assertTrue(select.select([process.stderr], [], [], tools.DEADLINE)[0], "ssh says nothing")
            line = process.stderr.readline().decode()
            self.assertTrue(line, "ssh ended")
            match = re.search(r"Allocated port (\d+) for remote forward", line)
        self.assertEqual(exchange(self.connect(int(match[1])), data), data)
        for session in self.forwarded(1):
            self.assertIn(match[1], session.port["addr"])
        process.terminate()

    def test_remote_forwards_end_on_request(self):
        server, port, control = self.serve(), tools.free_port(), self.folder / "rc"
        process = self.popen("-M", "-S", str(control), "-N")
        tools.wait_until(control.exists, "the control socket")
        spec = f"127.0.0.1:{port}:127.0.0.1:{server.port}"
        for order, stands in (("forward", True), ("cancel", False), ("forward", True)):
            done = self.ssh("-S", str(control), "-O", order, "-R", spec)
            self.assertEqual(done.returncode, 0, done.stderr)
            tools.wait_until(lambda s=stands: tools.accepts(port) == s, f"the listener after {order}")
        self.assertEqual(exchange(self.connect(port), b"again"), b"again")
        process.terminate()

    def test_a_remote_port_in_use_is_said(self):
        server = self.serve()
        done = self.ssh("-R", f"127.0.0.1:{server.port}:127.0.0.1:1", "--", "echo up", options=["ExitOnForwardFailure=yes"])
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertIn(b"remote port forwarding failed", done.stderr)

    def test_dynamic(self):
        server, port, data = self.serve(), tools.free_port(), os.urandom(100_000)
        process = self.forward("-D", f"127.0.0.1:{port}")
        for host in ("127.0.0.1", "localhost"):
            connection = connect_by_socks(port, host, server.port)
            self.addCleanup(connection.close)
            self.assertEqual(exchange(connection, data), data)
        self.end(process)
        addresses = {session.port["addr"] for session in self.forwarded(2)}
        if self.proxy:
            self.assertEqual(addresses, {f"127.0.0.1:{server.port}", f"localhost:{server.port}"})

    def test_standard_input_and_output(self):
        server, data = self.serve(), os.urandom(MIB)
        done = self.ssh("-W", f"127.0.0.1:{server.port}", input=data)
        self.assertEqual((done.returncode, done.stdout), (0, data))
        for session in self.forwarded(1):
            self.assert_recorded(session, data, data)

    def test_unix_sockets_at_the_target(self):
        path, here, data = self.folder / "ul", self.folder / "uh", os.urandom(300_000)
        self.serve(path=path)
        process = self.forward("-L", f"{here}:{path}")
        self.assertEqual(exchange(self.connect(here), data), data)
        self.end(process)
        for session in self.forwarded(1):
            self.assert_recorded(session, data, data)
            self.assertEqual(session.port["addr"], str(path))

    def test_unix_sockets_here(self):
        path, there, data = self.folder / "ur", self.folder / "ut", os.urandom(300_000)
        self.serve(path=path)
        process = self.forward("-R", f"{there}:{path}")
        self.assertEqual(exchange(self.connect(there), data), data)
        self.end(process)
        for session in self.forwarded(1):
            self.assert_recorded(session, data, data)
            self.assertEqual(session.port["addr"], str(there))

    def test_forwards_without_a_session(self):
        server, port = self.serve(), tools.free_port()
        process = self.popen("-N", "-L", f"{port}:127.0.0.1:{server.port}")
        tools.wait_until(lambda: tools.accepts(port), "ssh to listen")
        self.assertEqual(exchange(self.connect(port), b"no session"), b"no session")
        process.terminate()
        process.wait(tools.DEADLINE)
        for session in self.forwarded(2):  # the first one came from waiting for the port
            self.assertIn(session.bytes("to-target"), (b"", b"no session"))

    def test_a_forward_outlives_the_shell(self):
        # As ssh does: it stays until the last forwarded connection is closed.
        server, port = self.serve(), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}")
        connection = self.connect(port)
        connection.sendall(b"one")
        self.assertEqual(connection.recv(3), b"one")
        process.stdin.close()
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(1)
        self.assertEqual(exchange(connection, b"two"), b"two")
        connection.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)

    def test_a_stalled_forward_does_not_stop_the_session(self):
        def flood(connection):
            while True:
                connection.sendall(bytes(65536))
        server, port = self.serve(flood), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}")
        stalled = self.connect(port)
        stalled.recv(10)
        for _ in range(3):
            process.stdin.write(b"through\n")
            self.assertEqual(process.stdout.readline(), b"through\n")
        stalled.close()
        self.end(process)

    @needs_proxy
    def test_an_ssh_connection_inside_a_forward_ends(self):
        # Else it would be a session at the target that nobody records.
        port = tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{self.target.port}")
        done = self.direct.ssh(port, "root", "--", "echo unrecorded")
        self.assertNotIn(b"unrecorded", done.stdout)
        self.assertEqual(done.returncode, 255)
        session, = self.forwarded(1)
        self.assertEqual(session.stop["code"], "T3003E")
        self.assertIn("SSH", str(session.stop) + str(session.end))
        self.direct.ssh(port, "root", "--", "echo again")
        self.end(process)
        # The client of the forward sees a closed socket; who opened it is told, once.
        lines = [line for line in process.stderr.read().splitlines() if b"SSH connection inside a forward" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(b"verbatim: 127.0.0.1:%d: " % self.target.port), lines)

    @needs_proxy
    def test_ssh_after_other_bytes_in_a_forward_ends_too(self):
        # An identification may follow other lines (RFC 4253, 4.2).
        def banner_after_lines(connection):
            connection.sendall(b"welcome\r\nmore words\r\n")
            connection.sendall(b"SSH-2.0-later\r\n")
            got.append(to_the_end(connection))
        got = []
        server, port = self.serve(banner_after_lines), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}")
        shown = to_the_end(self.connect(port))
        self.assertNotIn(b"SSH-2.0-later", shown)
        self.end(process)
        session, = self.forwarded(1)
        self.assertEqual(session.stop["code"], "T3003E")

    @needs_proxy
    def test_ssh_behind_a_proxy_of_the_targets_ends_too(self):
        # What stands before the identification are that proxy's own answers, not lines of the server's.
        server, port = self.serve(socks), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}")
        connection = self.connect(port)
        connection.sendall(socks_request("127.0.0.1", self.target.port))
        self.assertNotIn(b"SSH-", to_the_end(connection))
        session, = self.forwarded(1)
        self.assertEqual(session.stop["code"], "T3003E")
        self.assertIn("SSH", session.end["reason"])
        self.end(process)

    @needs_proxy
    def test_an_ssh_connection_through_a_remote_forward_ends(self):
        port = tools.free_port()
        process = self.forward("-R", f"127.0.0.1:{port}:127.0.0.1:{self.target.port}")
        done = self.direct.ssh(port, "root", "--", "echo unrecorded")
        self.assertNotIn(b"unrecorded", done.stdout)
        self.end(process)


@needs_proxy
class SshInForward(ForwardCase):
    """Where a role lets it pass: the bytes of one forward, and no session."""

    proxy_settings = {"roles": ALL.replace("port_forwarding: true", "port_forwarding: true, ssh_in_forward: true")}

    def test_it_passes_as_bytes(self):
        port = tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{self.target.port}")
        done = self.direct.ssh(port, "root", "--", "echo past-$((40+2))")
        self.assertEqual((done.returncode, done.stdout), (0, b"past-42\n"), done.stderr)
        session, = self.forwarded(1)
        self.assertEqual(session.stop["code"], "T3003S")
        for stream in ("to-target", "to-client"):
            self.assertTrue(session.bytes(stream).startswith(b"SSH-2.0-"), stream)
            self.assertNotIn(b"past-42", session.bytes(stream))
        self.end(process)
        self.assertEqual([e for e in self.proxy.events()[self.mark:] if e["event"] == "exec" and "past" in e["command"]], [])

    def test_check_says_so(self):
        done = self.proxy.run("check", "--user", "alice", "--target", "web1", "--login", "root")
        self.assertIn("SSH inside forwards: yes", done.stdout)


@needs_proxy
class Refused(ForwardCase):
    """The default: no role says a word about forwards."""

    def failed(self, kind, where):
        event = self.proxy.wait_event("port", self.mark, code="T3003E")
        self.assertIn(kind, event["error"])
        self.assertEqual(event["addr"], str(where))
        self.assertEqual(event["user"], "alice")
        self.assertEqual([e for e in self.proxy.events()[self.mark:] if e["event"] == "port" and e["code"] == "T3003I"], [])

    def one_line(self, text, word=b"not permitted"):
        lines = [line for line in text.splitlines() if word in line]
        self.assertEqual(len(lines), 1, text)

    def test_local(self):
        seen = []
        server, port = self.serve(lambda connection: seen.append(1)), tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:{server.port}", options=["LogLevel=INFO"])
        self.assertEqual(to_the_end(self.connect(port)), b"")
        self.failed("direct-tcpip", f"127.0.0.1:{server.port}")
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)
        self.one_line(process.stderr.read())
        self.assertEqual(seen, [])

    def test_standard_input_and_output(self):
        server = self.serve()
        done = self.ssh("-W", f"127.0.0.1:{server.port}", input=b"x", options=["LogLevel=INFO"])
        self.assertEqual(done.stdout, b"")
        self.assertNotEqual(done.returncode, 0)
        self.one_line(done.stderr)
        self.failed("direct-tcpip", f"127.0.0.1:{server.port}")

    def test_dynamic(self):
        server, port = self.serve(), tools.free_port()
        process = self.forward("-D", str(port))
        connection = connect(port)
        self.addCleanup(connection.close)
        with self.assertRaises(ConnectionRefusedError):
            connect_by_socks(port, "127.0.0.1", server.port)
        self.failed("direct-tcpip", f"127.0.0.1:{server.port}")
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)

    def test_remote(self):
        port = tools.free_port()
        done = self.ssh("-R", f"127.0.0.1:{port}:127.0.0.1:1", "--", "echo up; cat", input=b"",
            options=["LogLevel=INFO"])
        # Without ExitOnForwardFailure ssh goes on, as it does without the proxy.
        self.assertEqual(done.stdout, b"up\n")
        self.assertIn(b"remote port forwarding failed", done.stderr)
        self.failed("tcpip-forward", f"127.0.0.1:{port}")
        self.assertFalse(tools.accepts(port))

    def test_unix_sockets_both_ways(self):
        path = self.folder / "rf"
        self.serve(path=path)
        process = self.forward("-L", f"{self.folder}/rl:{path}")
        self.assertEqual(to_the_end(self.connect(self.folder / "rl")), b"")
        self.failed("direct-streamlocal", path)
        process.stdin.close()
        process.wait(tools.DEADLINE)
        self.mark = self.proxy.mark()
        done = self.ssh("-R", f"{self.folder}/rr:{path}", "--", "echo up")
        self.assertEqual(done.stdout, b"up\n")
        self.failed("streamlocal-forward", self.folder / "rr")
        self.assertFalse((self.folder / "rr").exists())

    def test_a_flood_of_refusals_is_summed_up(self):
        port = tools.free_port()
        process = self.forward("-L", f"{port}:127.0.0.1:1")
        for _ in range(40):
            self.assertEqual(to_the_end(self.connect(port)), b"")
        process.stdin.close()
        process.wait(tools.DEADLINE)
        self.proxy.wait_event("client.disconnect", self.mark)
        refusals = [event for event in self.proxy.events()[self.mark:] if event["event"] == "port"]
        self.assertLess(len(refusals), 20)
        self.assertTrue(any("more requests" in event["error"] for event in refusals), refusals)


if DIRECT:
    del Refused, SshInForward
