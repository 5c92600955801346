"""Clients that do not keep to the protocols: bounded, refused with the right status, recorded where they run."""

import base64
import hashlib
import os
import struct
import zlib

from support.kube_case import KubeCase, kubectl, needs_proxy, tools
from support.kube_raw import (BINARY, CLOSE, CONTINUATION, DICTIONARY, GOAWAY, PING, SETTINGS, SYN_STREAM, TEXT, WS_PING, HeaderPacker,
    SpdyEnd, control, data_frame, ws_frame)

EXEC = "/api/v1/namespaces/default/pods/bb/exec"
CAT = EXEC + "?command=cat&container=c&stdin=true&stdout=true"
ECHO = EXEC + "?command=echo&command=ran&container=c&stdout=true"


class Hostile(KubeCase):
    def raw(self, **settings):
        client = self.raw_client(**settings)
        self.addCleanup(client.close)
        return client

    def upgraded(self, target=CAT, **how):
        client = self.raw()
        head = client.spdy(target, **how)
        self.assertRegex(head, rb"^HTTP/1.1 101")
        return client, SpdyEnd(client)

    def upgraded_websocket(self, target=CAT, **how):
        client = self.raw()
        head = client.websocket(target, **how)
        self.assertRegex(head, rb"^HTTP/1.1 101")
        return client

    def collect(self, end, names):
        """{name: bytes} until the connection ends or GOAWAY."""
        found = {name: b"" for name in names.values()}
        while (frame := end.read()) is not None and frame[0] != GOAWAY:
            if frame[0] == "data":
                found[names[frame[1]]] += frame[3]
        return found

    def assert_ends(self, client):
        """The other side closes, within the deadline."""
        client.socket.settimeout(tools.DEADLINE)
        client.read_to_end()

    def assert_recorded(self, **streams):
        session = self.session()
        if session:
            session.assert_sound(self)
            for name, expected in streams.items():
                self.assertEqual(session.bytes(name), expected)
        return session

    def assert_nothing_ran(self):
        self.assertEqual(self.kube.lines("start", since=self.kube_mark), [])

    def tearDown(self):
        if self.proxy:
            self.assertLess(tools.rss_kib(self.proxy.process.pid), 400 * 1024 * tools.PATIENCE)

    # -- SPDY -------------------------------------------------------------------------------

    def test_byte_by_byte(self):
        client = self.raw()
        packer = HeaderPacker()
        request = (f"POST {CAT} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
            "X-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n").encode()
        frames = b"".join(control(SYN_STREAM, struct.pack(">IIBB", number, 0, 0, 0) + packer.pack([("streamtype", name)]))
            for number, name in ((1, "error"), (3, "stdin"), (5, "stdout")))
        frames += control(PING, struct.pack(">I", 1)) + data_frame(3, b"typed\n") + data_frame(3, fin=True)
        for byte in request:
            client.send(bytes([byte]))
        self.assertRegex(client.head(), rb"^HTTP/1.1 101")
        for byte in frames:
            client.send(bytes([byte]))
        found = self.collect(SpdyEnd(client), {1: "error", 3: "stdin", 5: "stdout"})
        self.assertEqual(found["stdout"], b"typed\n")
        self.assertIn(b'"Success"', found["error"])
        self.assert_recorded(stdin=b"typed\n", stdout=b"typed\n")

    def test_all_in_one_write(self):
        client, end = self.upgraded()
        packer = HeaderPacker()
        client.send(b"".join(control(SYN_STREAM, struct.pack(">IIBB", number, 0, 0, 0) + packer.pack([("streamtype", name)]))
            for number, name in ((1, "error"), (3, "stdin"), (5, "stdout"))) + data_frame(3, b"typed\n") + data_frame(3, fin=True))
        self.assertEqual(self.collect(end, {1: "error", 3: "stdin", 5: "stdout"})["stdout"], b"typed\n")
        self.assert_recorded(stdin=b"typed\n", stdout=b"typed\n")

    def test_large_stream_ids_and_gaps(self):
        _, end = self.upgraded()
        for number, name in ((129, "error"), (1001, "stdin"), (0x7ffffffd, "stdout")):
            end.open(number, name)
        end.data(1001, b"typed\n", fin=True)
        found = self.collect(end, {129: "error", 1001: "stdin", 0x7ffffffd: "stdout"})
        self.assertEqual(found["stdout"], b"typed\n")
        self.assert_recorded(stdin=b"typed\n", stdout=b"typed\n")

    def test_every_protocol_version(self):
        for version in ("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"):
            with self.subTest(version):
                self.mark_all()
                _, end = self.upgraded(EXEC + "?command=sh&command=-c&command=echo+out;+exit+3&stdout=true&stderr=true".replace(";", "%3B"),
                    versions=[version])
                for number, name in ((1, "error"), (3, "stdout"), (5, "stderr")):
                    end.open(number, name)
                found = self.collect(end, {1: "error", 3: "stdout", 5: "stderr"})
                self.assertEqual(found["stdout"], b"out\n")
                self.assertEqual(b'"NonZeroExitCode"' in found["error"], version.startswith("v4"), found)
                self.assertIn(b"3", found["error"])
                self.assert_recorded(stdout=b"out\n")

    def test_no_common_version(self):
        client = self.raw()
        self.assertRegex(client.spdy(ECHO, versions=["v9.channel.k8s.io"]), rb"^HTTP/1.1 403")
        client = self.raw()
        self.assertRegex(client.spdy(ECHO, versions=[]), rb"^HTTP/1.1 400")
        self.assert_nothing_ran()

    @needs_proxy
    def test_wrong_streams_are_refused(self):
        cases = {"twice the same": ("error", "stdout", "stdout"), "not asked for": ("error", "stdin", "stderr"),
                 "unknown": ("error", "bogus", "stdout"), "many": ("error",) + ("stdin",) * 50}
        for name, streams in cases.items():
            with self.subTest(name):
                self.mark_all()
                client, end = self.upgraded()
                try:
                    for number, stream in enumerate(streams):
                        end.open(2 * number + 1, stream)
                except OSError:
                    pass
                self.assert_ends(client)
                self.assert_nothing_ran()

    @needs_proxy
    def test_broken_frames_end_the_connection(self):
        packer = HeaderPacker()
        syn = struct.pack(">IIBB", 1, 0, 0, 0)
        bomb = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
        block = bomb.compress(struct.pack(">III", 1, 4, 0x7000000) + b"\0" * (64 << 20)) + bomb.flush(zlib.Z_SYNC_FLUSH)
        plain = zlib.compress(struct.pack(">I", 0))
        cases = {
            "a wrong zlib state": control(SYN_STREAM, syn + b"\xff" * 40),
            "no dictionary": control(SYN_STREAM, syn + plain),
            "a header bomb": control(SYN_STREAM, syn + block[:65000]),
            "a huge block": struct.pack(">HHI", 0x8003, SYN_STREAM, 0xffffff) + syn + b"x" * 300_000,
            "many headers": control(SYN_STREAM, syn + HeaderPacker().pack([(f"h{i}", "v") for i in range(5000)])),
            "a long value": control(SYN_STREAM, syn + HeaderPacker().pack([("streamtype", "x" * 100_000)])),
            "a count that lies": control(SYN_STREAM, syn + HeaderPacker().pack_raw(struct.pack(">I", 0xffffffff))),
            "capitals": control(SYN_STREAM, syn + HeaderPacker().pack([("StreamType", "error")])),
            "stream 0": control(SYN_STREAM, struct.pack(">IIBB", 0, 0, 0, 0) + packer.pack([("streamtype", "error")])),
            "an even stream": control(SYN_STREAM, struct.pack(">IIBB", 2, 0, 0, 0) + HeaderPacker().pack([("streamtype", "error")])),
            "an unknown kind": control(99, b"12345678"),
            "a short reset": control(3, b"1234"),
            "a long settings": control(SETTINGS, struct.pack(">I", 0x20000000)),
            "http again": b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n",
        }
        for name, frame in cases.items():
            with self.subTest(name):
                self.mark_all()
                client, _ = self.upgraded()
                try:
                    client.send(frame)
                    if name in ("an unknown kind", "a long settings"):  # may also be passed over
                        client.close()
                        continue
                except OSError:
                    pass
                self.assert_ends(client)
                self.assert_nothing_ran()
        self.assert_alive()

    @needs_proxy
    def test_a_ping_flood_is_answered_or_ended(self):
        client, end = self.upgraded()
        for number, name in ((1, "error"), (3, "stdin"), (5, "stdout")):
            end.open(number, name)
        client.socket.settimeout(5)
        flood = b"".join(control(PING, struct.pack(">I", 2 * number + 1)) for number in range(2000))
        try:
            for _ in range(200):  # nobody reads the answers
                client.send(flood)
        except OSError:
            pass
        client.abort()
        self.assert_alive()

    @needs_proxy
    def test_streams_never_opened_leave_nothing_behind(self):
        client, end = self.upgraded()
        end.open(1, "error")
        client.socket.settimeout(0.5)
        self.assert_nothing_ran()
        client.abort()
        self.assert_alive()

    @needs_proxy
    def test_many_half_open_upgrades(self):
        clients = self.half_open(15)
        self.assert_alive()
        # Only so many of one address may wait without a login; the others go on once these are gone.
        if self.proxy:
            try:
                clients += self.half_open(15)
                self.fail("30 connections of one address without a login")
            except OSError:
                pass
        for client in clients:
            client.close()
        tools.wait_until(lambda: self.exec(kubectl.pair()[0], "true").returncode == 0, "a connection")

    def half_open(self, count):
        clients = []
        for number in range(count):
            client = self.raw()
            client.send(b"POST " + CAT.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: Upg"[:10 + number])
            clients.append(client)
        return clients

    # -- HTTP -------------------------------------------------------------------------------

    @needs_proxy
    def test_header_floods_are_refused(self):
        for name, headers in {"many": [f"X-{i}: {i}" for i in range(20_000)], "long": ["X-A: " + "x" * 1_000_000],
                              "a long path": []}.items():
            with self.subTest(name):
                client = self.raw()
                target = "/api/v1/namespaces/" + "x" * 500_000 if name == "a long path" else "/api"
                try:
                    client.request("GET", target, headers)
                except OSError:
                    pass
                head = client.head()
                self.assertTrue(not head or head.split()[1][:1] == b"4", head[:100])
        self.assert_alive()

    @needs_proxy
    def test_endless_chunks_do_not_fill_memory(self):
        client = self.raw()
        client.request("POST", "/api/v1/namespaces/default/configmaps", ["Transfer-Encoding: chunked", "Content-Type: application/json"])
        client.socket.settimeout(2)
        try:
            for _ in range(200):
                client.send(b"40000\r\n" + b" " * 0x40000 + b"\r\n")
        except OSError:
            pass
        client.close()
        self.assert_alive()

    @needs_proxy
    def test_early_bytes_behind_the_upgrade(self):
        # A client should wait for the 101; what it sends before must not be lost or read as a request.
        client = self.raw()
        packer = HeaderPacker()
        frames = b"".join(control(SYN_STREAM, struct.pack(">IIBB", number, 0, 0, 0) + packer.pack([("streamtype", name)]))
            for number, name in ((1, "error"), (3, "stdin"), (5, "stdout")))
        client.request("POST", CAT, ["Connection: Upgrade", "Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: v4.channel.k8s.io",
            "Content-Length: 0"], frames + data_frame(3, b"early\n") + data_frame(3, fin=True))
        head = client.head()
        if b" 101 " in head.splitlines()[0]:
            found = self.collect(SpdyEnd(client), {1: "error", 3: "stdin", 5: "stdout"})
            self.assertEqual(found["stdout"], b"early\n")
            self.assert_recorded(stdin=b"early\n", stdout=b"early\n")
        else:
            self.assert_nothing_ran()

    # -- WebSocket --------------------------------------------------------------------------

    def test_every_sub_protocol(self):
        for protocol in ("v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io", ""):
            with self.subTest(protocol or "none"):
                self.mark_all()
                head = (client := self.raw()).websocket(EXEC + "?command=head&command=-c&command=6&stdin=true&stdout=true", protocols=protocol)
                if not head.startswith(b"HTTP/1.1 101"):
                    self.assertIn(b" 403 ", head.splitlines()[0])
                    self.assertNotIn(protocol, ("v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "base64.channel.k8s.io"))
                    continue
                packed = "base64" in protocol
                client.send(ws_frame(b"0" + base64.b64encode(b"typed\n"), TEXT) if packed else ws_frame(b"\0typed\n"))
                found = client.channels()
                out = found.get(ord("1") if packed else 1, b"")
                if packed:
                    out = base64.b64decode(out)
                self.assertEqual(out, b"typed\n")
                self.assert_recorded(stdin=b"typed\n", stdout=b"typed\n")

    def test_unknown_sub_protocols_are_refused(self):
        for protocol in ("v2.channel.k8s.io", "v3.channel.k8s.io", "chat"):
            self.assertRegex(self.raw().websocket(ECHO, protocols=protocol), rb"^HTTP/1.1 403")
        self.assert_nothing_ran()

    @needs_proxy
    def test_fragments_are_put_together(self):
        client = self.upgraded_websocket()
        client.send(ws_frame(b"\0abc", BINARY, fin=False) + ws_frame(b"", WS_PING) + ws_frame(b"de", CONTINUATION, fin=False) +
            ws_frame(b"f\n", CONTINUATION) + ws_frame(b"\xff\0"))
        self.assertEqual(client.channels().get(1), b"abcdef\n")
        self.assert_recorded(stdin=b"abcdef\n", stdout=b"abcdef\n")

    @needs_proxy
    def test_text_messages_are_recorded_or_refused(self):
        client = self.upgraded_websocket()
        client.send(ws_frame(b"\0text\n", TEXT) + ws_frame(b"\xff\0"))
        out = client.channels().get(1, b"")
        session = self.session()
        self.assertEqual(session.bytes("stdin"), out)
        self.assertIn(out, (b"", b"text\n"))

    def test_empty_messages_and_pings(self):
        client = self.upgraded_websocket()
        client.send(ws_frame(b"") + ws_frame(b"\0") + ws_frame(b"are you there", WS_PING) + ws_frame(b"\0x\n") + ws_frame(b"\xff\0"))
        pongs, out = [], b""
        while (message := client.read_message()) is not None and message[0] != CLOSE:
            if message[0] == 10:
                pongs.append(message[1])
            elif message[1][:1] == b"\x01":
                out += message[1][1:]
        self.assertEqual((pongs, out), ([b"are you there"], b"x\n"))

    def test_byte_by_byte_websocket(self):
        client = self.upgraded_websocket()
        for byte in ws_frame(b"\0typed\n") + ws_frame(b"\xff\0"):
            client.send(bytes([byte]))
        self.assertEqual(client.channels().get(1), b"typed\n")
        self.assert_recorded(stdin=b"typed\n", stdout=b"typed\n")

    def test_a_large_message(self):
        data = os.urandom(1 << 20)
        client = self.upgraded_websocket(EXEC + "?command=sha256sum&stdin=true&stdout=true")
        client.send(ws_frame(b"\0" + data) + ws_frame(b"\xff\0"))
        self.assertEqual(client.channels()[1].split()[0].decode(), hashlib.sha256(data).hexdigest())
        self.assert_recorded(stdin=data)

    @needs_proxy
    def test_broken_messages_end_the_session(self):
        cases = {"unmasked": ws_frame(b"\0x", masked=False), "reserved bits": b"\xf2" + ws_frame(b"\0x")[1:],
            "33 MiB": ws_frame(b"\0" + b"x" * 1000, length=33 << 20), "huge": ws_frame(b"\0", length=1 << 62),
            "continues nothing": ws_frame(b"x", CONTINUATION), "a long ping": ws_frame(b"x" * 200, WS_PING),
            "a fragmented ping": ws_frame(b"x", WS_PING, fin=False), "a bad close": ws_frame(b"\xff\x09"), "a long close": ws_frame(b"\xff\0\0"),
            "an unknown opcode": ws_frame(b"x", 5)}
        for name, message in cases.items():
            with self.subTest(name):
                self.mark_all()
                client = self.upgraded_websocket()
                self.kube.wait_line("start", self.kube_mark)
                client.send(message)
                self.assert_ends(client)
                self.kube.wait_line("gone", self.kube_mark)
                self.assert_recorded(stdout=b"")
        self.assert_alive()

    @needs_proxy
    def test_resizes_that_are_nonsense(self):
        client = self.upgraded_websocket(EXEC + "?command=head&command=-n1&stdin=true&stdout=true&tty=true")
        for text in (b"{}", b"nonsense", b'{"Width":70000,"Height":-1}', b'{"Width":80,"Height":24}' * 2000, b"{" * 5000):
            try:
                client.send(ws_frame(b"\x04" + text))
            except OSError:
                break
        try:
            client.send(ws_frame(b"\0line\n"))
        except OSError:
            pass
        self.assert_ends(client)
        self.session()
        self.assert_alive()

    @needs_proxy
    def test_a_client_that_reads_nothing_costs_no_memory(self):
        client = self.upgraded_websocket(EXEC + "?command=cat&command=/dev/zero&stdout=true")
        before = tools.rss_kib(self.proxy.process.pid)
        self.kube.wait_line("start", self.kube_mark)
        self.assertFalse(client.silent(2))
        self.assertLess(tools.rss_kib(self.proxy.process.pid) - before, 30 * 1024 * tools.PATIENCE)
        client.abort()
        self.kube.wait_line("gone", self.kube_mark)
        self.session()


@needs_proxy
class Strangers(KubeCase):
    """Who does not log in holds one of few places, so not for long."""

    proxy_settings = {"kube_options": "handshake_timeout: 1s"}

    def test_a_stranger_that_says_nothing_is_left(self):
        client = self.raw_client(anonymous=True)
        self.addCleanup(client.close)
        client.socket.settimeout(tools.DEADLINE)
        self.assertEqual(client.read_to_end(), b"")

    def test_a_stranger_that_asks_again_and_again_is_left(self):
        client = self.raw_client(anonymous=True)
        self.addCleanup(client.close)

        def is_left():
            try:
                head, _ = client.request("GET", "/api").answer()
            except OSError:
                return True
            self.assertRegex(head, rb"^HTTP/1.1 401|^$")
            return not head
        tools.wait_until(is_left, "the end", interval=0.2)

    def test_a_user_stays(self):
        client = self.raw_client()
        self.addCleanup(client.close)
        for _ in range(2):
            self.assertRegex(client.request("GET", "/api").answer()[0], rb"^HTTP/1.1 200")
            self.assertTrue(client.silent(4))
