"""Many at once: a thousand idle sessions and a hundred busy ones, and clients that open channels without end."""

import concurrent.futures
import contextlib
import hashlib
import logging
import os
import socket
import threading
import time
import unittest

from support import records
from support.case import Case, needs_proxy, tools

try:
    import paramiko
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # a line for each refusal otherwise
except ImportError:
    paramiko = None

SANITIZED = bool(os.environ.get("VERBATIM_SANITIZE"))
# Connections, and sessions in each; fewer in builds that are many times slower.
IDLE = (5, 20) if SANITIZED else (40, 25)
BUSY = (2, 10) if SANITIZED else (4, 25)
BUSY_BYTES = (256 << 10) if SANITIZED else (1 << 20)
CHANNELS = 500 if SANITIZED else 5000
RESOURCE_SHORTAGE = 4  # RFC 4254 5.1
MOST_CHANNELS = 64  # max_sessions_per_connection, as it is by default


class ManyCase(Case):
    # A user's own .bashrc would run a thousand times.
    target_extra = "SetEnv HOME=/nonexistent"

    def connect(self):
        # Small packets one after the other would each wait for the last one's acknowledgement.
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=tools.DEADLINE)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(peer)
        self.addCleanup(transport.close)
        transport.banner_timeout = transport.auth_timeout = tools.DEADLINE
        transport.start_client(timeout=tools.DEADLINE)
        transport.auth_publickey(self.user, paramiko.Ed25519Key.from_private_key_file(str(self.client.key_file)))
        return transport

    def run_command(self, transport, command):
        channel = transport.open_session(timeout=tools.DEADLINE)
        channel.settimeout(tools.DEADLINE)
        channel.exec_command(command)
        return channel

    def memory(self):
        return tools.rss_kib(self.proxy.process.pid)

    def assert_serves(self, transport):
        channel = self.run_command(transport, "echo alive")
        self.assertEqual(channel.makefile().read(), b"alive\n")
        self.assertEqual(channel.recv_exit_status(), 0)


@needs_proxy
@unittest.skipUnless(paramiko, "needs python3-paramiko")
class Sessions(ManyCase):
    def open_idle(self, sessions):
        """One connection; each of its sessions has shown that it runs."""
        transport = self.connect()
        channels = [self.run_command(transport, "echo up; exec cat") for _ in range(sessions)]
        for channel in channels:
            self.assertEqual(channel.recv(100), b"up\n")
        return channels

    def end_idle(self, channels):
        for channel in channels:
            channel.shutdown_write()
        return [channel.recv_exit_status() for channel in channels]

    @contextlib.contextmanager
    def masters(self, count):
        """ssh's own shared connections: sockets."""
        sockets = [self.folder / f"b{number}" for number in range(count)]
        processes = [self.popen("-M", "-S", str(socket), "-N") for socket in sockets]
        tools.wait_until(lambda: all(socket.exists() for socket in sockets), "the control sockets")
        yield sockets
        for process in processes:
            tools.stop(process)

    def echo(self, process, payload, begin):
        """Nobody begins before all are there."""
        self.assertEqual(process.stdout.readline(), b"up\n")
        begin.wait(tools.DEADLINE)
        out, errors = process.communicate(payload, 4 * tools.DEADLINE)
        return process.returncode, hashlib.sha256(out).digest(), errors

    def busy(self):
        """Sessions that all send and receive at the same time; the payloads."""
        connections, each = BUSY
        payloads = [os.urandom(BUSY_BYTES) for _ in range(connections * each)]
        begin = threading.Barrier(len(payloads))
        with self.masters(connections) as sockets, concurrent.futures.ThreadPoolExecutor(len(payloads)) as pool:
            processes = [self.popen("-S", str(sockets[number % connections]), "--", "echo up; exec cat", bufsize=-1)
                         for number in range(len(payloads))]
            results = list(pool.map(self.echo, processes, payloads, [begin] * len(payloads)))
        for payload, result in zip(payloads, results):
            self.assertEqual(result, (0, hashlib.sha256(payload).digest(), b""))
        return payloads

    def check(self, payloads, idle):
        """Each start has its end, each recording is whole and has its own session's bytes."""
        count = idle + len(payloads)
        tools.wait_until(lambda: len(self.events("session.end")) >= count, f"{count} ends of sessions", interval=0.5)
        starts, ends = self.events("session.start"), self.events("session.end")
        self.assertEqual(len(starts), count)
        self.assertEqual(sorted(start["sid"] for start in starts), sorted(end["sid"] for end in ends))
        tools.wait_until(lambda: not self.proxy.unfinished(), "recordings to be finished")
        sessions = [records.Session(self.proxy, start) for start in starts]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            shown = list(pool.map(self.shown_by, sessions))
        self.assertEqual(shown.count((b"up\n", b"")), idle)
        echoed = {(hashlib.sha256(b"up\n" + payload).digest(), hashlib.sha256(payload).digest()) for payload in payloads}
        self.assertEqual({entry for entry in shown if entry != (b"up\n", b"")}, echoed)

    def events(self, kind):
        return [event for event in self.proxy.events(kind)
                if event.get("initial_command", ["echo up; exec cat"]) == ["echo up; exec cat"]]

    def shown_by(self, session):
        session.assert_sound(self)
        out, given = session.bytes("stdout"), session.bytes("stdin")
        if len(out) > 100:
            out, given = hashlib.sha256(out).digest(), hashlib.sha256(given).digest()
        return out, given

    def test_idle_and_busy_ones_together(self):
        self.end_idle(self.open_idle(2))
        tools.wait_until(lambda: not self.proxy.unfinished(), "the first recordings to be finished")
        connections, each = IDLE
        idle = connections * each
        before, began = self.memory(), time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(self.open_idle, [each] * connections))
        took = time.monotonic() - began
        time.sleep(2)
        kib = (self.memory() - before) / idle
        print(f"{idle} idle sessions in {connections} connections: {took:.1f} s to open, {kib:.0f} KiB each", flush=True)
        if not SANITIZED:
            self.assertLess(kib, 256)
        began = time.monotonic()
        payloads = self.busy()
        print(f"{len(payloads)} busy ones beside them: {time.monotonic() - began:.1f} s", flush=True)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = [status for some in pool.map(self.end_idle, opened) for status in some]
        self.assertEqual(statuses, [0] * idle)
        began = time.monotonic()
        self.check(payloads, idle + 2)
        print(f"all recordings played: {time.monotonic() - began:.1f} s", flush=True)
        self.assertEqual([event for event in self.proxy.events() if event["event"] == "session.rejected"], [])


