"""The truth about files: one event for each that passes by sftp, scp or rsync, with its digest; and
copying in a direction that is not permitted ends before a byte of it arrives."""

import collections
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from support.case import Case, needs_proxy, needs_root, tools

MIB = 1 << 20
TIMED_FILES = 10_000


def digest(data):
    return hashlib.sha256(data).hexdigest()


class FileCase(Case):
    def setUp(self):
        super().setUp()
        self.here, self.there, self.back = (self.work_file(name) for name in ("here", "there", "back"))
        for folder in (self.here, self.there, self.back):
            folder.mkdir()

    def sftp(self, *lines, **settings):
        return self.client.sftp(self.port, self.user, "\n".join(lines) + "\n", **settings)

    def scp(self, *words, **settings):
        return self.client.scp(self.port, self.user, *words, **settings)

    def rsync(self, *words, **settings):
        shell = " ".join(self.client.ssh_command(self.port, self.user)[:-1])
        return subprocess.run(["rsync", "-e", shell, *map(str, words)], capture_output=True, timeout=120,
            env=self.client.environment(), stdin=subprocess.DEVNULL, **settings)

    def ended(self):
        """Waits for the session's end, then what the log tells of files."""
        self.proxy.wait_event("session.end", self.mark)
        return [line for line in self.proxy.events()[self.mark:] if line["event"] in ("sftp", "scp")]

    def by_path(self, events):
        return {line["path"]: line for line in events}

    def make_tree(self):
        tree = self.here / "tree"
        (tree / "deep" / "er").mkdir(parents=True)
        files = {"empty": b"", "one": b"x", "deep/some": os.urandom(70_001), "deep/er/block": os.urandom(32768),
                 "a b": b"with a space\n", "ünïcode": b"utf-8\n", "star*": b"*", "line\nbreak": b"two lines",
                 "-dash": b"-"}
        for name, data in files.items():
            (tree / name).write_bytes(data)
        (tree / "one").chmod(0o751)
        return tree, files

    def assert_whole(self, line, data, action):
        self.assertTrue(line["complete"], line)
        self.assertEqual(line["len"], len(data), line)
        self.assertEqual(line["sha256"], digest(data), line)
        self.assertEqual(line.get("transfer", line["action"]), action)
        self.assertTrue(line["code"].endswith("I"), line)
        self.assertNotIn("note", line)


