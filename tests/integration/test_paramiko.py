"""paramiko: commands, shells, sftp, many channels of one connection, forwards."""

import os
import threading
import time
import unittest

from support.case import Case, needs_proxy, tools
from support.listening import Server, echo, exchange

try:
    import paramiko
except ImportError:
    paramiko = None

MIB = 1 << 20


@unittest.skipUnless(paramiko, "needs python3-paramiko")
class ParamikoCase(Case):
    def connect(self, **settings):
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", self.port, self.user, key_filename=str(self.client.key_file), look_for_keys=False,
            allow_agent=False, timeout=tools.DEADLINE, banner_timeout=tools.DEADLINE, auth_timeout=tools.DEADLINE, **settings)
        self.addCleanup(client.close)
        return client

    def run_command(self, client, command, data=b""):
        stdin, stdout, stderr = client.exec_command(command, timeout=tools.DEADLINE)
        stdin.write(data)
        stdin.channel.shutdown_write()
        out, err = stdout.read(), stderr.read()
        return stdout.channel.recv_exit_status(), out, err


class Paramiko(ParamikoCase):
    proxy_settings = {"roles": '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, options: {port_forwarding: true}}'}

    def test_commands(self):
        client = self.connect()
        for status in (0, 7):
            self.assertEqual(self.run_command(client, f"cat; echo err >&2; exit {status}", b"input\n"),
                             (status, b"input\n", b"err\n"))
        if self.proxy:
            for session in self.sessions(2):
                self.assertEqual([session.bytes(name) for name in ("stdin", "stdout", "stderr")],
                                 [b"input\n", b"input\n", b"err\n"])

    def test_a_shell_that_changes_its_size(self):
        client = self.connect()
        shell = client.invoke_shell("vt100", 90, 30)
        shell.settimeout(tools.DEADLINE)
        shown = b""

        def until(text):
            nonlocal shown
            while text not in shown:
                data = shell.recv(65536)
                self.assertTrue(data, shown)
                shown += data
        shell.send(b"echo $TERM-$(stty size | tr ' ' x)\n")
        until(b"vt100-30x90\r\n")
        shell.resize_pty(120, 50)
        shell.send(b"echo now-$(stty size | tr ' ' x)\n")
        until(b"now-50x120\r\n")
        shell.send(b"exit 9\n")
        self.assertEqual(shell.recv_exit_status(), 9)
        if self.proxy:
            session, = self.sessions(1)
            self.assertIn(b"now-50x120", session.bytes())
            self.assertEqual(session.start["size"], "90:30")
            self.assertIn("120:50", [event["size"] for event in session.play() if event["event"] == "resize"])

    def test_sftp(self):
        data = os.urandom(5 * MIB)
        here, there, back = self.work_file("here", data), self.work_file("there"), self.work_file("back")
        sftp = self.connect().open_sftp()
        sftp.put(str(here), str(there))
        self.assertEqual(sftp.stat(str(there)).st_size, len(data))
        sftp.get(str(there), str(back))
        self.assertEqual(back.read_bytes(), data)
        with sftp.open(str(there), "r+") as file:  # here and there within a file
            file.seek(1000)
            file.write(b"changed")
            file.seek(999)
            self.assertEqual(file.read(9), data[999:1000] + b"changed" + data[1007:1008])
        sftp.rename(str(there), str(there) + "2")
        self.assertIn(there.name + "2", sftp.listdir(str(self.folder)))
        sftp.remove(str(there) + "2")
        with self.assertRaises(FileNotFoundError):
            sftp.stat(str(there))
        sftp.close()
        if self.proxy:
            session, = self.sessions(1)
            told = [event for event in self.proxy.events("sftp") if event["sid"] == session.sid]
            self.assertTrue(told)

    def test_many_channels_of_one_connection(self):
        client, answers = self.connect(), {}

        def one(n):
            answers[n] = self.run_command(client, f"cat; exit {n}", f"{n}".encode() * 10_000)
        threads = [threading.Thread(target=one, args=(n,)) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, {n: (n, f"{n}".encode() * 10_000, b"") for n in range(10)})
        if self.proxy:
            self.assertEqual({session.bytes("stdin") for session in self.sessions(10)},
                             {f"{n}".encode() * 10_000 for n in range(10)})

    def test_a_forward(self):
        server = Server(echo)
        self.addCleanup(server.close)
        channel = self.connect().get_transport().open_channel("direct-tcpip", ("127.0.0.1", server.port), ("127.0.0.1", 1))
        channel.settimeout(tools.DEADLINE)

        class Half:
            """A channel ends its sending as sockets do."""
            sendall, recv, shutdown = channel.sendall, channel.recv, lambda self, how: channel.shutdown_write()
        data = os.urandom(300_000)
        self.assertEqual(exchange(Half(), data), data)
        channel.close()

    def test_a_remote_forward(self):
        client = self.connect()
        transport = client.get_transport()
        port = transport.request_port_forward("127.0.0.1", 0)
        done = []

        def serve():
            channel = transport.accept(tools.DEADLINE)
            channel.sendall(b"from here")
            channel.close()
            done.append(1)
        thread = threading.Thread(target=serve)
        thread.start()
        _, out, _ = self.run_command(client, f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3'")
        thread.join()
        self.assertEqual((out, done), (b"from here", [1]))
        transport.cancel_port_forward("127.0.0.1", port)
        tools.wait_until(lambda: not tools.accepts(port), "the listener to end")

    def test_a_new_key_exchange_in_between(self):
        client = self.connect()
        stdin, stdout, _ = client.exec_command("cat")
        for _ in range(3):
            client.get_transport().renegotiate_keys()
            stdin.write("x" * 1000)
            stdin.flush()
            self.assertEqual(stdout.read(1000), b"x" * 1000)
        stdin.channel.shutdown_write()
        self.assertEqual(stdout.channel.recv_exit_status(), 0)

    def test_keepalives(self):
        client = self.connect()
        client.get_transport().set_keepalive(1)
        time.sleep(2.5)
        self.assertEqual(self.run_command(client, "echo still")[1], b"still\n")

    @needs_proxy
    def test_every_refused_open_is_told(self):
        transport = self.connect().get_transport()
        for kind in ("tun@openssh.com", "x@example.com", "forwarded-tcpip"):
            with self.subTest(kind):
                with self.assertRaises(paramiko.ChannelException):
                    transport.open_channel(kind, ("10.0.0.9", 80), ("127.0.0.1", 1), timeout=tools.DEADLINE)
                event = self.proxy.wait_event("port", self.mark, code="T3003E",
                    addr="10.0.0.9:80" if kind == "forwarded-tcpip" else kind)
                self.assertIn(f"{kind} is not permitted", event["error"])
        self.assertIsNone(transport.global_request("y@example.com", wait=True))
        self.assertIn("not permitted", self.proxy.wait_event("port", self.mark, code="T3003E", addr="y@example.com")["error"])
        transport.global_request("no-more-sessions@openssh.com", wait=False)
        with self.assertRaises(paramiko.ChannelException):
            transport.open_session(timeout=tools.DEADLINE)
        self.assertIn("no more", self.proxy.wait_event("session.rejected", self.mark)["reason"])

    @needs_proxy
    def test_the_limit_of_forwards_is_told(self):
        server, transport, most = Server(echo), self.connect().get_transport(), 256
        self.addCleanup(server.close)
        where = ("127.0.0.1", server.port)
        open_ones = [transport.open_channel("direct-tcpip", where, ("127.0.0.1", 1), timeout=tools.DEADLINE) for _ in range(most)]
        with self.assertRaises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", where, ("127.0.0.1", 7), timeout=tools.DEADLINE)
        event = self.proxy.wait_event("port", self.mark, code="T3003E")
        self.assertEqual((event["addr"], event["originator"]), (f"127.0.0.1:{server.port}", "127.0.0.1:7"))
        self.assertIn("too many", event["error"])
        self.assertEqual(len(open_ones), most)

    @needs_proxy
    def test_an_ssh_connection_by_a_channel_as_socket(self):
        # How its users jump: the inner connection goes through a direct-tcpip channel.
        outer, inner = self.connect().get_transport(), paramiko.SSHClient()
        inner.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        with self.assertRaises((paramiko.SSHException, EOFError, OSError)):
            # The target speaks first, so that even the opening may fail.
            channel = outer.open_channel("direct-tcpip", ("127.0.0.1", self.target.port), ("127.0.0.1", 1))
            inner.connect("127.0.0.1", username="root", key_filename=str(self.direct.key_file), sock=channel,
                look_for_keys=False, allow_agent=False, banner_timeout=tools.DEADLINE)
        inner.close()
        self.assertIn("SSH", self.proxy.wait_event("port", self.mark, code="T3003E")["error"])


@needs_proxy
class NoUpload(ParamikoCase):
    proxy_settings = {"roles": '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, options: {file_copy: {upload: false}}}'}

    def test_refused_requests_are_answered_and_the_session_goes_on(self):
        there = self.folder / "gr\u00fc\u00dfe"
        there.write_bytes(b"content")
        mark = self.proxy.mark()
        with self.connect().open_sftp() as sftp, sftp.open(str(there)) as opened:
            for refused in (lambda: opened.chmod(0o600), lambda: opened.truncate(1), lambda: sftp.remove(str(there)),
                            lambda: sftp.open(str(there), "w"), lambda: sftp.rename(str(there), f"{there}2"),
                            lambda: sftp.posix_rename(str(there), f"{there}2"), lambda: sftp.mkdir(f"{there}2"),
                            lambda: sftp.symlink(str(there), f"{there}2")):
                self.assertRaises(OSError, refused)
            opened.seek(0)
            self.assertEqual(opened.read(), b"content")
        self.assertEqual(there.read_bytes(), b"content")
        self.assertFalse(os.path.lexists(f"{there}2"))
        self.proxy.wait_event("session.end", mark)
        codes = [line["code"] for line in self.proxy.events()[mark:] if line["event"] == "sftp"]
        self.assertEqual(codes.count("TS020E"), 8, codes)
        self.assertEqual(codes.count("TS001I"), 1, codes)
