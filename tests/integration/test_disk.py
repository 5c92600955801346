"""A full or unwritable disk: sessions end with a clear message, new ones are refused, nothing is
silent, and nothing that the client saw is missing."""

import os
import subprocess


from support import tools
from support.case import Case, needs_proxy, needs_root


@needs_proxy
@needs_root
class FullDisk(Case):
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

    def setUp(self):
        self.ballast = self.disk / "ballast"
        self.addCleanup(self.clean)
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        super().setUp()

    def clean(self):
        self.ballast.unlink(missing_ok=True)
        for file in (self.proxy.data_dir / "log").rglob("*"):
            if file.suffix in (".tar", ".part"):
                file.unlink()

    def fill(self, leave):
        """Takes all space but `leave` bytes."""
        free = os.statvfs(self.disk)
        with open(self.ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(4096, free.f_bavail * free.f_frsize - leave))

    def test_a_bulk_session_ends_with_a_message_when_the_disk_fills(self):
        done = self.ssh("--", "cat /dev/urandom | head -c 200000000", deadline=120 * tools.PATIENCE)
        self.assertNotEqual(done.returncode, 0)
        self.assertLess(len(done.stdout), 60_000_000)
        self.assertIn(b"record", done.stderr.lower())
        self.assertEqual(len([line for line in done.stderr.splitlines() if line.strip()]), 1)
        self.assertRegex(self.proxy.log.lower(), "no space|disk|full")
        # What was shown stands on the disk, up to the promised bound.
        parts = list((self.proxy.data_dir / "log").rglob("*.part")) + list((self.proxy.data_dir / "log").rglob("*.tar"))
        self.assertGreater(sum(part.stat().st_size for part in parts), len(done.stdout) - (8 << 20))

    def test_new_sessions_are_refused_below_the_floor_and_served_again_above(self):
        self.fill(2 << 20)
        done = tools.wait_until(lambda: self.refused_try(), "a refusal")
        self.assert_refused(done)
        tools.wait_until(lambda: self.proxy.events("session.rejected"), "the refusal in the log")
        self.ballast.unlink()
        tools.wait_until(lambda: self.ssh("--", "echo back").stdout == b"back\n", "service to be back", 30 * tools.PATIENCE, 0.5)

    def refused_try(self):
        done = self.ssh("--", "echo in")
        return done if done.returncode == 255 else None

    def test_a_shell_ends_with_a_message_when_nothing_is_left(self):
        process = self.popen("-tt", "--", "echo begun; while :; do head -c 40000 /dev/urandom | base64; sleep 0.05; done")
        self.assertIn(b"begun", process.stdout.readline())
        self.fill(0)
        _, errors = process.communicate(timeout=60 * tools.PATIENCE)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(b"record", errors.lower())

    def test_a_full_disk_at_start_is_said_at_once(self):
        self.proxy.stop()
        self.fill(0)
        self.proxy.launch()
        ended = tools.wait_until(lambda: self.proxy.process.poll() is not None or self.proxy.ready_line, "a word")
        self.assertTrue(ended)
        if self.proxy.ready_line:
            self.assert_refused(self.ssh("--", "echo in"))


@needs_proxy
class LostDirectory(Case):
    def test_a_data_dir_that_vanishes_refuses_new_sessions(self):
        records_dir = self.proxy.data_dir / "log" / "upload"
        self.assertEqual(self.ssh("--", "echo one").stdout, b"one\n")
        self.session()
        moved = records_dir.with_name("upload.moved")
        records_dir.rename(moved)
        records_dir.write_text("not a folder")
        try:
            done = self.ssh("--", "echo two")
            self.assert_refused(done)
        finally:
            records_dir.unlink()
            moved.rename(records_dir)
        tools.wait_until(lambda: self.ssh("--", "echo three").stdout == b"three\n", "service to be back", interval=0.3)
