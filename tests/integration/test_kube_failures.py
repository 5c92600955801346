"""Never a silent end: whatever breaks behind or within the proxy, kubectl ends with a status and a message."""

import json
import os
import struct
import subprocess
import threading

from support.bad_kube import SUCCESS, BadKube, exit_status
from support.case import needs_root
from support.kube_case import DIRECT, KubeCase, each_transport, needs_proxy, tools
from support.kube_raw import (BINARY, CLOSE, CONTINUATION, PING, SYN_REPLY, TEXT, SpdyEnd, control, data_frame, ws_frame)

ZEROES = "/api/v1/namespaces/default/pods/bb/exec?command=cat&command=/dev/zero&container=c&stdout=true"


@needs_proxy
class Upstream(KubeCase):
    """The API server's process, or its connection, ends."""

    @each_transport
    def test_an_upstream_killed_in_the_middle(self, program):
        process = self.popen(program, "exec", "bb", "--", "/bin/sh", "-c", "echo begun; sleep 1000")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        self.kube.stop()
        self.addCleanup(lambda: self.kube.process or self.kube.start())
        out, errors = process.communicate(timeout=tools.DEADLINE)
        self.kube.start()
        self.assertNotEqual(process.returncode, 0)
        self.assertTrue(errors.strip())
        session = self.session()
        session.assert_sound(self)
        self.assertEqual(session.bytes("stdout"), b"begun\n" + out)
        self.assertTrue(session.end.get("reason"))

    @each_transport
    def test_an_upstream_killed_amid_bulk(self, program):
        process = self.popen(program, "exec", "bb", "--", "cat", "/dev/zero")
        seen = 0
        while seen < 1 << 20 and (piece := process.stdout.read(1 << 16)):
            seen += len(piece)
        self.assertGreaterEqual(seen, 1 << 20)
        threading.Timer(0.2, self.kube.stop).start()
        self.addCleanup(lambda: self.kube.process or self.kube.start())
        _, errors = process.communicate(timeout=tools.DEADLINE * 2)
        tools.wait_until(lambda: not self.kube.process, "the server's end")
        self.kube.start()
        self.assertNotEqual(process.returncode, 0)
        self.assertTrue(errors.strip())

    @each_transport
    def test_the_proxy_told_to_stop_says_so(self, program):
        process = self.popen(program, "exec", "bb", "--", "/bin/sh", "-c", "echo begun; sleep 1000")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        self.proxy.stop()
        self.addCleanup(lambda: self.proxy.process or self.proxy.start())
        _, errors = process.communicate(timeout=tools.DEADLINE)
        self.proxy.start()
        self.assertNotEqual(process.returncode, 0)
        self.assertTrue(errors.strip())

    @each_transport
    def test_a_crashed_proxy_leaves_a_recording(self, program):
        process = self.popen(program, "exec", "bb", "--", "/bin/sh", "-c", "echo begun; sleep 1000")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        # The recording is on the disk a second later at the latest.
        tools.wait_until(lambda: any(part.stat().st_size > 200 for part in self.proxy.unfinished()), "the recording")
        self.proxy.kill()
        process.communicate(timeout=tools.DEADLINE)
        self.proxy.start()
        session = self.session()
        self.assertEqual(session.end["sid"], session.start["sid"])


@needs_proxy
class Drain(KubeCase):
    proxy_settings = {"options": "drain_timeout: 10m"}

    @each_transport
    def test_the_proxy_told_to_stop_does_not_wait_for_a_watch(self, program):
        process = self.popen(program, "get", "pods", "-w")
        self.assertTrue(process.stdout.readline())
        self.proxy.stop()  # long before drain_timeout
        process.kill()
        self.proxy.start()

    def test_nor_for_one_whose_client_has_sent_its_next_request(self):
        client = self.raw_client()
        self.addCleanup(client.close)
        client.request("GET", "/api/v1/namespaces/default/pods?watch=true")
        client.send(b"GET /api HTTP/1.1\r\n")
        self.assertRegex(client.head(), rb"^HTTP/1.1 200")
        self.proxy.stop()
        self.proxy.start()


