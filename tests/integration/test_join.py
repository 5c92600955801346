"""Shared sessions: others join, see, type, pause, end; nobody of them can hurt the owner's."""

import os
import random
import signal
import textwrap
import time

from support import records, tools
from support.case import Case, needs_proxy
from support.client import Client
from support.screens import Screens
from support.terminal import Terminal

ROLES = """\
  - {name: all, allow: {logins: [root], targets: {"*": "*"}}}
  - {name: watcher, allow: {join_sessions: [{modes: [observer]}]}}
  - {name: helper, allow: {join_sessions: [{modes: [observer, peer]}]}}
  - {name: boss, allow: {join_sessions: [{modes: [observer, peer, moderator]}]}}"""

NO_SID = "00000000-0000-4000-8000-000000000000"
ESCAPE = "\x1d"

# A full-screen program: alternate screen, colours, line drawing, margins, wide characters, no cursor.
FULL_SCREEN = textwrap.dedent(r"""
    printf '\033[?1049h\033[2J\033[1;1H\033(0lqqqqqqk\033(B \033[1;44mBOLD\033[0m \033[38;5;208mcolour\033[48;2;10;20;30m true \033[0m'
    printf '\033[3;1H\344\275\240\345\245\275 e\314\201 wide\033[5;10r\033[10;1Hscroll\n\nup\033[r\033[12;7H\033[7mreverse\033[0m\033[4munder\033[0m'
    printf '\033[24;70H0123456789\033[20;5H\033[31m'
""").strip()


class JoinCase(Case):
    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.others = {user: Client(cls.folder / user, user) for user in ("walt", "hedy", "bella", "nobody")}
        users = {"alice": [cls.client.key], **{user: [client.key] for user, client in cls.others.items()}}
        return super().make_proxy(name, **{"users": users, "roles": ROLES,
            "user_roles": {"walt": "watcher", "hedy": "helper", "bella": "boss", "nobody": "all"}, **cls.proxy_settings, **settings})

    def setUp(self):
        super().setUp()
        self.screens = Screens(self.folder)
        self.addCleanup(self.screens.close)

    def owner(self, *arguments, **settings):
        """A shell of alice's, and its id."""
        mark = self.proxy.mark()
        terminal = self.terminal(*arguments, **settings)
        start = self.proxy.wait_event("session.start", mark)
        terminal.send("PS1='$ '; unset PROMPT_COMMAND; bind 'set enable-bracketed-paste off' 2>/dev/null; clear; echo rea''dy\n")
        terminal.expect(rb"ready")
        return terminal, start["sid"]

    def command(self, user, command, sid, *more, flags=("-t",)):
        client = self.client if user == "alice" else self.others[user]
        return client.ssh_command(self.port, command, *flags, "--", sid, *more)

    def join(self, user, command, sid, *more, **settings):
        terminal = Terminal(self.command(user, command, sid, *more), env=self.client.environment({"TERM": "xterm"}), **settings)
        self.addCleanup(terminal.close)
        return terminal

    def ask(self, user, command, *arguments):
        client = self.client if user == "alice" else self.others[user]
        return client.ssh(self.port, command, "--", *arguments)

    def ended(self, sid):
        end = self.proxy.wait_event("session.end", self.mark, sid=sid)
        session = self.proxy.session_of(next(event for event in self.proxy.events("session.start") if event["sid"] == sid), self.mark)
        session.assert_sound(self)
        return end, session


