"""deploy/up as a newcomer runs it: first run, the three lines, second run, a port in use."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from support import tools
from support.client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Up(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="verbatim-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.client = Client(self.folder / "client", "newcomer")
        self.port = tools.free_port()

    def environment(self):
        return {**os.environ, "VERBATIM_HOME": str(self.home), "VERBATIM_SSH_PORT": str(self.port),
                "VERBATIM_USER_KEY": f"{self.client.key_file}.pub"}

    def up(self):
        """Starts it; returns the process and what it said until the hints stood there."""
        log = open(self.folder / "log", "ab+")
        process = subprocess.Popen([str(ROOT / "deploy/up")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=self.environment(), start_new_session=True)
        self.addCleanup(log.close)
        self.addCleanup(lambda: tools.stop(process))
        said = lambda: (self.folder / "log").read_text(errors="replace")
        tools.wait_until(lambda: "Ctrl-C here" in said() or process.poll() is not None, "deploy/up", 1200)
        self.assertIsNone(process.poll(), said())
        return process, said()

    def end(self, process):
        # As Ctrl-C does: to all of the terminal's foreground processes.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        tools.wait_until(lambda: not tools.accepts(self.port), "the proxy's port to be free")
        demo_port = int((self.home / "demo/port").read_text())
        tools.wait_until(lambda: not tools.accepts(demo_port), "the demo's port to be free")

    def test_the_two_commands(self):
        process, said = self.up()
        hint = re.search(r"ssh -p (\d+) (\S+)@127\.0\.0\.1", said)
        self.assertEqual(int(hint.group(1)), self.port)
        self.assertTrue(hint.group(2).endswith("@demo"))
        self.assertIn("verbatim play", said)
        self.assertIn("verbatim events", said)
        done = self.client.ssh(self.port, hint.group(2), "-tt", input=b"echo hel''lo\nexit\n")
        self.assertIn(b"hello", done.stdout)
        listeners = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=False).stdout
        for line in listeners.splitlines():
            if f":{self.port} " in line:
                self.assertIn(f"127.0.0.1:{self.port}", line)
        binary, config = str(ROOT / "build/release/verbatim"), str(self.home / "verbatim.yaml")
        listed = tools.wait_until(lambda: re.findall(r'"sid":"([^"]+)"',
            subprocess.run([binary, "ls", "--json", "-c", config], capture_output=True, text=True, check=False).stdout), "ls")
        played = subprocess.run([binary, "play", "-c", config, listed[-1], "--format", "text"], capture_output=True, check=False)
        self.assertIn(b"hello", played.stdout)
        events = subprocess.run([binary, "events", "-c", config], capture_output=True, check=False).stdout
        self.assertIn(b"session.start", events)
        self.assertIn(b"session.end", events)

        before = (self.home / "verbatim.yaml").read_bytes()
        self.end(process)
        (self.folder / "log").write_text("")
        began = time.monotonic()
        process, _ = self.up()
        self.assertLess(time.monotonic() - began, 30 * tools.PATIENCE, "the second run takes seconds")
        self.assertEqual((self.home / "verbatim.yaml").read_bytes(), before)
        self.assertIn(b"again\n", self.client.ssh(self.port, hint.group(2), "--", "echo again").stdout)

        third = subprocess.run([str(ROOT / "deploy/up")], capture_output=True, text=True, env=self.environment(),
            stdin=subprocess.DEVNULL, timeout=300, check=False)
        self.assertNotEqual(third.returncode, 0)
        self.assertIn("in use", third.stderr)
        self.assertIn(str(self.port), third.stderr)
        self.end(process)

    def test_a_port_that_is_taken_by_somebody_else(self):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", self.port))
            other.listen(5)
            done = subprocess.run([str(ROOT / "deploy/up")], capture_output=True, text=True, env=self.environment(),
                stdin=subprocess.DEVNULL, timeout=1200, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.port}", done.stderr)
        self.assertIn("in use", done.stderr)

    def test_build_only_twice(self):
        for _ in range(2):
            done = subprocess.run([str(ROOT / "deploy/up"), "--build-only"], capture_output=True, text=True,
                stdin=subprocess.DEVNULL, timeout=1200, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.access(ROOT / "build/release/verbatim", os.X_OK))