@needs_proxy
class ShortDrain(KubeCase):
    proxy_settings = {"options": "drain_timeout: 1s"}

    def test_the_proxy_told_to_stop_does_not_wait_for_who_does_not_read(self):
        client = self.raw_client()
        self.addCleanup(client.close)
        self.assertRegex(client.spdy(ZEROES), rb"^HTTP/1.1 101")
        end = SpdyEnd(client)
        for number, name in ((1, "error"), (3, "stdout")):
            end.open(number, name)
        session = tools.wait_until(lambda: self.proxy.unfinished(), "the recording")
        # As much as the sockets on the way take; then all waits for the client.
        sizes = []

        def stands():
            sizes.append(sum(part.stat().st_size for part in session))
            return len(sizes) > 5 and sizes[-1] == sizes[-6]
        tools.wait_until(stands, "the stall", interval=0.3)
        self.proxy.stop()
        self.proxy.start()
        self.session().assert_sound(self)


@needs_proxy
@needs_root
class FullDisk(KubeCase):
    """data_dir on a file system of 24 MiB."""

    starts_proxy = False
    proxy_settings = {"options": "free_space_floor: 4194304"}

    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.disk = cls.folder / "disk"
        cls.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(cls.disk)], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", "-l", str(cls.disk)], check=False)
        return super().make_proxy(name, data_dir=cls.disk / "data", **settings)

    def free_disk(self):
        for file in (self.proxy.data_dir / "log").rglob("*"):
            if file.suffix in (".tar", ".part"):
                file.unlink()

    @each_transport
    def test_a_disk_that_fills_ends_the_command_loudly(self, program):
        self.proxy.start()
        try:
            done = self.shell(program, "head -c 200000000 /dev/urandom", deadline=120 * tools.PATIENCE)
            self.assert_failed_loudly(done)
            self.assertIn(b"record", done.stderr.lower())
            self.assertLess(len(done.stdout), 60_000_000)
            refused = self.shell(program, "echo in")
            self.assert_failed_loudly(refused)
            self.assertEqual(refused.stdout, b"")
            self.assertEqual(self.kube.lines("start", since=self.kube_mark)[1:], [], "nothing runs unrecorded")
        finally:
            self.proxy.stop()
            self.free_disk()


class Scripted(KubeCase):
    """An API server that does what a test says."""

    kind = "spdy"

    @classmethod
    def make_upstream(cls):
        (cls.folder / "kube").mkdir()
        return BadKube(cls.folder / "kube")

    def script(self, what):
        """`what` runs for upgrades of this class's kind; the other kind is refused, so that whoever asks
        falls back."""
        def run(upgrade):
            if upgrade.is_websocket != (self.kind == "websocket"):
                if self.kind == "websocket":  # as where the upgrade was lost on its way
                    upgrade.refuse("400 Bad Request", b"Upgrade request required")
                else:
                    upgrade.refuse("403 Forbidden")
            else:
                what(upgrade)
        self.kube.script = run

    def run_exec(self, program, **settings):
        return self.exec(program, "true", **settings)

    def no_session(self):
        if self.proxy:
            started = [line["sid"] for line in self.proxy.events()[self.mark:] if line["event"] == "session.start"]
            self.assertEqual(started, [])


