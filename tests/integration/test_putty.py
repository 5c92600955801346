"""PuTTY's plink, pscp and psftp in batch mode."""

import os
import re
import shutil
import subprocess
import unittest

from support.case import Case, needs_proxy, tools
from support.listening import Server, connect, echo, exchange

MIB = 1 << 20


@unittest.skipUnless(shutil.which("plink"), "needs putty-tools")
class Putty(Case):
    proxy_settings = {"roles": '  - {name: all, allow: {logins: [root], targets: {"*": "*"}}, options: {port_forwarding: true}}'}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ppk = cls.folder / "key.ppk"
        subprocess.run(["puttygen", str(cls.client.key_file), "-O", "private", "-o", str(cls.ppk)], check=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=tools.DEADLINE)
        scanned = subprocess.run(["ssh-keyscan", "-p", str(cls.port), "127.0.0.1"], check=True, capture_output=True,
            timeout=tools.DEADLINE).stdout
        listed = subprocess.run(["ssh-keygen", "-lf", "-"], input=scanned, check=True, capture_output=True).stdout
        cls.host_keys = [word for key in re.findall(rb"SHA256:\S+", listed) for word in ("-hostkey", key.decode())]

    def putty(self, program, *words, **settings):
        command = [program, "-batch", "-P", str(self.port), "-l", self.user, "-i", str(self.ppk), *self.host_keys, *words]
        return subprocess.run(command, capture_output=True, timeout=tools.DEADLINE,
            env=self.client.environment({"PUTTYDIR": str(self.folder / "putty")}),
            **(settings or {"stdin": subprocess.DEVNULL}))

    def test_commands(self):
        for status in (0, 3):
            done = self.putty("plink", "127.0.0.1", f"echo out; echo err >&2; exit {status}")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (status, b"out\n", b"err\n"))
        if self.proxy:
            for session in self.sessions(2):
                self.assertEqual((session.bytes("stdout"), session.bytes("stderr")), (b"out\n", b"err\n"))

    def test_input_and_output_in_bulk(self):
        data = os.urandom(4 * MIB)
        done = self.putty("plink", "127.0.0.1", "cat", input=data)
        self.assertEqual((done.returncode, done.stdout == data), (0, True), done.stderr)
        if self.proxy:
            session, = self.sessions(1)
            self.assertEqual((session.bytes("stdin") == data, session.bytes("stdout") == data), (True, True))

    def test_a_shell_on_a_terminal(self):
        done = self.putty("plink", "-t", "127.0.0.1", input=b"stty size; echo $TERM; exit 5\n")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertRegex(done.stdout, rb"\d+ \d+\r\n")
        self.assertIn(b"xterm", done.stdout)
        if self.proxy:
            session, = self.sessions(1)
            self.assertTrue(session.end["interactive"])
            self.assertEqual(session.bytes("stdout"), done.stdout)

    def test_pscp_by_both_protocols(self):
        data = os.urandom(2 * MIB + 3)
        for flag in ("-sftp", "-scp"):
            here, there, back = (self.work_file(name + flag) for name in ("here", "there", "back"))
            here.write_bytes(data)
            up = self.putty("pscp", "-q", flag, str(here), f"127.0.0.1:{there}")
            down = self.putty("pscp", "-q", flag, f"127.0.0.1:{there}", str(back))
            self.assertEqual((up.returncode, down.returncode), (0, 0), up.stderr + down.stderr)
            self.assertEqual((there.read_bytes() == data, back.read_bytes() == data), (True, True))
        if self.proxy:
            self.assertEqual(len(self.sessions(4)), 4)

    def test_pscp_of_a_folder(self):
        tree, there = self.work_file("tree"), self.work_file("there")
        tree.mkdir()
        there.mkdir()
        for n in range(20):
            (tree / f"f{n}").write_bytes(os.urandom(n * 3000))
        done = self.putty("pscp", "-q", "-r", "-p", str(tree), f"127.0.0.1:{there}")
        self.assertEqual(done.returncode, 0, done.stderr)
        for file in tree.iterdir():
            self.assertEqual((there / tree.name / file.name).read_bytes(), file.read_bytes())

    def test_psftp(self):
        data = os.urandom(MIB)
        here, there, back = self.work_file("here", data), self.work_file("there"), self.work_file("back")
        batch = f"put {here} {there}\nchmod 640 {there}\nget {there} {back}\nrm {there}\nquit\n"
        done = self.putty("psftp", "127.0.0.1", input=batch.encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(back.read_bytes(), data)
        self.assertFalse(there.exists())
        if self.proxy:
            self.sessions(1)

    def test_a_file_that_is_not_there(self):
        done = self.putty("pscp", "-q", "127.0.0.1:/nonexistent", str(self.work_file("back")))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no such file", done.stdout.lower() + done.stderr.lower())

    def test_forwards(self):
        server, local, remote = Server(echo), tools.free_port(), tools.free_port()
        self.addCleanup(server.close)
        process = subprocess.Popen(["plink", "-batch", "-P", str(self.port), "-l", self.user, "-i", str(self.ppk),
            *self.host_keys, "-L", f"{local}:127.0.0.1:{server.port}", "-R", f"{remote}:127.0.0.1:{server.port}",
            "127.0.0.1", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self._end, process)
        data = os.urandom(200_000)
        for port in (local, remote):
            tools.wait_until(lambda p=port: tools.accepts(p), "plink's forward")
            self.assertEqual(exchange(connect(port), data), data)
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)

    @needs_proxy
    def test_a_refusal_is_one_line(self):
        done = subprocess.run(["plink", "-batch", "-P", str(self.port), "-l", "root@nowhere", "-i", str(self.ppk),
            *self.host_keys, "127.0.0.1", "true"], capture_output=True, stdin=subprocess.DEVNULL, timeout=tools.DEADLINE)
        self.assert_refused(done, "access denied")
