"""What roles permit, record and bound, each with real clients."""

import socket
import subprocess
import threading
import time

from support import tools
from support.case import Case, needs_proxy


def role(options="", name="all", allow='logins: [root], targets: {"*": "*"}', deny=""):
    return f"  - {{name: {name}, allow: {{{allow}}}, deny: {{{deny}}}, options: {{{options}}}}}"


def greet(server):
    """Says hello to everybody who connects, until the server is closed."""
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            return
        with peer:
            peer.sendall(b"hello\n")


@needs_proxy
class Policies(Case):
    def under(self, *roles, top=""):
        """From now on alice has these roles (and no others); connections that follow see it."""
        self.proxy.roles = "\n".join(roles)
        names = [line.split("name: ", 1)[1].split(",", 1)[0] for line in roles]
        self.proxy.user_roles = {"alice": ", ".join(names)}
        self.proxy.options = top
        self.proxy.reload()
        self.mark = self.proxy.mark()

    def sleeper(self):
        process = self.popen("--", "echo up; cat")
        self.assertEqual(process.stdout.readline(), b"up\n")
        return process

    # -- limits -----------------------------------------------------------------------------

    def test_a_user_has_so_many_sessions_at_once(self):
        self.under(role("max_sessions: 2"))
        first, second = self.sleeper(), self.sleeper()
        refused = self.ssh("--", "echo third")
        self.assert_refused(refused, "you have 2 sessions already", "max_sessions")
        self.assertEqual(len(refused.stderr.splitlines()), 1)
        event = self.proxy.wait_event("session.rejected", self.mark)
        self.assertIn("max_sessions", event["reason"])
        self.assertEqual(event["user"], "alice")
        first.stdin.close()
        first.wait(tools.DEADLINE)
        tools.wait_until(lambda: self.ssh("--", "echo third").stdout == b"third\n", "room for a third session")
        second.stdin.close()
        second.wait(tools.DEADLINE)

    def test_the_smallest_limit_of_several_roles_holds(self):
        self.under(role("max_sessions: 5"), role("max_sessions: 1", name="tight"))
        process = self.sleeper()
        self.assert_refused(self.ssh("--", "true"), "you have 1 session already")
        process.stdin.close()
        process.wait(tools.DEADLINE)

    def test_sessions_of_one_connection_count_too(self):
        self.under(role("max_sessions: 1"))
        control = self.folder / "c"
        master = self.popen("-M", "-S", str(control), "--", "echo up; cat")
        self.assertEqual(master.stdout.readline(), b"up\n")
        done = subprocess.run(["ssh", "-F", "none", "-S", str(control), "x", "echo second"], capture_output=True,
            timeout=tools.DEADLINE, stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertIn(b"max_sessions", done.stderr)
        master.stdin.close()
        master.wait(tools.DEADLINE)

    def test_an_idle_session_ends_and_a_busy_one_does_not(self):
        self.under(role("client_idle_timeout: 2s"))
        process = self.popen("--", "while :; do echo out; sleep 0.2; done")
        _, err = process.communicate(timeout=tools.DEADLINE)
        self.assertEqual(process.returncode, 255)
        self.assertIn(b"nothing came from you for 2s (client_idle_timeout)", err)
        self.assertIn("client_idle_timeout", self.session().end["reason"])
        busy = self.sleeper()
        for _ in range(6):
            time.sleep(0.6)
            busy.stdin.write(b"x\n")
            self.assertEqual(busy.stdout.readline(), b"x\n")
        busy.stdin.close()
        self.assertEqual(busy.wait(tools.DEADLINE), 0)

    def test_a_session_has_a_longest_life(self):
        self.under(role("max_session_ttl: 2s"))
        began = time.monotonic()
        process = self.sleeper()
        self.assertEqual(process.wait(tools.DEADLINE), 255)
        self.assertGreaterEqual(time.monotonic() - began, 1.9)
        err = process.stderr.read()
        self.assertIn(b"it has lasted 2s (max_session_ttl)", err)
        self.assertIn("max_session_ttl", self.session().end["reason"])
        self.assertEqual(len(err.splitlines()), 1)

    def test_forwards_are_bounded_and_do_not_count(self):
        self.under(role("max_sessions: 1, port_forwarding: true, max_session_ttl: 3s"))
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        port = tools.free_port()
        process = self.popen("-L", f"{port}:127.0.0.1:{server.getsockname()[1]}", "--", "echo up; cat")
        self.assertEqual(process.stdout.readline(), b"up\n")
        with socket.create_connection(("127.0.0.1", port), tools.DEADLINE) as near:
            far, _ = server.accept()
            far.sendall(b"through")
            self.assertEqual(near.recv(64), b"through")
            near.settimeout(tools.DEADLINE)
            self.assertEqual(near.recv(64), b"")
            far.close()
        self.assertEqual(process.wait(tools.DEADLINE), 255)

    # -- recording --------------------------------------------------------------------------

    def test_input_of_terminals_may_be_left_out(self):
        self.under(role("record_input: off"))
        terminal = self.terminal("--", "stty -echo; echo ready; read x; echo done")
        terminal.expect(b"ready")
        terminal.send(b"secret\n")
        terminal.expect(b"done")
        self.assertEqual(self.session().bytes("stdin"), b"")
        self.under(role("record_input: off"), role("record_input: full", name="strict"))
        terminal = self.terminal("--", "stty -echo; echo ready; read x; echo done")
        terminal.expect(b"ready")
        terminal.send(b"secret\n")
        terminal.expect(b"done")
        self.assertIn(b"secret", self.session().bytes("stdin"))

    # -- forwarding -------------------------------------------------------------------------

    def test_forwards_are_permitted_apart(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        threading.Thread(target=greet, args=(server,), daemon=True).start()
        there, port = server.getsockname()[1], tools.free_port()
        for options, local, remote in (("", False, False), ("port_forwarding: true", True, True),
                ("ssh_port_forwarding: {local: true, remote: false}", True, False),
                ("ssh_port_forwarding: {remote: {enabled: true}}", False, True)):
            with self.subTest(options):
                self.under(role(options))
                done = self.client.ssh(self.port, self.user, "-W", f"127.0.0.1:{there}", input=b"")
                self.assertEqual(done.stdout, b"hello\n" if local else b"", done.stderr)
                done = self.ssh("-o", "ExitOnForwardFailure=yes", "-R", f"127.0.0.1:{port}:127.0.0.1:1", "--", "echo on")
                self.assertEqual(done.stdout == b"on\n", remote, done.stderr)

    # -- forced commands --------------------------------------------------------------------

    def test_a_forced_command_runs_instead(self):
        self.under(role('force_command: "echo forced: $SSH_ORIGINAL_COMMAND; exit 3"'))
        done = self.ssh("--", "echo 'not me'")
        self.assertEqual((done.returncode, done.stdout), (3, b"forced: echo 'not me'\n"), done.stderr)
        session = self.session()
        session.assert_sound(self)
        self.assertEqual(session.bytes(), b"forced: echo 'not me'\n")
        told = self.proxy.wait_event("exec", self.mark, sid=session.sid)["command"]
        self.assertIn("not me", told)
        self.assertIn("echo forced: $SSH_ORIGINAL_COMMAND", told)
        self.assertIn("not me", " ".join(session.start["initial_command"]))
        for arguments in (("-T",), ("-tt",)):
            done = self.ssh(*arguments, input=b"")
            self.assertEqual((done.returncode, done.stdout.strip()), (3, b"forced:"), done.stderr)
        self.assertEqual(self.ssh("-s", "--", "sftp", input=b"").stdout, b"forced: sftp\n")
        hostile = "x'; echo escaped; '\\' ; echo escaped '"
        done = self.ssh("--", hostile)
        self.assertEqual(done.returncode, 3)
        self.assertNotIn(b"\nescaped", b"\n" + done.stdout)

    # -- who and where ----------------------------------------------------------------------

    def test_any_deny_wins(self):
        everything = 'logins: ["*"], targets: {"*": "*"}, addresses: ["*", 127.0.0.0/8]'
        self.under(role(allow=everything), role(name="no", allow="", deny="logins: [root]"))
        self.assert_refused(self.ssh("--", "echo in"), "access denied")
        self.under(role(allow=everything), role(name="no", allow="", deny="targets: {env: te*}"))
        self.assert_refused(self.ssh("--", "echo in"), "access denied")
        self.under(role(allow=everything), role(name="no", allow="", deny="addresses: [127.0.0.1]"))
        self.assert_refused(self.client.ssh(self.port, f"root@127.0.0.1%{self.target.port}", "--", "echo in"), "access denied")
        self.under(role(allow=everything), role(name="no", allow="", deny="logins: [admin]"))
        self.assertEqual(self.ssh("--", "echo in").stdout, b"in\n")

    def test_no_other_way_to_write_a_target_leads_around_its_labels(self):
        port = self.target.port
        ways = ["web1", "WEB1", "web1.", f"127.0.0.1%{port}", f"127.1%{port}", f"2130706433%{port}", f"localhost%{port}",
                f"LocalHost%{port}", f"[::ffff:127.0.0.1]%{port}", f"[0:0::FFFF:7f00:1]%{port}"]
        everywhere = 'addresses: ["*", 0.0.0.0/0, "::/0", 127.0.0.0/8, "::1", "::ffff:0:0/96"]'
        self.under(role(allow=f"logins: [root], targets: {{env: other}}, {everywhere}"))
        seen = self.target.log
        for way in ways:
            with self.subTest(way):
                done = self.client.ssh(self.port, f"root@{way}", "--", "echo in")
                self.assert_refused(done, "access denied")
        self.assertFalse([event for event in self.proxy.events()[self.mark:] if event["event"] == "session.start"])
        self.assertEqual(self.target.log, seen)  # it was not even connected to
        self.assertIn("which is a configured one, by its labels", str(self.proxy.events()[self.mark:]))
        # With them, those that can be told at once are that target.
        self.under(role(allow=f"logins: [root], targets: {{env: test}}, {everywhere}"))
        for way in ways[:4] + ways[-2:]:
            with self.subTest(way):
                done = self.client.ssh(self.port, f"root@{way}", "--", "echo in")
                self.assertEqual(done.stdout, b"in\n", done.stderr)

    def test_check_explains_what_happens(self):
        self.under(role("max_sessions: 3, port_forwarding: true", allow='logins: [root], targets: {env: test}'),
                   role(name="no", allow="", deny="logins: [admin]"))
        done = self.proxy.run("check", "--user", "alice", "--target", "web1", "--login", "root")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("allowed: role all allows it", done.stdout)
        self.assertRegex(done.stdout, r"verbatim\.yaml:\d+: role all allows login 'root' \(allow\.logins, line \d+\)")
        self.assertIn("limits: max_sessions 3", done.stdout)
        self.assertIn("forwarding: local yes, remote yes, agent no, X11 no", done.stdout)
        done = self.proxy.run("check", "--user", "alice", "--target", "web1", "--login", "admin")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"verbatim\.yaml:\d+: role no denies login 'admin' \(deny\.logins, line \d+\)")