@needs_proxy
class BadAnswers(Scripted):
    def answer(self, sent):
        self.kube.answers["/api/v1/odd"] = sent
        client = self.raw_client()
        self.addCleanup(client.close)
        return client, client.request("GET", "/api/v1/odd").answer()

    def test_a_switch_that_nobody_asked_for(self):
        _, (head, _) = self.answer(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n")
        self.assertRegex(head, rb"^HTTP/1.1 502")

    def test_a_length_called_a_matter_of_one_hop(self):
        client, (head, body) = self.answer(b"HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 3\r\n\r\nodd")
        self.assertRegex(head, rb"(?i)\r\nContent-Length: 3")
        self.assertEqual(body, b"odd")
        self.assertRegex(client.request("GET", "/api").answer()[0], rb"^HTTP/1.1 200")


class BadSpdy(Scripted):
    def ends(self, how, output=b"part", reply=True):
        """Output, then what `how(end, streams)` does."""
        def run(upgrade):
            end, streams = upgrade.streams(reply=reply)
            if end:
                if output:
                    end.data(streams["stdout"], output)
                how(end, streams, upgrade)
        self.script(run)

    @staticmethod
    def finish(end, streams, status):
        for name in ("stdout", "stderr"):
            end.data(streams[name], fin=True)
        end.data(streams["error"], status)
        end.reset(streams["error"])
        end.go_away(7)
        end.connection.read_to_end()

    @each_transport
    def test_the_ordinary_end(self, program):
        if DIRECT and program.transport == "websocket":
            return
        self.ends(lambda end, streams, _: self.finish(end, streams, SUCCESS))
        done = self.run_exec(program)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"part", b""))
        self.ends(lambda end, streams, _: self.finish(end, streams, exit_status(7)))
        self.assertEqual(self.run_exec(program).returncode, 7)

    @needs_proxy
    @each_transport
    def test_ends_without_a_status(self, program):
        def reset_all(end, streams, _):
            for stream in streams.values():
                end.reset(stream)

        def go_away(end, streams, _):
            end.go_away(7)

        def finish_all(end, streams, _):
            for stream in streams.values():
                end.data(stream, fin=True)
            end.go_away(7)

        def half_a_status(end, streams, _):
            end.data(streams["error"], SUCCESS[:20])
            end.reset(streams["error"])
            end.go_away(7)

        def half_a_frame(end, streams, _):
            end.connection.send(data_frame(streams["stdout"], b"x" * 100)[:50])

        for how in (lambda *_: None, lambda end, *_: end.connection.abort(), reset_all, go_away, finish_all,
                    half_a_status, half_a_frame):
            with self.subTest(getattr(how, "__name__", "")):
                self.mark_all()
                self.ends(how)
                done = self.run_exec(program)
                self.assert_failed_loudly(done)
                session = self.session()
                session.assert_sound(self)
                self.assertTrue(done.stdout.startswith(b"part") or not done.stdout)
                self.assertTrue(session.end.get("reason"), session.end)
                self.assertTrue(session.bytes("stdout").startswith(done.stdout))

    @needs_proxy
    @each_transport
    def test_a_client_that_leaves_before_the_answer(self, program):
        asked, left = threading.Event(), threading.Event()

        def never_answer(upgrade):
            asked.set()
            upgrade.connection.read_to_end()
            left.set()

        self.script(never_answer)
        process = self.popen(program, "exec", "bb", "--", "true")
        self.assertTrue(asked.wait(tools.DEADLINE))
        process.kill()
        self.assertTrue(left.wait(5 * tools.PATIENCE))  # a third of what the cluster's answer may take
        self.no_session()

    @needs_proxy
    @each_transport
    def test_broken_frames(self, program):
        def wrong_zlib(end, streams, _):
            end.connection.send(control(SYN_REPLY, struct.pack(">I", streams["stdout"]) + b"\xff" * 30))

        def unknown_kind(end, streams, _):
            end.connection.send(control(77, b"\0" * 8))

        def huge_control(end, streams, _):
            end.connection.send(struct.pack(">HHI", 0x8003, SYN_REPLY, 0xffffff) + b"x" * 200_000)
            end.connection.read_to_end()

        def data_for_a_stranger(end, streams, _):
            end.data(99, b"who is it")

        for how in (wrong_zlib, unknown_kind, huge_control, data_for_a_stranger):
            with self.subTest(how.__name__):
                self.mark_all()
                self.ends(how)
                done = self.run_exec(program, deadline=tools.DEADLINE)
                self.assert_failed_loudly(done)
                self.session().assert_sound(self)

    @needs_proxy
    @each_transport
    def test_go_away_before_the_data_loses_nothing_silently(self, program):
        def run(upgrade):
            end, streams = upgrade.streams()
            end.go_away(7)
            end.data(streams["stdout"], b"whole")
            self.finish(end, streams, SUCCESS)
        self.script(run)
        done = self.run_exec(program)
        if done.returncode == 0:
            self.assertEqual(done.stdout, b"whole")
        else:
            self.assertTrue(done.stderr.strip())

    @needs_proxy
    @each_transport
    def test_bytes_glued_to_the_answer(self, program):
        def run(upgrade):
            end, streams = upgrade.streams(early=control(PING, struct.pack(">I", 2)))
            end.data(streams["stdout"], b"whole")
            self.finish(end, streams, SUCCESS)
        self.script(run)
        done = self.run_exec(program)
        self.assertEqual((done.returncode, done.stdout), (0, b"whole"), done.stderr)

    @needs_proxy
    @each_transport
    def test_ignorable_frames_a_large_one_and_a_split_status(self, program):
        data = os.urandom(5_000_000)

        def run(upgrade):
            end, streams = upgrade.streams()
            end.connection.send(control(4, struct.pack(">III", 1, 4, 100)) + control(9, struct.pack(">II", streams["stdout"], 100)) +
                control(PING, struct.pack(">I", 2)) + control(PING, struct.pack(">I", 2)))
            end.data(streams["stdout"], data)
            for stream in ("stdout", "stderr"):
                end.data(streams[stream], fin=True)
            for byte in exit_status(9):
                end.data(streams["error"], bytes([byte]))
            end.reset(streams["error"])
            end.go_away(7)
            end.connection.read_to_end()
        self.script(run)
        done = self.run_exec(program)
        self.assertEqual((done.returncode, done.stdout == data), (9, True), done.stderr)

    @needs_proxy
    @each_transport
    def test_replies_in_any_order(self, program):
        def run(upgrade):
            end, streams = upgrade.streams(reply=False)
            for stream in sorted(streams.values(), reverse=True):
                end.reply(stream)
            end.data(streams["stdout"], b"whole")
            self.finish(end, streams, SUCCESS)
        self.script(run)
        done = self.run_exec(program)
        self.assertEqual((done.returncode, done.stdout), (0, b"whole"), done.stderr)

    @needs_proxy
    @each_transport
    def test_answers_that_are_no_upgrade(self, program):
        status = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "told by the cluster",
            "reason": "Forbidden", "code": 403}).encode()
        for answer, body, headers in (("200 OK", b"fine", ""), ("302 Found", b"", "Location: https://127.0.0.1:1/\r\n"),
                ("403 Forbidden", status, "Content-Type: application/json\r\n"), ("500 Internal Server Error", b"oh", ""),
                ("502 Bad Gateway", b"<html>", "Content-Type: text/html\r\n")):
            with self.subTest(answer):
                self.mark_all()
                self.script(lambda upgrade: upgrade.refuse(answer, body, headers))
                done = self.run_exec(program)
                self.assert_failed_loudly(done)
                self.assertEqual(done.stdout, b"")
                if body == status:
                    self.assertIn(b"told by the cluster", done.stderr)
                self.no_session()

    @needs_proxy
    @each_transport
    def test_a_wrong_protocol_in_the_answer(self, program):
        self.script(lambda upgrade: (upgrade.switch(upgrade="h2c"), upgrade.connection.read_to_end()))
        self.assert_failed_loudly(self.run_exec(program))

    @needs_proxy
    @each_transport
    def test_nonsense_and_no_answer(self, program):
        for answer in (b"", b"\x00\x00\x18\x04\x00\x00\x00\x00\x00", b"HTTP/1.1 101\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"):
            with self.subTest(answer):
                self.mark_all()
                self.script(lambda upgrade: upgrade.connection.send(answer))
                self.assert_failed_loudly(self.run_exec(program))

    @needs_proxy
    @each_transport
    def test_a_client_that_leaves_while_the_upstream_hangs(self, program):
        gone = threading.Event()

        def hang(upgrade):
            upgrade.connection.read_to_end()
            gone.set()
        self.script(hang)
        process = self.popen(program, "exec", "bb", "--", "true")
        tools.wait_until(lambda: self.kube.upgrades[self.kube_mark:], "the upgrade")
        process.kill()
        process.wait()
        self.assertTrue(gone.wait(tools.DEADLINE))
        self.no_session()