@needs_proxy
class Join(JoinCase):
    def test_an_observer_sees_what_was_and_what_comes(self):
        owner, sid = self.owner()
        watcher = self.join("walt", "+observe", sid)
        watcher.expect(rb"ready")
        owner.expect(rb"walt has joined as observer")
        owner.send("echo li''ve\n")
        watcher.expect(rb"live")
        watcher.send("echo not-typed\n")
        owner.send("echo se''cond\n")
        watcher.expect(rb"second")
        self.assertNotIn(b"not-typed", owner.shown)
        watcher.send(ESCAPE + "l")
        self.assertEqual(watcher.wait(), 0)
        self.assertIn(b"you have left the session", watcher.shown)
        owner.expect(rb"walt has left")
        owner.send("exit 3\n")
        self.assertEqual(owner.wait(), 3)
        end, session = self.ended(sid)
        self.assertEqual(end["participants"], ["alice", "walt"])
        join = self.proxy.wait_event("session.join", self.mark, sid=sid)
        leave = self.proxy.wait_event("session.leave", self.mark, sid=sid)
        self.assertEqual((join["user"], join["mode"], leave["user"]), ("walt", "observer", "walt"))
        self.assertEqual([kind for kind in session.kinds() if kind in ("session.join", "session.leave")],
            ["session.join", "session.leave"])

    def test_a_peer_types_and_the_recording_says_who(self):
        owner, sid = self.owner()
        peer = self.join("hedy", "+join", sid, "peer")
        owner.expect(rb"hedy has joined as peer")
        peer.send("echo fr''om-hedy\n")
        owner.expect(rb"from-hedy")
        peer.expect(rb"from-hedy")
        owner.send("exit\n")
        peer.expect(rb"session has ended|closed")
        peer.wait()
        _, session = self.ended(sid)
        typed = {"": b"", "hedy": b""}
        for event in session.play():
            if event["event"] == "print":
                typed[event.get("party", "")] += records.decode(event.get("input"))
        self.assertEqual(typed["hedy"], b"echo fr''om-hedy\n")
        self.assertIn(b"exit", typed[""])

    def test_what_would_act_on_a_terminal_is_shown_to_no_party(self):
        owner, sid = self.owner()
        watcher, peer = self.join("walt", "+observe", sid), self.join("hedy", "+join", sid, "peer")
        owner.expect(rb"has joined.*has joined")
        owner.send(r"printf '\033]52;c;aGVsbG8=\007\033]0;title\007\033[c\033[6n\033[?1h\033[31mred\033[0m vis'; echo ible" + "\n")
        for terminal in (owner, watcher, peer):
            terminal.expect(rb"red\x1b\[0?m visible")
        for sequence in (b"\x1b]52", b"\x1b]0", b"\x1b[c", b"\x1b[6n"):
            self.assertIn(sequence, owner.shown)
            self.assertNotIn(sequence, watcher.shown)
            self.assertNotIn(sequence, peer.shown)
        self.assertIn(b"\x1b[?1h", peer.shown)  # or his cursor keys would send something else
        self.assertNotIn(b"\x1b[?1h", watcher.shown)
        owner.send("exit\n")
        owner.wait()
        self.ended(sid)

    def test_refused_joins_stand_in_the_log(self):
        owner, sid = self.owner()
        for session in (sid, NO_SID):
            mark = self.proxy.mark()
            self.ask("nobody", "+observe", session)
            rejected = self.proxy.wait_event("session.rejected", mark)
            self.assertEqual(rejected["user"], "nobody")
            self.assertIn(session, rejected["reason"])
        owner.send("exit\n")
        owner.wait()

    def test_a_terminal_of_one_cell_and_one_of_a_million(self):
        owner, sid = self.owner()
        small, large = (self.join("walt", "+observe", sid, columns=c, rows=r) for c, r in ((1, 1), (1000, 1000)))
        owner.expect(rb"has joined.*has joined")
        peer = self.join("hedy", "+join", sid, "peer", columns=1000, rows=1000)
        owner.expect(rb"hedy has joined")
        owner.resize(1000, 1000)
        tools.wait_until(lambda: self.proxy.events("resize")[-1:] and self.proxy.events("resize")[-1]["size"] == "1000:1000", "the resize")
        owner.send("seq 2000; echo wi''de\n")
        for terminal in (owner, small, large, peer):
            terminal.expect(rb"wide")
        peer.resize(1, 1)
        tools.wait_until(lambda: self.proxy.events("resize")[-1]["size"] == "1:1", "the resize")
        owner.send("exit\n")
        owner.wait()
        self.ended(sid)

    def test_the_smallest_terminal_rules(self):
        owner, sid = self.owner(columns=100, rows=40)
        peer = self.join("hedy", "+join", sid, "peer", columns=70, rows=50)
        owner.expect(rb"hedy has joined")
        owner.send("stty size\n")
        owner.expect(rb"40 70")
        peer.resize(60, 20)
        tools.wait_until(lambda: self.proxy.events("resize")[-1:] and self.proxy.events("resize")[-1]["size"] == "60:20", "the resize")
        owner.send("stty size\n")
        owner.expect(rb"20 60")
        peer.send(ESCAPE + "l")
        owner.expect(rb"hedy has left")
        owner.send("stty size\n")
        owner.expect(rb"40 100")
        owner.send("exit\n")
        owner.wait()
        self.ended(sid)

    def test_a_moderator_pauses_and_ends(self):
        owner, sid = self.owner()
        boss = self.join("bella", "+moderate", sid)
        owner.expect(rb"bella has joined as moderator")
        boss.send("echo moderators-do-not-type\n")
        boss.send(ESCAPE + "p")
        owner.expect(rb"bella has paused")
        owner.send("echo wai''ted\n")
        time.sleep(0.5)
        owner._read(0.2)
        self.assertNotIn(b"waited", owner.shown)
        boss.send(ESCAPE + "g")
        owner.expect(rb"waited")
        boss.send(ESCAPE + "t")
        self.assertEqual(owner.wait(), 255)
        self.assertIn(b"session ended by bella", owner.shown)
        boss.expect(rb"session ended by bella")
        self.assertNotIn(b"do-not-type", owner.shown)
        end, _ = self.ended(sid)
        self.assertEqual(end["reason"], "session ended by bella")

    def test_one_answer_for_not_allowed_and_no_such(self):
        owner, sid = self.owner()
        answers = set()
        for user, command, arguments in (("nobody", "+observe", (sid,)), ("nobody", "+observe", (NO_SID,)),
                ("walt", "+join", (sid, "peer")), ("hedy", "+moderate", (sid,)), ("bella", "+join", (NO_SID,)), ("bella", "+join", ("x" * 300,))):
            done = self.ask(user, command, *arguments)
            self.assertEqual((done.returncode, done.stdout), (255, b""), done.stderr)
            answers.add(done.stderr.decode().rpartition(":")[0].strip())
        self.assertEqual(answers, {"verbatim: no such session, or you may not join it"})
        self.assertEqual(self.ask("bella", "+join").returncode, 2)
        self.assertEqual(self.ask("bella", "+join", sid, "king").returncode, 2)
        self.assertEqual(self.ask("bella", "+join", sid, "peer").returncode, 2)  # no terminal
        owner.send("exit\n")
        owner.wait()

    def test_a_session_without_terminal_cannot_be_joined(self):
        process = self.popen("--", "echo up; cat")
        self.assertEqual(process.stdout.readline(), b"up\n")
        sid = self.proxy.wait_event("session.start", self.mark)["sid"]
        done = self.ask("bella", "+observe", sid)
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertIn(b"no terminal", done.stderr)

    def test_an_observer_that_stops_reading(self):
        owner, sid = self.owner()
        stuck = self.join("walt", "+observe", sid)
        stuck.expect(rb"ready")
        os.kill(stuck.process.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            lines = 400_000 if os.environ.get("VERBATIM_SANITIZE", "") else 2_000_000
            owner.send(f"seq 1 {lines}; echo do''ne\n")
            owner.expect(rb"done", 60)
            self.assertLess(time.monotonic() - began, 60)
            shown = len(owner.shown)
        finally:
            os.kill(stuck.process.pid, signal.SIGCONT)
        stuck.expect(rb"done", 60)
        self.assertLess(len(stuck.shown), shown * 3 // 4)
        stuck.send(ESCAPE + "l")
        stuck.expect(rb"skipped forward")
        owner.send("exit\n")
        owner.wait()
        self.ended(sid)
        self.assertGreater(self.proxy.wait_event("session.leave", self.mark, sid=sid)["skips"], 0)

    def test_the_list_tells(self):
        owner, sid = self.owner()
        watcher = self.join("walt", "+observe", sid)
        owner.expect(rb"walt has joined")
        row = next(line for line in self.ask("alice", "+ls").stdout.decode().splitlines() if sid in line)
        self.assertIn("running", row)
        self.assertRegex(row, r" 1 +running$")
        watcher.close()
        owner.expect(rb"walt has left")
        owner.send("exit\n")
        owner.wait()


@needs_proxy
class Screenshots(JoinCase):
    """What a late joiner's terminal shows equals the owner's, cell by cell."""

    def open_owner(self, **size):
        mark = self.proxy.mark()
        owner = self.screens.open(self.client.ssh_command(self.port, self.user, "-t"), **size)
        sid = self.proxy.wait_event("session.start", mark)["sid"]
        owner.send("PS1='$ '; unset PROMPT_COMMAND; bind 'set enable-bracketed-paste off' 2>/dev/null; clear; echo rea''dy")
        owner.key("Enter")
        owner.expect("ready")
        return owner, sid

    def assert_same(self, owner, *others):
        end = time.monotonic() + tools.DEADLINE
        for other in others:
            while owner.cells() != other.cells() and time.monotonic() < end:
                time.sleep(0.1)
            self.assertEqual(owner.cells(), other.cells())

    def test_a_shell_and_a_full_screen_program(self):
        owner, sid = self.open_owner()
        early = self.screens.open(self.command("walt", "+observe", sid))
        owner.expect("walt has joined")
        script = self.folder / "full.sh"
        script.write_text(FULL_SCREEN + "\nread x\nprintf '\\033[?1049l\\033[0mback\\n'\n")
        owner.send("ls --color=always -la /; echo some words")
        owner.key("Enter")
        owner.expect("some words")
        self.assert_same(owner, early)
        owner.send(f"sh {script}")
        owner.key("Enter")
        owner.expect("0123456789")
        late = self.screens.open(self.command("bella", "+join", sid))
        late.expect("0123456789")
        self.assert_same(owner, early, late)
        owner.key("Enter")
        owner.expect("back")
        self.assert_same(owner, early, late)
        owner.send("exit")
        owner.key("Enter")
        self.ended(sid)

    def test_an_editor(self):
        owner, sid = self.open_owner()
        owner.send("vi -u NONE -N /etc/services")
        owner.key("Enter")
        owner.expect("tcpmux")
        late = self.screens.open(self.command("walt", "+observe", sid))
        late.expect("tcpmux")
        for keys in ("20j", "3dd", "/http\r", "ihello there", "\x1b", "zt", ":set number\r", "\x06"):
            owner.send(keys)
        time.sleep(0.5)
        self.assert_same(owner, late)
        owner.send(":q!")
        owner.key("Enter")
        owner.expect("$ ")
        self.assert_same(owner, late)
        owner.send("exit")
        owner.key("Enter")
        self.ended(sid)


MODERATED = """\
  - {name: all, allow: {logins: [root], targets: {"*": "*"}, require_session_join: [{name: four-eyes, filter: 'contains(user.spec.roles, "boss")', kinds: [ssh], modes: [moderator], on_leave: %s}]}, options: {port_forwarding: true}}
  - {name: watcher, allow: {join_sessions: [{modes: [observer]}]}}
  - {name: helper, allow: {join_sessions: [{modes: [observer, peer]}]}}
  - {name: boss, allow: {join_sessions: [{modes: [observer, peer, moderator]}]}}"""


class ModeratedCase(JoinCase):
    def pending(self):
        """A shell of alice's that waits, and its id."""
        owner = self.terminal()
        match = owner.expect(rb"waits for 1 more with the role boss as moderator to join it: ([0-9a-f-]{36})")
        return owner, match[1].decode()


@needs_proxy
class Moderated(ModeratedCase):
    proxy_settings = {"roles": MODERATED % "terminate"}

    def test_it_starts_when_the_moderator_is_there_and_ends_when_he_leaves(self):
        owner, sid = self.pending()
        self.assertEqual(self.proxy.events("session.start")[self.mark:], [])
        self.assertIn("pending", self.ask("alice", "+ls").stdout.decode())
        owner.send("echo too-early\n")
        watcher = self.join("walt", "+observe", sid)
        owner.expect(rb"walt has joined")
        owner.expect(rb"waits for")
        watcher.expect(rb"walt has joined")
        boss = self.join("bella", "+moderate", sid)
        start = self.proxy.wait_event("session.start", self.mark)
        self.assertEqual(start["sid"], sid)
        self.assertEqual([event["user"] for event in (self.proxy.wait_event("session.join", self.mark, sid=sid, user=user) for user in ("walt", "bella"))],
            ["walt", "bella"])
        owner.send("echo sta''rted\n")
        owner.expect(rb"started")
        watcher.expect(rb"started")
        self.assertNotIn(b"too-early", owner.shown)
        boss.send(ESCAPE + "l")
        self.assertEqual(owner.wait(), 255)
        self.assertIn(b"it may not run without 1 more with the role boss", owner.shown)
        end, _ = self.ended(sid)
        self.assertEqual(end["participants"], ["alice", "walt", "bella"])

    def test_the_owner_gives_up(self):
        owner, sid = self.pending()
        owner.send("\x03")
        self.assertEqual(owner.wait(), 255)
        rejected = self.proxy.wait_event("session.rejected", self.mark)
        self.assertIn("given up", rejected["reason"])
        self.assertEqual(self.ask("bella", "+moderate", sid).returncode, 255)

    def test_the_owner_vanishes_while_it_waits(self):
        owner, sid = self.pending()
        os.kill(owner.process.pid, signal.SIGKILL)
        self.proxy.wait_event("session.rejected", self.mark)
        tools.wait_until(lambda: self.ask("alice", "+ls").stdout.decode().find(sid) < 0, "the end of the session")

    def test_a_waiting_session_is_ended(self):
        owner, sid = self.pending()
        self.assertEqual(self.ask("bella", "+kill", sid).returncode, 0)
        self.assertEqual(owner.wait(), 255)
        self.assertIn(b"session ended by bella", owner.shown)

    def test_what_nobody_can_watch_does_not_run(self):
        done = self.ssh("--", "echo no")
        self.assert_refused(done, "require_session_join", "ssh -t")
        done = self.client.ssh(self.port, self.user, "-W", f"127.0.0.1:{self.target.port}")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, b"")


@needs_proxy
class Paused(ModeratedCase):
    proxy_settings = {"roles": MODERATED % "pause"}

    def test_it_waits_for_the_moderator_to_come_back(self):
        owner, sid = self.pending()
        boss = self.join("bella", "+moderate", sid)
        self.proxy.wait_event("session.start", self.mark)
        owner.send("echo fi''rst\n")
        owner.expect(rb"first")
        boss.close()
        owner.expect(rb"paused: the session waits for 1 more")
        owner.send("echo se''cond\n")
        time.sleep(0.5)
        owner._read(0.2)
        self.assertNotIn(b"second", owner.shown)
        self.join("bella", "+moderate", sid)
        owner.expect(rb"second")
        owner.send("exit\n")
        owner.wait()
        self.ended(sid)


@needs_proxy
class Storm(JoinCase):
    """Random joins, leaves, sizes, keys, pauses and ends at once."""

    rounds = 4

    def test_nothing_hangs_and_every_session_ends(self):
        chance = random.Random(11)
        began = 0
        for _ in range(self.rounds):
            owners = [self.owner() for _ in range(3)]
            began += len(owners)
            parties = []
            for _ in range(40):
                owner, sid = chance.choice(owners)
                act = chance.randrange(8)
                if act < 3 and len(parties) < 12:
                    user, words = chance.choice((("walt", ("+observe", sid)), ("hedy", ("+join", sid, "peer")),
                        ("bella", ("+moderate", sid)), ("bella", ("+join", sid, "observer"))))
                    parties.append(self.join(user, *words, columns=chance.choice((1, 40, 80, 300)), rows=chance.choice((1, 24, 60))))
                elif act == 3:
                    owner.send("printf '\\033[3%dm%s\\r\\n' 1 colour; seq 200\n")
                elif act == 4:
                    owner.resize(chance.choice((20, 80, 132)), chance.choice((5, 24, 50)))
                elif parties and act == 5:
                    chance.choice(parties).resize(chance.choice((1, 50, 1000)), chance.choice((1, 30, 1000)))
                elif parties and act == 6:
                    self.poke(chance, chance.choice(parties))
                elif parties and act == 7:
                    party = parties.pop(chance.randrange(len(parties)))
                    party.process.send_signal(chance.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)))
            for number, (owner, sid) in enumerate(owners):
                if number == 0:
                    owner.process.kill()
                elif number == 1:
                    self.ask("bella", "+kill", sid)
                else:
                    self.ask("alice", "+kill", sid)
            for terminal in parties + [owner for owner, _ in owners]:
                terminal.process.wait(tools.DEADLINE)
        tools.wait_until(lambda: len([event for event in self.proxy.events()[self.mark:] if event["event"] == "session.end"]) == began, "all ends")
        joins, leaves = ([event for event in self.proxy.events()[self.mark:] if event["event"] == kind] for kind in ("session.join", "session.leave"))
        self.assertEqual(len(leaves), len(joins))
        self.assert_alive()

    @staticmethod
    def poke(chance, party):
        try:
            party.send(chance.choice(("echo hi\n", ESCAPE + "h", ESCAPE + "p", ESCAPE + "g", ESCAPE + ESCAPE, ESCAPE + "x", ESCAPE + "l")))
        except OSError:
            pass  # it has ended


