"""Ways by which sessions have escaped recorders: each is tried, and each is recorded or refused."""

import time

from support import records, tools
from support.client import Client
from support.case import Case, needs_proxy


@needs_proxy
class Bypass(Case):
    def recorded(self, *streams):
        session = self.session()
        session.assert_sound(self)
        return session.bytes(*(streams or ("stdout",)))

    def test_a_command_that_begins_like_scp(self):
        done = self.ssh("--", "scp -t x 2>/dev/null; bash -c 'echo hidden-$((40+2))'", input=b"")
        self.assertIn(b"hidden-42", done.stdout)
        self.assertIn(b"hidden-42", self.recorded())

    def test_scp_on_a_terminal(self):
        done = self.ssh("-tt", "--", "scp -f /nonexistent </dev/null; echo hidden-$((40+2))", input=b"")
        self.assertIn(b"hidden-42", done.stdout)
        self.assertIn(b"hidden-42", self.recorded())

    def test_a_script_fed_through_standard_input(self):
        script = b"x=secret\necho $x-word\nexit 4\n"
        for arguments in (("-T",), ("--", "bash -s"), ("--", "sh")):
            self.mark = self.proxy.mark()
            done = self.ssh(*arguments, input=script)
            self.assertEqual((done.returncode, done.stdout), (4, b"secret-word\n"))
            session = self.session()
            self.assertEqual(session.bytes("stdin"), script)
            self.assertEqual(session.bytes(), b"secret-word\n")

    def test_early_output_and_an_idle_start(self):
        process = self.popen("--", "echo Starting; sleep 3; cat")
        self.assertEqual(process.stdout.readline(), b"Starting\n")
        time.sleep(4)
        out, _ = process.communicate(b"late-input\n", tools.DEADLINE)
        self.assertEqual(out, b"late-input\n")
        session = self.session()
        self.assertEqual(session.bytes(), b"Starting\nlate-input\n")
        self.assertEqual(session.bytes("stdin"), b"late-input\n")

    def test_a_variable_sent_twice(self):
        done = self.ssh("--", "echo $VERBATIM_X", options=["SetEnv=VERBATIM_X=one"], env={"VERBATIM_X": "two"})
        direct = self.ssh_direct("--", "echo $VERBATIM_X", options=["SetEnv=VERBATIM_X=one"])
        self.assertEqual((done.returncode, done.stdout), (direct.returncode, direct.stdout), direct.stderr)

    def test_input_typed_before_the_target_is_ready(self):
        done = self.ssh("-tt", input=b"echo ty''ped-early\nexit\n")
        self.assertIn(b"typed-early", done.stdout)
        session = self.session()
        self.assertEqual(session.bytes("stdin"), b"echo ty''ped-early\nexit\n")
        self.assertEqual(session.bytes("stdout", "stderr"), done.stdout)

    def test_a_tunnel_to_the_targets_own_ssh_is_not_open(self):
        done = self.client.ssh(self.port, self.user, "-W", f"127.0.0.1:{self.target.port}", input=b"SSH-2.0-x\r\n")
        self.assertNotIn(b"SSH-2.0-OpenSSH", done.stdout)

    def test_a_jump_to_the_targets_address_is_recorded(self):
        jump = " ".join(self.client.ssh_command(self.port, "alice", "-W", f"127.0.0.1:{self.target.port}"))
        # What answers there is the proxy: no stranger's key leads in, and the user's own is recorded.
        stranger = Client(self.folder / "stranger", "stranger")
        done = stranger.ssh(self.target.port, "root", "--", "echo passed", options=[f"ProxyCommand={jump}"])
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.mark = self.proxy.mark()
        done = self.client.ssh(self.target.port, "root", "--", "echo passed", options=[f"ProxyCommand={jump}"])
        self.assertEqual(done.stdout, b"passed\n")
        self.assertEqual(self.session().bytes(), b"passed\n")

    def test_escape_sequences_stay_inside_the_recording(self):
        self.ssh("--", r"printf '\033[2J\033]0;owned\007\233\220'")
        session = self.session()
        for form in ("text", "json", "yaml"):
            shown = self.proxy.run("play", session.sid, "--format", form, text=False).stdout
            self.assertNotIn(b"\x1b", shown, form)
            self.assertNotIn(b"\x07", shown, form)
        for command in (("events", "--sid", session.sid), ("ls",)):
            self.assertNotIn(b"\x1b", self.proxy.run(*command, text=False).stdout)

    def test_a_command_with_escapes_is_harmless_in_listings(self):
        self.ssh("--", "true '\x1b]52;c;eA==\x07 \x9b2J'")
        session = self.session()
        for command in (("events", "--sid", session.sid), ("ls",), ("play", session.sid, "--format", "text")):
            self.assertNotIn(b"\x1b", self.proxy.run(*command, text=False).stdout)
        self.assertIsInstance(session, records.Session)

    def test_a_killed_session_process_leaves_no_unrecorded_one(self):
        # Nothing at the target outlives the connection that recorded it.
        process = self.popen("-tt", "--", "echo up; cat")
        self.assertIn(b"up", process.stdout.readline())
        process.kill()
        tools.wait_until(lambda: not self.target.sessions(), "the target's session to end")