class BadWebSocket(Scripted):
    kind = "websocket"

    def ends(self, how):
        def run(upgrade):
            upgrade.switch(early=ws_frame(b"\x01", masked=False))
            upgrade.message(1, b"part")
            how(upgrade)
        self.script(run)

    @staticmethod
    def finish(upgrade, status):
        upgrade.message(3, status)
        upgrade.connection.send(ws_frame(struct.pack(">H", 1000), CLOSE, masked=False))

    @each_transport
    def test_the_ordinary_end(self, program):
        if DIRECT and program.transport == "spdy":
            return
        self.ends(lambda upgrade: self.finish(upgrade, SUCCESS))
        done = self.run_exec(program)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"part", b""))
        self.ends(lambda upgrade: self.finish(upgrade, exit_status(7)))
        self.assertEqual(self.run_exec(program).returncode, 7)

    @needs_proxy
    @each_transport
    def test_ends_without_a_status(self, program):
        def closed(upgrade):
            upgrade.connection.send(ws_frame(struct.pack(">H", 1000), CLOSE, masked=False))

        def half_a_status(upgrade):
            self.finish(upgrade, SUCCESS[:20])

        def half_a_message(upgrade):
            upgrade.connection.send(ws_frame(b"\x01" + b"x" * 100, masked=False)[:50])

        for how in (closed, lambda _: None, lambda upgrade: upgrade.connection.abort(), half_a_status, half_a_message):
            with self.subTest(getattr(how, "__name__", "")):
                self.mark_all()
                self.ends(how)
                done = self.run_exec(program)
                self.assert_failed_loudly(done)
                session = self.session()
                session.assert_sound(self)
                self.assertTrue(session.end.get("reason"), session.end)

    @needs_proxy
    @each_transport
    def test_broken_messages(self, program):
        broken = {
            "masked": ws_frame(b"\x01x", masked=True),
            "reserved bits": bytes([0xf2]) + ws_frame(b"\x01x", masked=False)[1:],
            "huge": ws_frame(b"\x01x", masked=False, length=1 << 40),
            "33 MiB": ws_frame(b"\x01x", masked=False, length=33 << 20),
            "continues nothing": ws_frame(b"x", CONTINUATION, masked=False),
            "long ping": ws_frame(b"x" * 126, 9, masked=False),
        }
        for name, frame in broken.items():
            with self.subTest(name):
                self.mark_all()
                self.ends(lambda upgrade: (upgrade.connection.send(frame), upgrade.connection.read_to_end()))
                done = self.run_exec(program, deadline=tools.DEADLINE)
                self.assert_failed_loudly(done)
                self.session().assert_sound(self)

    @needs_proxy
    @each_transport
    def test_fragments_and_a_split_status(self, program):
        def run(upgrade):
            for opcode, fin, payload in ((BINARY, False, b"\x01who"), (CONTINUATION, False, b""), (CONTINUATION, True, b"le")):
                upgrade.connection.send(ws_frame(payload, opcode, fin, masked=False))
            status = exit_status(9)
            upgrade.message(3, status[:30])
            self.finish(upgrade, status[30:])
        self.ends(run)
        done = self.run_exec(program)
        self.assertEqual((done.returncode, done.stdout), (9, b"partwhole"), done.stderr)

    @needs_proxy
    @each_transport
    def test_a_text_message_is_not_lost_silently(self, program):
        self.ends(lambda upgrade: (upgrade.connection.send(ws_frame(b"\x01text", TEXT, masked=False)), self.finish(upgrade, SUCCESS)))
        done = self.run_exec(program)
        if done.returncode == 0:
            self.assertEqual(done.stdout, b"parttext")

    @needs_proxy
    @each_transport
    def test_a_wrong_accept_key(self, program):
        def run(upgrade):
            upgrade.connection.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n")
            upgrade.connection.read_to_end()
        self.script(run)
        self.assert_failed_loudly(self.run_exec(program))
