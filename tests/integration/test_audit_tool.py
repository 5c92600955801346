"""ssh-audit has nothing to say against the default configuration, and who is left out by it is told what to do."""

import re
import subprocess

from support import tools
from support.case import Case, needs_proxy

# Algorithms younger than Debian's ssh-audit 2.5, which warns of what it does not know and calls sntrup761
# experimental (OpenSSH made it the default a year later).
TOO_YOUNG = re.compile(r"(mlkem768x25519-sha256|sntrup761x25519-sha512|kex-strict-s-v00@openssh\.com) +-- \[warn\] unknown algorithm"
    r"|sntrup761x25519-sha512@openssh\.com +-- \[warn\] using experimental algorithm")


@needs_proxy
class SshAudit(Case):
    def test_no_warning(self):
        done = subprocess.run(["ssh-audit", "-n", "-p", str(self.port), "127.0.0.1"], capture_output=True,
            stdin=subprocess.DEVNULL, timeout=tools.DEADLINE, text=True)
        findings = [line for line in done.stdout.splitlines() if "[warn]" in line or "[fail]" in line]
        self.assertEqual([line for line in findings if not TOO_YOUNG.search(line)], [], done.stdout)
        self.assertIn("curve25519-sha256", done.stdout)
        self.assertIn("hmac-sha2-256-etm@openssh.com", done.stdout)
        self.assert_alive()


@needs_proxy
class OldClients(Case):
    old = ("-o", "Ciphers=aes256-ctr", "-o", "MACs=hmac-sha2-256", "-o", "KexAlgorithms=ecdh-sha2-nistp256")

    def test_the_default_turns_them_away_and_says_what_to_do(self):
        done = self.ssh(*self.old, "--", "true")
        self.assertEqual(done.returncode, 255)
        done = self.ssh(*self.old[:4], "--", "true")
        self.assertEqual(done.returncode, 255)
        self.assertEqual(done.stdout, b"")
        tools.wait_until(lambda: self.proxy.log.count("no algorithm in common (ssh.kex, ssh.macs") == 2, "the advice in the log")
        self.assert_alive()


@needs_proxy
class OldClientsLetIn(Case):
    proxy_settings = {"ssh_options": "macs: [hmac-sha2-256], kex: [ecdh-sha2-nistp256]"}

    def test_the_configuration_lets_them_in(self):
        done = self.ssh(*OldClients.old, "--", "echo in")
        self.assertEqual((done.returncode, done.stdout), (0, b"in\n"), done.stderr)
