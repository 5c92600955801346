"""kubectl cp: files arrive byte for byte in both directions, and the log names each with its digest."""

import hashlib
import os

from support import kubectl
from support.kube_case import KubeCase, each_transport, needs_proxy, tools


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Copies(KubeCase):
    def setUp(self):
        super().setUp()
        self.here = self.work_file("here")
        self.there = self.work_file("there")
        self.here.mkdir()
        self.there.mkdir()

    def make_tree(self, program):
        tree = self.here / f"tree-{program.transport}"
        (tree / "deep").mkdir(parents=True)
        files = {"empty": b"", "one": b"x", "deep/some": os.urandom(70_000), "spaced name": b"with a space\n",
                 "ünïcode": b"utf-8\n", "block": os.urandom(512)}
        for name, data in files.items():
            (tree / name).write_bytes(data)
        (tree / "one").chmod(0o750)
        return tree, files

    def file_events(self, count, **fields):
        """scp events since the mark, by file name."""
        def find():
            found = [line for line in self.proxy.events()[self.mark:] if line["event"] == "scp"
                     and line["kind"] == "file" and all(line.get(key) == value for key, value in fields.items())]
            return found if len(found) >= count else None
        found = tools.wait_until(find, f"{count} scp events")
        self.assertEqual(len(found), count)
        return {os.path.basename(line["path"]): line for line in found}

    def assert_told(self, files, action):
        if not self.proxy:
            return
        told = self.file_events(len(files), action=action)
        for name, data in files.items():
            line = told[os.path.basename(name)]
            self.assertEqual((line["len"], line["complete"]), (len(data), True), name)
            self.assertEqual(line.get("sha256", digest(b"")), digest(data), name)
            self.assertEqual(line["code"], "T3005I" if action == "upload" else "T3004I")
        if "one" in told:
            self.assertEqual(told["one"]["mode"], "0750")

    @each_transport
    def test_a_file_up(self, program):
        source, data = self.here / f"up-{program.transport}", os.urandom(300_001)
        source.write_bytes(data)
        done = self.run_kubectl(program, "cp", source, f"default/bb:{self.there / source.name}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.there / source.name).read_bytes(), data)
        self.assert_told({source.name: data}, "upload")

    @each_transport
    def test_a_file_down(self, program):
        source, data = self.there / f"down-{program.transport}", os.urandom(300_001)
        source.write_bytes(data)
        done = self.run_kubectl(program, "cp", f"default/bb:{source}", self.here / source.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.here / source.name).read_bytes(), data)
        self.assert_told({source.name: data}, "download")

    @each_transport
    def test_a_folder_up(self, program):
        tree, files = self.make_tree(program)
        done = self.run_kubectl(program, "cp", tree, f"bb:{self.there}")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, data in files.items():
            self.assertEqual((self.there / tree.name / name).read_bytes(), data)
        self.assert_told(files, "upload")

    @each_transport
    def test_a_folder_down(self, program):
        tree, files = self.make_tree(program)
        (tree / "link").symlink_to("one")
        target = self.there / tree.name
        done = self.run_kubectl(program, "cp", f"bb:{tree}", target)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, data in files.items():
            self.assertEqual((target / name).read_bytes(), data)
        self.assert_told(files, "download")
        if self.proxy:
            links = [line for line in self.proxy.events("scp") if line["kind"] == "symlink"]
            self.assertEqual(links[-1]["link_target"], "one")

    @each_transport
    def test_a_large_file_both_ways(self, program):
        source, data = self.here / f"big-{program.transport}", os.urandom(20 << 20)
        source.write_bytes(data)
        for words in ([source, f"bb:{self.there / source.name}"], [f"bb:{self.there / source.name}", self.here / "back"]):
            self.mark_all()
            done = self.run_kubectl(program, "cp", *words, deadline=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_told({source.name: data}, "upload" if words[0] == source else "download")
        self.assertEqual(digest((self.here / "back").read_bytes()), digest(data))

    @each_transport
    def test_a_file_that_is_not_there(self, program):
        # kubectl itself ends with 0 here; tar's failure is the session's.
        self.run_kubectl(program, "cp", f"bb:{self.there / 'nothing'}", self.here / "nothing")
        self.assertFalse((self.here / "nothing").exists())
        session = self.session()
        if session:
            self.assertIn(b"No such file", session.bytes("stderr"))
            self.assertEqual([line for line in self.proxy.events()[self.mark:] if line["event"] == "scp"], [])

    @needs_proxy
    @each_transport
    def test_tar_by_exec_counts_too(self, program):
        tree, files = self.make_tree(program)
        done = self.exec(program, "tar", "cf", "-", "-C", tree, ".")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_told(files, "download")

    @needs_proxy
    def test_a_copy_is_a_recorded_session(self):
        for program in kubectl.pair():
            self.mark_all()
            source = self.there / "kept"
            source.write_bytes(b"content of kept\n")
            self.assertEqual(self.run_kubectl(program, "cp", f"bb:{source}", self.here / "kept").returncode, 0)
            session = self.session()
            session.assert_sound(self)
            self.assertEqual(session.start["initial_command"][0], "tar")
            self.assertIn(b"content of kept\n", session.bytes("stdout"))