@needs_proxy
class Sftp(FileCase):
    def test_files_up_and_down(self):
        data = os.urandom(5 * MIB + 1)
        (self.here / "big").write_bytes(data)
        done = self.sftp(f"put {self.here}/big {self.there}/big", f"get {self.there}/big {self.back}/big",
                         f"put -p {self.here}/big {self.there}/kept")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.back / "big").read_bytes(), data)
        up, down, kept = [line for line in self.ended() if line["action"] == 1]
        for line, action in ((up, "upload"), (down, "download"), (kept, "upload")):
            self.assert_whole(line, data, action)
            self.assertEqual((line["event"], line["code"], line["mode"]), ("sftp", "TS001I", "0644"))
            self.assertEqual(line["working_directory"], os.path.expanduser("~root"))
        self.assertEqual(up["path"], f"{self.there}/big")
        self.assertEqual(down["flags"], 1)
        self.assertEqual(kept["attributes"]["modification_time"][:4], time.strftime("%Y", time.gmtime(
            (self.here / "big").stat().st_mtime)))

    def test_everything_else_is_told_with_its_result(self):
        there = self.there
        done = self.sftp(f"mkdir {there}/d", f"put /etc/hostname {there}/f", f"rename {there}/f {there}/d/g",
            f"ln -s {there}/d/g {there}/s", f"ln {there}/d/g {there}/h", f"chmod 600 {there}/d/g",
            f"-rm {there}/nothing", f"-rmdir {there}/d", f"ls {there}/d", f"rm {there}/h", f"-get {there}/nothing {there}/x",
            f"-mkdir {there}/no/where")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = [(line["code"], line["path"].removeprefix(f"{there}/").rstrip("/"), line.get("target_path", "").removeprefix(f"{there}/"),
                 line.get("error", "")) for line in self.ended() if line["code"] not in ("TS001I",)]
        for one in [("TS012I", "d", "", ""), ("TS016I", "f", "d/g", ""), ("TS018I", "s", "d/g", ""),
                    ("TS019I", "h", "d/g", ""), ("TS007I", "d/g", "", ""), ("TS011E", "nothing", "", "no such file"),
                    ("TS013E", "d", "", "failure"), ("TS009I", "d", "", ""), ("TS011I", "h", "", ""),
                    ("TS012E", "no/where", "", "no such file")]:
            self.assertIn(one, told)
        self.assertEqual(sum(code == "TS009I" and path == "d" for code, path, *_ in told), 1)

    def test_a_tree_by_scp(self):
        tree, files = self.make_tree()
        up = self.scp("-r", "-p", str(tree), f"remote:{self.there}")
        self.assertEqual(up.returncode, 0, up.stderr)
        told = self.by_path(line for line in self.ended() if line["action"] == 1)
        self.assertEqual(len(told), len(files))
        for name, data in files.items():
            self.assert_whole(told[f"{self.there}/tree/{name}"], data, "upload")
        self.assertEqual(told[f"{self.there}/tree/one"]["mode"], "0751")
        self.mark_now()
        down = self.scp("-r", "-p", f"remote:{self.there}/tree", str(self.back))
        self.assertEqual(down.returncode, 0, down.stderr)
        told = self.by_path(line for line in self.ended() if line["action"] == 1)
        for name, data in files.items():
            self.assertEqual((self.back / "tree" / name).read_bytes(), data)
            self.assert_whole(told[f"{self.there}/tree/{name}"], data, "download")

    def mark_now(self):
        self.mark = self.proxy.mark()

    def test_a_resumed_upload_says_where_it_began(self):
        data = os.urandom(300_000)
        (self.here / "f").write_bytes(data)
        (self.there / "f").write_bytes(data[:100_000])
        done = self.sftp(f"reput {self.here}/f {self.there}/f")
        self.assertEqual(done.returncode, 0, done.stderr)
        line = [line for line in self.ended() if line["action"] == 1][-1]
        self.assertEqual((line["len"], line["sha256"]), (200_000, digest(data[100_000:])))
        self.assertIn("from byte 100000", line["note"])

    def test_a_client_that_is_killed_leaves_an_incomplete_file(self):
        (self.here / "big").write_bytes(os.urandom(64 * MIB))
        command = ["sftp", "-l", "40000", *self.client.options(f"User={self.user}"), "-b", "-", "-P", str(self.port),
                   "127.0.0.1"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.client.environment(), start_new_session=True)
        process.stdin.write(f"put {self.here}/big {self.there}/big\n".encode())
        process.stdin.flush()
        tools.wait_until(lambda: (self.there / "big").exists() and (self.there / "big").stat().st_size > MIB,
                         "some of the file to arrive")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()
        line = [line for line in self.ended() if line["action"] == 1][-1]
        self.assertFalse(line["complete"])
        self.assertGreater(line["len"], MIB)
        self.assertLess(line["len"], 64 * MIB)
        whole = (self.here / "big").read_bytes()
        self.assertEqual(line["sha256"], digest(whole[:line["len"]]))

    def test_a_full_disk_is_told(self):
        done = self.sftp(f"put {self.work_file('x', bytes(100_000))} /dev/full")
        self.assertNotEqual(done.returncode, 0)
        line = [line for line in self.ended() if line["action"] == 1][-1]
        self.assertEqual((line["code"], line["error"]), ("TS001E", "write: failure"))

    def test_the_server_by_its_path_counts_too(self):
        server = "/usr/lib/openssh/sftp-server"
        if not os.access(server, os.X_OK):
            self.skipTest("needs sftp-server")
        data = os.urandom(100_000)
        (self.here / "f").write_bytes(data)
        command = ["sftp", "-s", server, *self.client.options(f"User={self.user}"), "-b", "-", "-P", str(self.port),
                   "127.0.0.1"]
        done = subprocess.run(command, input=f"put {self.here}/f {self.there}/f\n".encode(), capture_output=True,
            env=self.client.environment(), timeout=tools.DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_whole([line for line in self.ended() if line["action"] == 1][-1], data, "upload")

    def test_what_is_no_sftp_passes_and_is_flagged(self):
        done = self.ssh("-s", "--", "sftp", input=b"GET / HTTP/1.1\r\n\r\n")
        direct = self.ssh_direct("-s", "--", "sftp", input=b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual((done.returncode, done.stdout), (direct.returncode, direct.stdout))
        line, = self.ended()
        self.assertEqual((line["code"], line["complete"]), ("TS000E", False))
        self.assertIn("a packet of", line["error"])

    def test_many_small_files(self):
        tree = self.here / "many"
        tree.mkdir()
        contents = {str(number): os.urandom(number % 4096) for number in range(TIMED_FILES)}
        for name, data in contents.items():
            (tree / name).write_bytes(data)
        began = time.monotonic()
        done = self.scp("-r", str(tree), f"remote:{self.there}", deadline=200)
        took = time.monotonic() - began
        self.assertEqual(done.returncode, 0, done.stderr)
        print(f"{TIMED_FILES} files of 0 to 4 KiB by scp: {took:.1f} s", flush=True)
        told = [line for line in self.ended() if line["action"] == 1]
        self.assertEqual(len(told), TIMED_FILES)
        for line in told:
            data = contents[os.path.basename(line["path"])]
            self.assertEqual((line["len"], line["sha256"]), (len(data), digest(data)))
        counts = collections.Counter(line["code"] for line in self.proxy.events()[self.mark:])
        self.assertEqual(sum(count for code, count in counts.items() if code.startswith("TS")),
                         counts["TS001I"] + counts["TS012I"] + counts["TS007I"], counts)


@needs_proxy
class Scp(FileCase):
    def test_a_tree_both_ways(self):
        tree, files = self.make_tree()
        # Its old protocol has no name with a line break.
        (tree / "line\nbreak").unlink()
        del files["line\nbreak"]
        up = self.scp("-O", "-r", "-p", str(tree), f"remote:{self.there}")
        self.assertEqual(up.returncode, 0, up.stderr)
        told = self.by_path(line for line in self.ended() if line["kind"] == "file")
        self.assertEqual(len(told), len(files))
        for name, data in files.items():
            line = told[f"tree/{name}"]
            self.assert_whole(line, data, "upload")
            self.assertEqual((line["event"], line["code"]), ("scp", "T3005I"))
            self.assertIn("scp -r -p", line["command"])
        self.assertEqual(told["tree/one"]["mode"], "0751")
        self.mark = self.proxy.mark()
        down = self.scp("-O", "-r", f"remote:{self.there}/tree", str(self.back))
        self.assertEqual(down.returncode, 0, down.stderr)
        events = self.ended()
        told = self.by_path(line for line in events if line["kind"] == "file")
        for name, data in files.items():
            self.assertEqual((self.back / "tree" / name).read_bytes(), data)
            self.assert_whole(told[f"{self.there}/tree/{name}"], data, "download")
            self.assertEqual(told[f"{self.there}/tree/{name}"]["code"], "T3004I")
        self.assertEqual({line["path"] for line in events if line["kind"] == "directory"},
                         {f"{self.there}/tree{name}" for name in ("", "/deep", "/deep/er")})

    def test_a_large_file_both_ways(self):
        data = os.urandom(24 * MIB + 7)
        (self.here / "big").write_bytes(data)
        for words in ((str(self.here / "big"), f"remote:{self.there}/big"), (f"remote:{self.there}/big", str(self.back))):
            self.mark = self.proxy.mark()
            done = self.scp("-O", *words, deadline=200)
            self.assertEqual(done.returncode, 0, done.stderr)
            line, = self.ended()
            self.assert_whole(line, data, "upload" if words[0].startswith("/") else "download")
        self.assertEqual((self.back / "big").read_bytes(), data)

    def test_failures(self):
        done = self.scp("-O", f"remote:{self.there}/nothing", str(self.back))
        self.assertNotEqual(done.returncode, 0)
        line, = self.ended()
        self.assertEqual((line["code"], line["path"]), ("T3004E", f"{self.there}/nothing"))
        self.assertIn("No such file", line["exitError"])
        self.mark = self.proxy.mark()
        done = self.scp("-O", str(self.work_file("f", b"x")), f"remote:{self.there}/no/where")
        self.assertNotEqual(done.returncode, 0)
        line, = self.ended()
        self.assertEqual((line["code"], line["complete"]), ("T3005E", False))

    def test_a_client_that_is_killed_leaves_an_incomplete_file(self):
        (self.here / "big").write_bytes(os.urandom(64 * MIB))
        command = ["scp", "-O", "-l", "40000", "-q", *self.client.options(f"User={self.user}"), "-P", str(self.port),
                   str(self.here / "big"), f"127.0.0.1:{self.there}/big"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=self.client.environment(), start_new_session=True)
        tools.wait_until(lambda: (self.there / "big").exists() and (self.there / "big").stat().st_size > MIB,
                         "some of the file to arrive")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        line, = self.ended()
        self.assertFalse(line["complete"])
        self.assertEqual(line["sha256"], digest((self.here / "big").read_bytes()[:line["len"]]))

    def test_scp_and_more_is_an_ordinary_command(self):
        for command in (f"scp -t {self.there}; echo more", f"scp -t {self.there} | cat", f"X=y scp -t {self.there}"):
            self.mark = self.proxy.mark()
            self.ssh("--", command, input=b"C0644 1 a\nx\0")
            self.assertEqual(self.ended(), [])
            self.assertEqual(self.proxy.wait_event("exec", self.mark)["command"], command)


@needs_proxy
@unittest.skipUnless(shutil.which("rsync"), "needs rsync")
class Rsync(FileCase):
    def test_both_ways(self):
        tree, files = self.make_tree()
        for source, goal, action in ((f"{tree}/", f"127.0.0.1:{self.there}/x", "upload"),
                                     (f"127.0.0.1:{self.there}/x/", f"{self.back}/", "download")):
            self.mark = self.proxy.mark()
            done = self.rsync("-a", source, goal)
            self.assertEqual(done.returncode, 0, done.stderr)
            line, = self.ended()
            self.assertEqual((line["event"], line["action"]), ("scp", action))
            self.assertEqual(line["path"].rstrip("/"), f"{self.there}/x")
            self.assertGreater(line["len"], 100_000)
            self.assertIn("rsync --server", line["command"])
        for name, data in files.items():
            self.assertEqual((self.back / name).read_bytes(), data)


def role(copy):
    return f'  - {{name: all, allow: {{logins: [root], targets: {{"*": "*"}}}}, options: {{file_copy: {copy}}}}}'


@needs_proxy
class Restricted(FileCase):
    copy, way = None, None

    @classmethod
    def setUpClass(cls):
        if cls.copy is None:
            raise unittest.SkipTest("the cases are in those below")
        cls.proxy_settings = {"roles": role(cls.copy)}
        super().setUpClass()

    def assert_told(self, code, **fields):
        events = [line for line in self.proxy.events()[self.mark:] if line["code"] == code]
        self.assertEqual(len(events), 1, events)
        for key, value in fields.items():
            self.assertEqual(events[0][key], value)

    def assert_line(self, done):
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"copying files {self.way} the target is not permitted", done.stderr.decode())


class NoUpload(Restricted):
    copy, way = "{upload: false, download: true}", "to"

    def test_sftp_may_only_fetch(self):
        (self.there / "f").write_bytes(b"content")
        done = self.sftp(f"ls {self.there}", f"-put /etc/hostname {self.there}/g", f"-rm {self.there}/f",
                         f"get {self.there}/f {self.back}/f", f"put /etc/hostname {self.there}/h")
        self.assert_line(done)
        self.assertIn("Permission denied", done.stderr.decode())
        self.assertEqual(done.stderr.decode().count("is not permitted"), 1, done.stderr)
        self.assertEqual((self.back / "f").read_bytes(), b"content")
        self.assertEqual(os.listdir(self.there), ["f"])
        self.proxy.wait_event("session.end", self.mark)
        refused = [line for line in self.proxy.events()[self.mark:] if line["code"] == "TS020E"]
        self.assertEqual([line["path"] for line in refused], [f"{self.there}/{name}" for name in "gfh"])
        for line in (f"rm {self.there}/f", f"rename {self.there}/f {self.there}/g", f"chmod 600 {self.there}/f",
                     f"mkdir {self.there}/d", f"ln {self.there}/f {self.there}/h", f"ln -s f {self.there}/s"):
            self.assert_line(self.sftp(line))
        self.assertEqual(os.listdir(self.there), ["f"])

    def test_scp_and_rsync_do_not_start(self):
        for flags in (("-O",), ()):
            self.assert_line(self.scp(*flags, "/etc/hostname", f"remote:{self.there}/x"))
        self.assert_told("T3010E", path=f"{self.there}/x", sid="")
        if shutil.which("rsync"):
            self.assert_line(self.rsync("/etc/hostname", f"127.0.0.1:{self.there}/x"))
        self.assert_line(self.ssh("--", f"tar -C {self.there} -xf -", input=b""))
        self.assertEqual(os.listdir(self.there), [])
        self.assertEqual(self.scp("-O", "remote:/etc/hostname", str(self.back)).returncode, 0)
        self.assertEqual(self.scp("remote:/etc/hostname", str(self.back)).returncode, 0)
        if shutil.which("rsync"):
            self.assertEqual(self.rsync("127.0.0.1:/etc/hostname", self.back).returncode, 0)

    def test_a_terminal_opens_no_way_around(self):
        for words in (("-tt", "--", f"scp -t {self.there}/x"), ("-tt", "-s", "--", "sftp")):
            done = self.ssh(*words, input=b"C0644 1 x\nx\0", deadline=30)
            self.assertIn(b"not permitted", done.stderr + done.stdout)
        self.assertEqual(os.listdir(self.there), [])

    def test_what_cannot_be_read_ends_the_session(self):
        self.assert_line(self.ssh("-s", "--", "sftp", input=b"\0\0\0\5\1\0\0\0\3\0\0\0\5\x63\0\0\0\1"))
        self.assert_line(self.ssh("--", f"rsync --server --temp-dir --sender . {self.there}", input=b""))


class NoDownload(Restricted):
    copy, way = "{upload: true, download: false}", "from"

    def test_sftp_may_only_bring(self):
        done = self.sftp(f"put /etc/hostname {self.there}/f", f"rename {self.there}/f {self.there}/g",
                         f"get {self.there}/g {self.back}/g")
        self.assert_line(done)
        self.assertEqual(os.listdir(self.there), ["g"])
        self.assertFalse((self.back / "g").exists() and (self.back / "g").read_bytes())
        self.proxy.wait_event("session.end", self.mark)
        self.assert_told("TS020E", path=f"{self.there}/g", transfer="download")

    def test_scp_and_rsync_do_not_start(self):
        for flags in (("-O",), ()):
            self.assert_line(self.scp(*flags, "remote:/etc/hostname", str(self.back)))
            self.assertEqual(self.scp(*flags, "/etc/hostname", f"remote:{self.there}").returncode, 0)
        if shutil.which("rsync"):
            self.assert_line(self.rsync("127.0.0.1:/etc/hostname", self.back))
            self.assertEqual(self.rsync("/etc/hostname", f"127.0.0.1:{self.there}").returncode, 0)
        self.assert_line(self.ssh("--", "tar -cf - /etc/hostname"))
