"""Who may come in, and what the others are told: one plain sentence, status 255, a line in the log."""

import subprocess

from support import tools
from support.case import Case, needs_proxy
from support.client import Client


@needs_proxy
class Login(Case):
    proxy_settings = {"roles": """\
  - {name: all, allow: {logins: [root], targets: {env: "test"}}, deny: {logins: [nobody]}}"""}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = Client(cls.folder / "stranger", "mallory")

    def test_every_kind_of_key_may_log_in(self):
        kinds = ("ed25519", "ecdsa", "rsa")
        clients = [Client(self.folder / f"kind-{kind}", kind, kind) for kind in kinds]
        proxy = self.make_proxy("kinds", users={client.name: [client.key] for client in clients})
        self.target.trust(self.proxy.ca_lines() + proxy.ca_lines())
        proxy.start()
        self.addCleanup(proxy.stop)
        for client in clients:
            done = client.ssh(proxy.port, "root@web1", "--", "echo in")
            self.assertEqual(done.stdout, b"in\n", (client.name, done.stderr))

    def test_an_unknown_key_is_refused_and_counted(self):
        done = self.stranger.ssh(self.port, "root@web1", "--", "echo in")
        self.assert_refused(done, "permission denied")
        event = self.proxy.wait_event("auth", self.mark)
        self.assertEqual((event["code"], event["success"]), ("T3007W", False))
        self.assertTrue(event["error"])
        self.assertRegex(event["addr.remote"], r"^127\.0\.0\.1:")

    def test_a_certificate_of_a_stranger_does_no_harm(self):
        # libssh leaves parts of a certificate that a peer sends unset; offering one must not matter.
        authority = Client(self.folder / "authority", "authority")
        signed = self.stranger.key_file.with_name(self.stranger.key_file.name + "-cert.pub")
        subprocess.run(["ssh-keygen", "-q", "-s", str(authority.key_file), "-I", "forged", "-n", "root,alice",
            str(self.stranger.key_file) + ".pub"], check=True, stdin=subprocess.DEVNULL)
        self.addCleanup(signed.unlink)
        done = self.stranger.ssh(self.port, "root@web1", "--", "echo in", options=[f"CertificateFile={signed}"])
        self.assert_refused(done, "permission denied")
        self.assert_alive()

    def test_passwords_and_none_are_not_offered(self):
        done = self.client.ssh(self.port, "root@web1", "--", "true",
            options=["PreferredAuthentications=none,password,keyboard-interactive", "PubkeyAuthentication=no"])
        self.assert_refused(done, "permission denied (publickey)")

    def refused(self, user, *words):
        done = self.client.ssh(self.port, user, "--", "echo in")
        lines = self.assert_refused(done, *words)
        self.assertEqual(len(lines), 1, lines)
        event = tools.wait_until(lambda: next((event for event in self.proxy.events()[self.mark:]
            if event["event"] in ("auth", "session.rejected")), None), "the refusal in the log")
        self.assertFalse([event for event in self.proxy.events()[self.mark:] if event["event"] == "session.start"])
        return event

    def test_a_login_that_no_role_allows(self):
        self.refused("daemon@web1")

    def test_a_login_that_a_role_denies(self):
        self.refused("nobody@web1")

    def test_a_target_that_does_not_exist(self):
        self.refused("root@no-such-target")

    def test_an_address_that_no_role_allows(self):
        # Loopback is denied unless configured: the proxy's own surroundings are not a target. (The
        # address and port of a configured target stand for that target.)
        self.refused(f"root@127.0.0.2%{self.target.port}")

    def test_not_allowed_and_no_such_sound_the_same(self):
        one = self.client.ssh(self.port, "daemon@web1", "--", "true").stderr
        other = self.client.ssh(self.port, "root@no-such-target", "--", "true").stderr
        self.assertEqual(one.replace(b"daemon at web1", b""), other.replace(b"root at no-such-target", b""))

    def test_another_users_prefix_is_refused(self):
        done = self.client.ssh(self.port, "bob/root@web1", "--", "echo in")
        self.assert_refused(done)

    def test_ones_own_prefix_is_accepted(self):
        done = self.client.ssh(self.port, "alice/root@web1", "--", "echo in")
        self.assertEqual(done.stdout, b"in\n")

    def test_malformed_user_names_are_refused(self):
        for user in ("root@", "@web1", "root@web1%99999", "root@web1%x", "root@[::1", "x" * 600 + "@web1"):
            done = self.client.ssh(self.port, user, "--", "echo in")
            self.assertEqual((done.returncode, done.stdout), (255, b""), user)
        self.assert_alive()

    def test_control_characters_in_a_user_name_do_no_harm(self):
        done = self.client.ssh(self.port, "root\x1b]52;c;eA==\x07\n{\"event\":\"forged\"}@web1", "--", "echo in")
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertNotIn(b"\x1b", done.stderr.replace(b"\\033", b""))
        self.assertNotIn("\x1b", self.proxy.log)
        self.assertNotIn("forged", [event["event"] for event in self.proxy.events()])
        self.assert_alive()

    def test_a_target_with_a_port_of_its_own(self):
        done = self.client.ssh(self.port, f"root@web1%{self.target.port}", "--", "echo in")
        self.assertIn(done.returncode, (0, 255))
        done = self.client.ssh(self.port, "root@web1", "--", "echo in")
        self.assertEqual(done.stdout, b"in\n")

    def test_forwardings_that_no_role_permits_are_refused(self):
        done = self.client.ssh(self.port, "root@web1", "-W", f"127.0.0.1:{self.target.port}", input=b"")
        self.assertNotIn(b"SSH-2.0", done.stdout)
        done = self.client.ssh(self.port, "root@web1", "-R", "0:127.0.0.1:9", "--", "echo in",
            options=["ExitOnForwardFailure=yes"])
        self.assertNotEqual(done.returncode, 0)
        done = self.client.ssh(self.port, "root@web1", "-A", "--", "echo ${SSH_AUTH_SOCK:-none}")
        self.assertEqual(done.stdout, b"none\n")

    def test_the_known_hosts_lines_are_true(self):
        done = self.proxy.run("ca", "known-hosts")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.client.known_hosts.write_text(done.stdout)
        command = [word.replace("StrictHostKeyChecking=accept-new", "StrictHostKeyChecking=yes")
                   for word in self.client.ssh_command(self.port, "root@web1", "--", "echo in")]
        run = subprocess.run(command, capture_output=True, env=self.client.environment(), timeout=tools.DEADLINE,
            stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(run.stdout, b"in\n", run.stderr)

    def test_the_first_key_exchange_offered_is_post_quantum(self):
        asked = subprocess.run(["ssh", "-F", "none", "-vv", "-p", str(self.port), "-o", "BatchMode=yes", "-o",
            "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "127.0.0.1", "true"],
            capture_output=True, timeout=tools.DEADLINE, stdin=subprocess.DEVNULL, check=False)
        proposal = asked.stderr.decode(errors="replace").split("peer server KEXINIT proposal", 1)[1]
        first = next(line for line in proposal.splitlines() if "KEX algorithms" in line)
        self.assertRegex(first, r"KEX algorithms: (mlkem768x25519|sntrup761x25519)")

    def test_the_target_sees_a_short_lived_certificate_of_this_user(self):
        self.assertEqual(self.ssh("--", "true").returncode, 0)
        accepted = [line for line in self.target.log.splitlines() if "Accepted publickey" in line and "CERT" in line]
        self.assertTrue(accepted, self.target.log[-2000:])
        self.assertIn("alice", accepted[-1])