@needs_proxy
class Crowd(JoinCase):
    proxy_settings = {"ssh_options": "max_unauthenticated: 300, max_unauthenticated_per_source: 300"}
    count = 30 if os.environ.get("VERBATIM_SANITIZE", "") else 100

    def test_a_hundred_observers_of_a_busy_session(self):
        owner, sid = self.owner()
        crowd = [self.popen_join(sid) for _ in range(self.count)]
        tools.wait_until(lambda: len(self.proxy.events("session.join")) == self.count, "all to join", 120)
        owner.send("for i in $(seq 200); do printf 'line %d of the busy session\\r\\n' $i; sleep 0.01; done; echo al''l-done\n")
        owner.expect(rb"all-done", 120)
        for _, file in crowd:
            tools.wait_until(lambda: b"all-done" in file.read_bytes(), "an observer's last line", 60)
        owner.send("exit\n")
        self.assertEqual(owner.wait(), 0)
        for process, _ in crowd:
            self.assertEqual(process.wait(tools.DEADLINE), 0)
        _, session = self.ended(sid)
        shown = session.bytes("stdout")
        for number in range(1, 201):
            self.assertIn(b"line %d of the busy session" % number, shown)

    def popen_join(self, sid):
        """ssh without a terminal: its output in a file."""
        file = self.folder / f"crowd-{len(os.listdir(self.folder))}"
        with open(file, "wb") as out:
            process = self.others["walt"].popen(self.port, "+observe", "--", sid, stdout=out, stderr=out)
        self.addCleanup(self._end, process)
        return process, file
