"""Administration over ssh: +help, +ls, +kill, and the list of targets."""

import re

from support import tools
from support.case import Case, needs_proxy
from support.client import Client

ROLES = """\
  - {name: all, allow: {logins: [root], targets: {"*": "*"}}}
  - {name: watcher, allow: {sessions: [list]}}
  - {name: admin, allow: {sessions: [list, kill]}}"""

NO_SID = "00000000-0000-4000-8000-000000000000"


@needs_proxy
class Admin(Case):
    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.others = {user: Client(cls.folder / user, user) for user in ("bob", "walt", "carol")}
        users = {"alice": [cls.client.key], **{user: [client.key] for user, client in cls.others.items()}}
        return super().make_proxy(name, users=users, roles=ROLES,
            user_roles={"walt": "watcher", "carol": "admin"}, **settings)

    def ask(self, user, name, *arguments, flags=(), **settings):
        client = self.client if user == "alice" else self.others[user]
        words = ("--", *arguments) if arguments else ()
        return client.ssh(self.port, name, *flags, *words, **settings)

    def sleeper(self, command="echo up; cat"):
        """A running session of alice's, and its id."""
        mark = self.proxy.mark()
        process = self.popen("--", command)
        self.assertEqual(process.stdout.readline(), b"up\n")
        return process, self.proxy.session_since(mark, ended=False).sid

    def rows(self, user):
        done = self.ask(user, "+ls")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return [re.split(r"  +", line.rstrip()) for line in done.stdout.decode().splitlines()]

    def test_help_is_there_for_everybody(self):
        done = self.ask("bob", "+help")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        for word in (b"+ls", b"+kill", b"+help", b"LOGIN@TARGET"):
            self.assertIn(word, done.stdout)
        self.assertNotIn(b"\r", done.stdout)

    def test_a_terminal_gets_whole_lines(self):
        done = self.ask("bob", "+help", flags=("-tt",))
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(b"\r\n"), done.stdout.count(b"\n"))

    def test_no_target_is_a_list_of_those_one_may_reach(self):
        done = self.ask("alice", "alice")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        lines = done.stdout.decode().splitlines()
        self.assertEqual(lines[0].split(), ["TARGET", "ADDRESS", "LOGINS"])
        self.assertEqual(lines[1].split(), ["web1", f"127.0.0.1:{self.target.port}", "root"])
        self.assertIn(f"ssh -p {self.port} LOGIN@TARGET@127.0.0.1", lines[-1])
        self.assertIn(b"no target", self.ask("walt", "walt").stdout)

    def test_ls_shows_what_runs(self):
        process, sid = self.sleeper()
        process.stdin.write(b"hello\n")
        self.assertEqual(process.stdout.readline(), b"hello\n")
        header, *rows = self.rows("alice")
        self.assertEqual(header, ["ID", "USER", "LOGIN", "TARGET", "KIND", "SINCE", "SIZE", "OUT", "IN", "JOINED", "STATE"])
        mine = [row for row in rows if row[0] == sid]
        self.assertEqual(len(mine), 1, rows)
        self.assertEqual(mine[0][1:5] + mine[0][6:], ["alice", "root", "web1", "ssh exec", "-", "9", "6", "0", "running"])
        self.assertRegex(mine[0][5], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        process.stdin.close()
        process.wait(tools.DEADLINE)
        tools.wait_until(lambda: sid not in [row[0] for row in self.rows("alice")], "the session to leave the list")

    def test_ls_shows_the_size_of_a_terminal(self):
        terminal = self.terminal("--", "echo ready; cat")
        terminal.expect(b"ready")
        sid = self.session(ended=False).sid
        row = next(row for row in self.rows("alice") if row[0] == sid)
        self.assertRegex(row[6], r"^\d+x\d+$")

    def test_others_are_seen_by_those_who_may(self):
        _, sid = self.sleeper()
        seen = {user: sid in self.ask(user, "+ls").stdout.decode() for user in ("bob", "walt", "carol")}
        self.assertEqual(seen, {"bob": False, "walt": True, "carol": True})

    def test_kill_ends_a_session_with_a_line_and_the_reason(self):
        process, sid = self.sleeper()
        mark = self.proxy.mark()
        done = self.ask("carol", "+kill", sid)
        self.assertEqual((done.returncode, done.stdout), (0, f"ended {sid}\n".encode()), done.stderr)
        out, err = process.communicate(timeout=tools.DEADLINE)
        self.assertEqual(process.returncode, 255)
        self.assertIn(b"session ended by carol", err)
        end = self.proxy.wait_event("session.end", mark, sid=sid)
        self.assertEqual(end["reason"], "session ended by carol")
        tools.wait_until(lambda: not self.target.sessions(), "the target's session to end")

    def test_not_allowed_and_no_such_session_sound_the_same(self):
        process, sid = self.sleeper()
        for user in ("bob", "walt"):
            refused, missing = (self.ask(user, "+kill", each) for each in (sid, NO_SID))
            self.assertEqual(refused.returncode, 255)
            self.assertEqual(refused.stdout, b"")
            self.assertEqual(refused.stderr.replace(sid.encode(), b"SID"), missing.stderr.replace(NO_SID.encode(), b"SID"))
            self.assertEqual(missing.returncode, 255)
        self.assertIsNone(process.poll())

    def test_ones_own_session_may_always_be_ended(self):
        process, sid = self.sleeper()
        self.assertEqual(self.ask("alice", "+kill", sid).returncode, 0)
        process.communicate(timeout=tools.DEADLINE)
        self.assertEqual(process.returncode, 255)

    def test_kill_without_an_id_says_how(self):
        done = self.ask("carol", "+kill")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertIn(b"usage: ssh", done.stderr)
        self.assertEqual(self.ask("carol", "+kill", "no-sid; rm -rf /").returncode, 255)

    def test_a_command_that_there_is_not(self):
        done = self.ask("carol", "+frobnicate")
        self.assert_refused(done, "+frobnicate is not available here")

    def test_nothing_but_one_session_passes(self):
        done = self.ask("carol", "+ls", flags=("-A", "-X", "-L", f"{tools.free_port()}:127.0.0.1:{self.target.port}"),
            options=["SetEnv=X=y"])
        self.assertEqual(done.returncode, 0, done.stderr)
        tunnel = self.ask("carol", "+ls", flags=("-W", f"127.0.0.1:{self.target.port}"), input=b"")
        self.assertNotEqual(tunnel.returncode, 0)
        self.assertNotIn(b"SSH-2.0", tunnel.stdout)
        remote = self.ask("carol", "+ls", flags=("-R", f"{tools.free_port()}:127.0.0.1:1", "-o", "ExitOnForwardFailure=yes"))
        self.assertNotEqual(remote.returncode, 0)
        self.assert_alive()

    def test_these_leave_no_session_in_the_books(self):
        mark = self.proxy.mark()
        for user, name in (("alice", "alice"), ("carol", "+ls"), ("carol", "+help")):
            self.ask(user, name)
        kinds = {event["event"] for event in self.proxy.events()[mark:]}
        self.assertFalse(kinds & {"session.start", "session.rejected"}, kinds)
