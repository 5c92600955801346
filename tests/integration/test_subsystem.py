"""sftp, scp (both protocols), rsync: files both ways, byte for byte, each a recorded session."""

import hashlib
import os
import shutil
import subprocess
import unittest

from support.case import Case

MIB = 1 << 20


class Files(Case):
    @staticmethod
    def digest(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def assert_same(self, one, other):
        self.assertEqual(self.digest(one), self.digest(other))

    def test_sftp_both_ways(self):
        here, there, back = self.work_file("here", os.urandom(24 * MIB)), self.work_file("there"), self.work_file("back")
        done = self.client.sftp(self.port, self.user, f"put {here} {there}\nget {there} {back}\n", deadline=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same(here, there)
        self.assert_same(here, back)
        session = self.session()
        if session:
            session.assert_sound(self)
            event = self.proxy.wait_event("subsystem", self.mark, sid=session.sid)
            self.assertEqual((event["name"], event["code"]), ("sftp", "T3001I"))
            self.assertGreater(len(session.bytes("stdin")), 24 * MIB)
            self.assertGreater(len(session.bytes("stdout")), 24 * MIB)

    def test_scp_by_sftp_and_by_its_own_protocol(self):
        for flags in ((), ("-O",)):
            here, there, back = (self.work_file(f"{name}{len(flags)}") for name in ("here", "there", "back"))
            here.write_bytes(os.urandom(3 * MIB))
            up = self.client.scp(self.port, self.user, *flags, str(here), f"remote:{there}")
            self.assertEqual(up.returncode, 0, up.stderr)
            down = self.client.scp(self.port, self.user, *flags, f"remote:{there}", str(back))
            self.assertEqual(down.returncode, 0, down.stderr)
            self.assert_same(here, there)
            self.assert_same(here, back)

    def test_an_unknown_subsystem_is_refused_as_by_the_target(self):
        direct = self.ssh_direct("-s", "--", "no-such-subsystem")
        done = self.ssh("-s", "--", "no-such-subsystem")
        self.assertEqual((done.returncode, done.stdout), (direct.returncode, direct.stdout))

    @unittest.skipUnless(shutil.which("rsync"), "needs rsync")
    def test_rsync_both_ways(self):
        tree, there, back = (self.work_file(name) for name in ("tree", "there", "back"))
        tree.mkdir()
        for number in range(40):
            (tree / f"file-{number}").write_bytes(os.urandom(number * 5000))
        shell = " ".join(self.client.ssh_command(self.port, self.user)[:-1])
        for source, goal in ((f"{tree}/", f"127.0.0.1:{there}/"), (f"127.0.0.1:{there}/", f"{back}/")):
            done = subprocess.run(["rsync", "-a", "-e", shell, source, goal], capture_output=True, timeout=120,
                env=self.client.environment(), stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 0, done.stderr)
        for file in tree.iterdir():
            self.assert_same(file, back / file.name)
