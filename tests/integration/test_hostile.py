"""Bytes from strangers before any login: each gets a right close, costs little, and says one line."""

import os
import socket
import struct
import time

from support import tools
from support.case import Case, needs_proxy


@needs_proxy
class Hostile(Case):
    proxy_settings = {"ssh_options": "login_grace_time: 3s, max_unauthenticated: 12, max_unauthenticated_per_source: 8"}

    def setUp(self):
        super().setUp()
        self.addCleanup(self.assert_alive_soon)

    def assert_alive_soon(self):
        """Connections of a flood count until their grace time is over."""
        def alive():
            return self.ssh("--", "echo alive").stdout == b"alive\n"
        tools.wait_until(alive, "the proxy to serve again", 30 * tools.PATIENCE, 0.3)

    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=tools.DEADLINE)
        self.addCleanup(peer.close)
        return peer

    @staticmethod
    def closed(peer):
        """Reads to the end; what came. A reset counts as an end."""
        data = b""
        try:
            while True:
                part = peer.recv(65536)
                if not part:
                    return data
                data += part
        except ConnectionError:
            return data

    def send(self, peer, data):
        try:
            peer.sendall(data)
        except ConnectionError:
            pass

    def test_garbage(self):
        for data in (b"\x00" * 100, os.urandom(4096), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" + os.urandom(500),
                     b"SSH-2.0-x\r\n" + os.urandom(35000), b"A" * 100_000, b"\n" * 50_000):
            peer = self.connect()
            self.send(peer, data)
            answer = self.closed(peer)
            self.assertLess(len(answer), 8192)

    def test_wrong_versions(self):
        for line in (b"SSH-1.5-old\r\n", b"SSH-3.0-new\r\n", b"SSH-2.0\r\n", b"SSH-2.0-" + b"v" * 5000 + b"\r\n",
                     b"SSH-2.0-\x1b[2J\x00\r\n", b"ssh-2.0-lower\r\n"):
            peer = self.connect()
            self.send(peer, line)
            self.closed(peer)
        self.assertNotIn("\x1b", self.proxy.log)

    def test_wrong_packets_after_the_version(self):
        for packet in (struct.pack(">IB", 0xFFFFFFFF, 0), struct.pack(">IB", 0, 0), struct.pack(">IB", 12, 255) + b"x" * 11,
                       struct.pack(">IB", 1 << 20, 4) + b"x" * 1000, struct.pack(">IBB", 12, 4, 20) + b"\xff" * 10,
                       struct.pack(">IBB", 12, 4, 50) + b"\0" * 10, struct.pack(">IBB", 12, 4, 90) + b"\0" * 10):
            peer = self.connect()
            self.send(peer, b"SSH-2.0-test\r\n" + packet)
            self.closed(peer)

    def test_a_stranger_who_asks_and_does_not_read_costs_no_memory(self):
        # Every unknown packet is answered; the answers must not pile up for a peer that takes none.
        packet = struct.pack(">IBB", 12, 10, 200) + b"\0" * 10
        before = tools.rss_kib(self.proxy.process.pid)
        peer = self.connect()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.sendall(b"SSH-2.0-x\r\n")
        flood = packet * 4096
        peer.settimeout(2)
        with self.assertRaises(ConnectionError, msg="the proxy ends it"):
            for _ in range(512):  # 32 MiB of questions
                peer.sendall(flood)
        if not os.environ.get("VERBATIM_SANITIZE"):  # a quarantine grows by design
            grown = tools.rss_kib(self.proxy.process.pid) - before
            self.assertLess(grown, 20_000, "KiB more than before the flood")

    def test_a_slow_drip_ends_at_the_grace_time(self):
        peer = self.connect()
        began = time.monotonic()
        peer.settimeout(0.2)
        ended = False
        text = b"SSH-2.0-" + b"slow" * 100
        for byte in text:
            self.send(peer, bytes([byte]))
            try:
                if peer.recv(65536) == b"":
                    ended = True
            except TimeoutError:
                pass
            except ConnectionError:
                ended = True
            if ended:
                break
        self.assertTrue(ended, "the connection outlived the grace time")
        self.assertGreater(time.monotonic() - began, 2)
        self.assertLess(time.monotonic() - began, 3 + 10 * tools.PATIENCE)

    def test_silence_ends_at_the_grace_time(self):
        peer = self.connect()
        began = time.monotonic()
        self.closed(peer)
        self.assertLess(time.monotonic() - began, 3 + 10 * tools.PATIENCE)

    def test_a_flood_from_one_source_is_bounded(self):
        peers = [self.connect() for _ in range(40)]
        time.sleep(1)
        served = 0
        for peer in peers:
            peer.settimeout(0.05)
            try:
                served += peer.recv(4) == b"SSH-"
            except (TimeoutError, ConnectionError):
                pass
        self.assertLessEqual(served, 8)
        self.assertGreater(served, 0)
        self.assertIn("per source", self.proxy.log.lower().replace("_", " ").replace("-", " "))

    def test_hundreds_of_connections_that_come_and_go(self):
        before = tools.rss_kib(self.proxy.process.pid)
        for _ in range(400):
            peer = socket.create_connection(("127.0.0.1", self.port), timeout=tools.DEADLINE)
            self.send(peer, b"SSH-2.0-x\r\n")
            peer.close()
        self.assert_alive_soon()
        descriptors = len(os.listdir(f"/proc/{self.proxy.process.pid}/fd"))
        self.assertLess(descriptors, 100)
        if not os.environ.get("VERBATIM_SANITIZE"):  # a quarantine grows by design
            self.assertLess(tools.rss_kib(self.proxy.process.pid) - before, 32 * 1024)

    def test_tries_are_limited(self):
        from support.client import Client
        strangers = [Client(self.folder / f"stranger-{n}-{time.monotonic_ns()}", f"s{n}") for n in range(9)]
        options = [f"IdentityFile={client.key_file}" for client in strangers]
        done = strangers[0].ssh(self.port, "root@web1", "--", "true", options=options)
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        events = tools.wait_until(lambda: [event for event in self.proxy.events()[self.mark:] if event["event"] == "auth"],
                                  "the failures in the log")
        self.assertLessEqual(len(events), 9)
