"""lftp, and sshfs where the machine lets a program mount."""

import os
import pathlib
import shutil
import subprocess
import time
import unittest

from support.case import Case, needs_root, tools

MIB = 1 << 20


def can_mount():
    """FUSE is here and this process may mount: containers often lack the one or the other."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError:
        return False
    status = pathlib.Path("/proc/self/status").read_text()
    capabilities = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff")), 16)
    return bool(capabilities & 1 << 21)


class Files(Case):
    def make_tree(self):
        tree = self.work_file("tree")
        (tree / "sub" / "deep").mkdir(parents=True)
        for n in range(30):
            (tree / ("sub" if n % 3 else ".") / f"file {n}").write_bytes(os.urandom(n * 7001))
        return tree

    def assert_same(self, one, other):
        names = sorted(str(path.relative_to(one)) for path in one.rglob("*"))
        self.assertEqual(names, sorted(str(path.relative_to(other)) for path in other.rglob("*")))
        for name in names:
            if (one / name).is_file():
                self.assertEqual((one / name).read_bytes(), (other / name).read_bytes(), name)

    @unittest.skipUnless(shutil.which("lftp"), "needs lftp")
    def test_lftp_mirrors_both_ways(self):
        tree, there, back = self.make_tree(), self.work_file("there"), self.work_file("back")
        big = os.urandom(6 * MIB)
        (tree / "big").write_bytes(big)
        program = " ".join(["ssh", "-a", "-x", *self.client.options(), "-l", self.user])
        script = "\n".join(["set net:max-retries 1", "set net:timeout 30", "set cmd:fail-exit yes", "set cmd:interactive no",
            f'set sftp:connect-program "{program}"', f"open -p {self.port} -u x, sftp://127.0.0.1",
            f"mirror -R --parallel=3 {tree} {there}", f"mirror --parallel=3 {there} {back}",
            f"get -c {there}/big -o {self.folder}/lftp-big", f"mv {there}/big {there}/bigger", f"rm {there}/bigger", "bye"])
        done = subprocess.run(["lftp", "-c", script], capture_output=True, stdin=subprocess.DEVNULL,
            timeout=60 * tools.PATIENCE, env=self.client.environment({"LFTP_HOME": str(self.folder), "HOME": str(self.folder)}))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "lftp-big").read_bytes(), big)
        self.assert_same(tree, back)
        self.assertFalse((there / "bigger").exists())
        if self.proxy:
            sessions = self.sessions()
            self.assertGreaterEqual(len(sessions), 1)
            told = {event["path"] for event in self.proxy.events("sftp") if event.get("transfer") == "upload"}
            self.assertTrue({f"{there}/sub/file {n}" for n in (1, 2, 4, 5)} <= told, told)

    @needs_root
    @unittest.skipUnless(shutil.which("sshfs") and can_mount(), "needs sshfs and FUSE")
    def test_sshfs(self):
        tree, there, mount = self.make_tree(), self.work_file("there"), self.work_file("mount")
        there.mkdir()
        mount.mkdir()
        done = subprocess.run(["sshfs", "-F", "/dev/null", *self.client.options()[2:], "-p", str(self.port),
            f"{self.user}@127.0.0.1:{there}", str(mount)], capture_output=True, stdin=subprocess.DEVNULL, timeout=tools.DEADLINE,
            env=self.client.environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        try:
            shutil.copytree(tree, mount / "tree")
            self.assert_same(tree, mount / "tree")
            with open(mount / "tree" / "file 0", "r+b") as file:
                file.write(b"start")
                file.seek(500_000)
                file.write(b"end")
            (mount / "tree" / "file 3").rename(mount / "moved")
            os.symlink("moved", mount / "link")
            (mount / "tree" / "sub" / "file 1").unlink()
            self.assertGreater(os.statvfs(mount).f_blocks, 0)
        finally:
            self.unmount(mount)
        self.assertEqual((there / "tree" / "file 0").read_bytes(), b"start" + bytes(499_995) + b"end")
        self.assertEqual((there / "link").read_bytes(), (tree / "file 3").read_bytes())
        self.assertFalse((there / "tree" / "sub" / "file 1").exists())
        if self.proxy:
            session, = self.sessions(1)
            paths = {event["path"] for event in self.proxy.events("sftp") if event["sid"] == session.sid}
            self.assertIn(f"{there}/tree/sub/file 2", paths)

    def unmount(self, mount):
        end = time.monotonic() + tools.DEADLINE
        while subprocess.run(["fusermount3", "-u", str(mount)], capture_output=True, check=False).returncode:
            self.assertLess(time.monotonic(), end, "cannot unmount")
            time.sleep(0.1)