@needs_proxy
@unittest.skipUnless(paramiko, "needs python3-paramiko")
class Channels(ManyCase):
    def flood(self, transport, count):
        """Asks for channels without waiting for any answer."""
        for number in range(count):
            message = paramiko.Message()
            message.add_byte(paramiko.common.cMSG_CHANNEL_OPEN)
            message.add_string("session")
            for value in (100_000 + number, 1 << 21, 1 << 15):
                message.add_int(value)
            transport._send_user_message(message)

    def test_more_than_a_connection_may_have(self):
        transport = self.connect()
        held = [self.run_command(transport, "echo up; exec cat") for _ in range(MOST_CHANNELS)]
        before = self.memory()
        for _ in range(CHANNELS // 5):
            with self.assertRaises(paramiko.ChannelException) as refused:
                transport.open_session(timeout=tools.DEADLINE)
            self.assertEqual(refused.exception.code, RESOURCE_SHORTAGE)
        self.flood(transport, CHANNELS * 4)
        held[0].sendall(b"through\n")
        self.assertEqual(held[0].makefile().read(11), b"up\nthrough\n")
        if not SANITIZED:  # a quarantine grows by design
            self.assertLess(self.memory() - before, 4096, "KiB more than before")
        for channel in held:
            channel.shutdown_write()
        self.assertEqual({channel.recv_exit_status() for channel in held}, {0})
        for channel in held:
            channel.close()
        tools.wait_until(lambda: len(self.proxy.events("session.end")) >= MOST_CHANNELS, "their ends")
        self.assert_serves(transport)

    def test_thousands_one_after_the_other(self):
        transport = self.connect()
        self.assert_serves(transport)

        def open_and_close(count):
            for _ in range(count):
                transport.open_session(timeout=tools.DEADLINE).close()
        open_and_close(CHANNELS // 10)
        before, began = self.memory(), time.monotonic()
        open_and_close(CHANNELS)
        took, grown = time.monotonic() - began, self.memory() - before
        print(f"{CHANNELS} channels one after the other: {took:.1f} s, {grown} KiB more", flush=True)
        if not SANITIZED:
            self.assertLess(grown, 4096, "KiB more than before")
        self.assert_serves(transport)

    def test_thousands_that_run_something(self):
        transport = self.connect()
        count = CHANNELS // 10
        for number in range(count):
            channel = self.run_command(transport, f"exit {number % 100}")
            self.assertEqual(channel.recv_exit_status(), number % 100)
            channel.close()
        wanted = {f"exit {number % 100}" for number in range(count)}

        def ended():
            return [end for end in self.proxy.events()[self.mark:] if end["event"] == "session.end"
                    and end["initial_command"][0].startswith("exit")]
        tools.wait_until(lambda: len(ended()) >= count, "their ends", interval=0.5)
        self.assertEqual({event["initial_command"][0] for event in ended()}, wanted)
        self.assertEqual(len(ended()), count)
        tools.wait_until(lambda: not self.proxy.unfinished(), "recordings to be finished")
