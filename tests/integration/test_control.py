"""The control socket: verbatim sessions, kill and join on the proxy's own machine."""

import json
import os
import signal
import socket
import stat
import struct
import subprocess

from support import records, tools
from support.case import Case, needs_proxy, needs_root
from support.proxy import binary, environment
from support.terminal import Terminal

NO_SID = "00000000-0000-4000-8000-000000000000"
ESCAPE = "\x1d"


def frame(kind, payload):
    return struct.pack(">IB", len(payload), kind) + payload


@needs_proxy
class Control(Case):
    def setUp(self):
        super().setUp()
        self.socket = self.proxy.data_dir / "run" / "control.sock"

    def shell(self):
        mark = self.proxy.mark()
        terminal = self.terminal()
        sid = self.proxy.wait_event("session.start", mark)["sid"]
        terminal.send("PS1='$ '; unset PROMPT_COMMAND; bind 'set enable-bracketed-paste off' 2>/dev/null; clear; echo rea''dy\n")
        terminal.expect(rb"ready")
        return terminal, sid

    def command(self, *words):
        return [binary(), words[0], "-c", str(self.proxy.config), *words[1:]]

    def join(self, *words, **settings):
        terminal = Terminal(self.command("join", *words), env={**environment(), "TERM": "xterm"}, **settings)
        self.addCleanup(terminal.close)
        return terminal

    def raw(self, *frames):
        """Bytes of our own making; what comes back until the end."""
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(tools.DEADLINE)
        connection.connect(str(self.socket))
        connection.sendall(b"".join(frames))
        got = b""
        while piece := connection.recv(65536):
            got += piece
        return got

    def test_the_socket_is_the_proxys_own(self):
        self.assertEqual(stat.S_IMODE(self.socket.stat().st_mode), 0o600)
        self.assertTrue(stat.S_ISSOCK(self.socket.stat().st_mode))

    def test_sessions_are_listed(self):
        done = self.proxy.run("sessions")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "No session runs that you may see.\n", ""))
        self.assertEqual(self.proxy.run("sessions", "--json").stdout, "")
        owner, sid = self.shell()
        lines = self.proxy.run("sessions").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["ID", "USER", "LOGIN", "TARGET", "KIND", "SINCE", "SIZE", "OUT", "IN", "JOINED", "STATE"])
        self.assertRegex(lines[1], rf"^{sid}  alice +root +web1 +ssh shell +\S+Z +80x24 +\d+ +\d+ +0 +running$")
        row = json.loads(self.proxy.run("sessions", "--json").stdout)
        self.assertEqual([row[key] for key in ("sid", "user", "login", "target", "proto", "kind", "size", "parties", "state")],
            [sid, "alice", "root", "web1", "ssh", "shell", "80:24", 0, "running"])
        self.assertGreater(row["tx"], 0)
        owner.send("exit\n")
        owner.wait()

    def test_a_session_is_ended(self):
        owner, sid = self.shell()
        done = self.proxy.run("kill", sid)
        self.assertEqual((done.returncode, done.stdout), (0, f"ended {sid}\n"))
        self.assertEqual(owner.wait(), 255)
        self.assertIn(b"session ended by local/root" if os.geteuid() == 0 else b"session ended by local/", owner.shown)
        self.assertIn("session ended by local/", self.proxy.wait_event("session.end", self.mark, sid=sid)["reason"])
        for unknown in (sid, NO_SID, "x", "\x1b[2J"):
            done = self.proxy.run("kill", unknown)
            self.assertEqual((done.returncode, done.stdout), (1, ""), unknown)
            self.assertIn("no such session", done.stderr)
            self.assertNotIn("\x1b", done.stderr)
        self.assertEqual(self.proxy.run("kill").returncode, 2)

    def test_the_hangup_reaches_the_program_at_the_target(self):
        owner, sid = self.shell()
        told = self.folder / "hangup"
        owner.send(f"trap 'echo hung-up > {told}; exit' HUP; echo trap''ped; while :; do sleep 0.1; done\n")
        owner.expect(rb"trapped")
        self.assertEqual(self.proxy.run("kill", sid).returncode, 0)
        tools.wait_until(lambda: told.exists() and told.read_text() == "hung-up\n", "the program's trap")

    def test_a_peer_sees_types_and_leaves(self):
        owner, sid = self.shell()
        peer = self.join(sid, "peer")
        peer.expect(rb"ready")
        owner.expect(rb"local/\S+ has joined as peer")
        peer.send("echo fr''om-here\n")
        owner.expect(rb"from-here")
        peer.expect(rb"from-here")
        peer.resize(60, 20)
        tools.wait_until(lambda: self.proxy.events("resize")[-1:] and self.proxy.events("resize")[-1]["size"] == "60:20", "the resize")
        peer.send(ESCAPE + "h")
        peer.expect(rb"Ctrl-\] then l leaves")
        peer.send(ESCAPE + "l")
        self.assertEqual(peer.wait(), 0)
        self.assertIn(b"you have left the session", peer.shown)
        owner.expect(rb"local/\S+ has left")
        owner.send("exit 3\n")
        self.assertEqual(owner.wait(), 3)
        end = self.proxy.wait_event("session.end", self.mark, sid=sid)
        name = end["participants"][1]
        self.assertRegex(name, r"^local/")
        join = self.proxy.wait_event("session.join", self.mark, sid=sid)
        self.assertEqual((join["user"], join["mode"], join["proto"]), (name, "peer", "local"))
        self.assertRegex(join["addr.remote"], r"^process \d+$")
        session = self.proxy.session_of(next(e for e in self.proxy.events("session.start") if e["sid"] == sid), self.mark)
        typed = b"".join(records.decode(e.get("input")) for e in session.play()
            if e["event"] == "print" and e.get("party") == name)
        self.assertEqual(typed, b"echo fr''om-here\n")

    def test_a_moderator_ends_it(self):
        owner, sid = self.shell()
        boss = self.join(sid, "moderator")
        boss.expect(rb"ready")
        boss.send(ESCAPE + "t")
        self.assertEqual(owner.wait(), 255)
        self.assertEqual(boss.wait(), 0)
        self.assertIn(b"session ended by local/", boss.shown)

    def test_the_owners_end_ends_all(self):
        owner, sid = self.shell()
        watcher = self.join(sid)
        watcher.expect(rb"ready")
        owner.send("exit\n")
        self.assertEqual(owner.wait(), 0)
        self.assertEqual(watcher.wait(), 0)
        self.assertRegex(watcher.shown, rb"session has ended|closed")

    def test_without_a_terminal_one_watches(self):
        owner, sid = self.shell()
        process = subprocess.Popen(self.command("join", sid), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment())
        self.addCleanup(self._end, process)
        owner.expect(rb"has joined as observer")
        owner.send("echo pi''ped; exit\n")
        out, errors = process.communicate(timeout=tools.DEADLINE)
        self.assertIn(b"piped", out)
        self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(self.proxy.run("join", NO_SID, "peer").returncode, 2)
        done = self.proxy.run("join", NO_SID)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("no such session", done.stderr)

    def test_a_joiner_that_is_killed_has_left(self):
        owner, sid = self.shell()
        watcher = self.join(sid)
        watcher.expect(rb"ready")
        os.kill(watcher.process.pid, signal.SIGKILL)
        owner.expect(rb"local/\S+ has left")
        self.proxy.wait_event("session.leave", self.mark, sid=sid)
        owner.send("exit\n")
        owner.wait()

    def test_what_cannot_be_read_is_refused(self):
        for bad in (b"\xff" * 5, frame(2, b"keys"), frame(9, b""), frame(1, b"{}"), frame(1, b"x"), frame(1, b'{"words":["steal"]}')):
            answer = self.raw(bad)
            self.assertIn(struct.pack(">IBI", 4, 5, 255), answer, bad)
        self.assertEqual(self.proxy.run("sessions").returncode, 0)

    def test_many_clients_at_once_are_bounded(self):
        there = []
        for _ in range(80):
            connection = socket.socket(socket.AF_UNIX)
            self.addCleanup(connection.close)
            connection.connect(str(self.socket))
            there.append(connection)
        for connection in there:
            connection.close()
        tools.wait_until(lambda: self.proxy.run("sessions").returncode == 0, "the proxy to answer")

    @needs_root
    def test_other_accounts_may_not(self):
        # Even one to whom the file was left open by mistake.
        script = ("import os,socket,sys\nos.setgid(65534); os.setuid(65534)\ns=socket.socket(socket.AF_UNIX)\n"
            "try:\n s.connect(sys.argv[1])\n s.sendall(b'\\0\\0\\0\\x10\\1{\"words\":[\"ls\"]}')\n"
            " got=s.recv(100)\nexcept (PermissionError, ConnectionError): got=b''\nprint(len(got))\n")
        ask = lambda: subprocess.run(["/usr/bin/python3", "-c", script, str(self.socket)], capture_output=True, text=True, timeout=tools.DEADLINE)
        self.assertEqual(ask().stdout, "0\n")
        run = self.socket.parent
        for path, mode in ((run.parent, 0o755), (run, 0o755), (self.socket, 0o666)):
            self.addCleanup(path.chmod, stat.S_IMODE(path.stat().st_mode))
            path.chmod(mode)
        done = ask()
        self.assertEqual(done.stdout, "0\n", done.stderr)
        tools.wait_until(lambda: "control connection refused" in self.proxy.log, "the line in the log")


@needs_proxy
class NotRunning(Case):
    starts_proxy = False

    def test_nobody_answers(self):
        for words in (("sessions",), ("kill", NO_SID), ("join", NO_SID)):
            done = self.proxy.run(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("no proxy runs here", done.stderr)
            self.assertIn("verbatim start", done.stderr)

    def test_a_socket_that_a_crash_left_is_replaced(self):
        self.proxy.start()
        self.proxy.kill()
        self.assertIn("no proxy runs here", self.proxy.run("sessions").stderr)
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.assertEqual(self.proxy.run("sessions").returncode, 0)
        self.proxy.stop()
        self.assertFalse((self.proxy.data_dir / "run" / "control.sock").exists())


@needs_proxy
class LongPath(Case):
    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        return super().make_proxy(name, data_dir=cls.folder / ("long-" * 24) / "data", **settings)

    def test_it_works_all_the_same(self):
        self.assertEqual(self.proxy.run("sessions").returncode, 0)
