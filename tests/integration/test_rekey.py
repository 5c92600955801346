"""New keys in the middle of a transfer, asked for by either side: not a byte is lost."""

import hashlib
import os

from support.case import Case

MIB = 1 << 20


class Rekey(Case):
    # The target asks too: both legs rekey, at times at once.
    target_extra = "RekeyLimit 3M"

    def check(self, size, limit, cipher):
        options = [f"RekeyLimit={limit}", f"Ciphers={cipher}"]
        path = self.work_file("data", os.urandom(size))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        down = self.ssh("--", f"cat {path}", options=options, deadline=300)
        self.assertEqual(down.returncode, 0, down.stderr)
        self.assertEqual(hashlib.sha256(down.stdout).hexdigest(), digest)
        session = self.session()
        if session:
            self.assertEqual(hashlib.sha256(session.bytes()).hexdigest(), digest)
        up = self.ssh("--", "sha256sum", input=path.read_bytes(), options=options, deadline=300)
        self.assertEqual(up.stdout.split()[0].decode(), digest)
        both = self.ssh("--", "cat", input=path.read_bytes(), options=options, deadline=300)
        self.assertEqual(hashlib.sha256(both.stdout).hexdigest(), digest)

    def test_aes_gcm(self):
        self.check(12 * MIB, "1M", "aes128-gcm@openssh.com")

    def test_chacha20(self):
        self.check(6 * MIB, "1M", "chacha20-poly1305@openssh.com")

    def test_ctr_with_mac(self):
        self.check(4 * MIB, "1M", "aes256-ctr")

    def test_a_terminal_session_with_pauses_between_new_keys(self):
        done = self.ssh("-tt", "--", "for i in 1 2 3 4 5 6; do head -c 700000 /dev/zero | tr '\\0' a; sleep 0.1; done",
            input=b"", options=["RekeyLimit=512K"], deadline=120)
        self.assertEqual(done.stdout.count(b"a"), 6 * 700000)
