"""SFTP from hostile clients and hostile targets: bounded memory, a recording of every byte, one line in the
log that says what was not understood, and nobody else notices."""

import os
import pathlib
import sys
import time

from support import sftp_raw as sftp
from support.case import Case, needs_proxy, tools
from support.client import Client

SANITIZED = bool(os.environ.get("VERBATIM_SANITIZE"))
HANDLES = 20_000 if SANITIZED else 100_000
FOLLOWED = 4096  # most_files in files/sftp_observer.hpp
TOO_MANY = "too many files are open: its content is not followed"
FAKE = pathlib.Path(__file__).resolve().parent / "support/fake_sftp.py"

ROLES = """\
  - {name: all, allow: {logins: [root], targets: {"*": "*"}}}
  - {name: fetch, allow: {logins: [root], targets: {"*": "*"}}, options: {file_copy: {upload: false, download: true}}}"""


def said(answer):
    """What makes the target say these bytes."""
    return sftp.open_file(9, b"say:" + answer.hex().encode())


def status(number):
    return sftp.packet(sftp.STATUS, sftp.u32(number), sftp.u32(0), sftp.text(b""), sftp.text(b""))


# name: (stream after the version, words of what is flagged)
ASKED = {
    "longest length": (b"\xff\xff\xff\xff\x03" + bytes(100_000), "a packet of 4294967295 bytes"),
    "no length": (sftp.u32(0) + bytes(100), "too short"),
    "a type and nothing": (sftp.u32(1) + b"\x03" + bytes(100), "too short"),
    "a large request": (sftp.u32(300_000) + b"\x03" + bytes(300_000), "a packet of 300000 bytes"),
    "a name beyond its packet": (sftp.packet(sftp.OPEN, sftp.u32(1), b"\xff\xff\xff\xff/etc"), "cannot be read"),
    "a name without its flags": (sftp.packet(sftp.OPEN, sftp.u32(1), sftp.text(b"/etc")), "cannot be read"),
    "an unknown type": (sftp.packet(77, sftp.u32(1)), "of type 77"),
    "a second beginning": (sftp.init(), "cannot be read"),
    "a number twice": (sftp.open_file(1, b"mute") * 2, "a number of a request"),
    "questions without end": (b"".join(sftp.open_file(n, b"mute") for n in range(9000)), "too many requests"),
    "names without end": (b"".join(sftp.open_file(n, b"mute" + b"x" * 200_000) for n in range(40)), "too many requests"),
    "a handle of 300 bytes": (sftp.write(1, b"h" * 300, 0, b"data"), "a handle of 300 bytes"),
    "content beyond its packet": (sftp.packet(sftp.WRITE, sftp.u32(1), sftp.text(b"h"), bytes(8), b"\xff\xff\xff\xff"),
                                  "longer than its packet"),
}
ANSWERED = {
    "an answer to nothing": (said(status(12345)), "an answer to no request"),
    "an answer twice": (said(status(9) * 2), "an answer to no request"),
    "content instead of a handle": (said(sftp.packet(sftp.DATA, sftp.u32(9), sftp.text(b"x" * 1000))), "not asked for"),
    "attributes instead of a handle": (said(sftp.packet(sftp.ATTRS, sftp.u32(9), sftp.u32(0))), "does not fit"),
    "an answer without end": (said(b"\xff\xff\xff\xff\x65" + bytes(1000)), "a packet of 4294967295 bytes"),
    "an answer of nothing": (said(sftp.u32(0) + bytes(10)), "too short"),
    "a handle of 70000 bytes": (said(sftp.packet(sftp.HANDLE, sftp.u32(9), sftp.text(b"h" * 70_000))), "a handle"),
    "a handle beyond its packet": (said(sftp.packet(sftp.HANDLE, sftp.u32(9), sftp.u32(0xFFFFFFFF))), "a handle"),
    "a status without its code": (said(sftp.packet(sftp.STATUS, sftp.u32(9))), "a status"),
}
NAMES = [b"line\nbreak", b"a\rb", b"nul\0byte", b"\xff\xfe\xc3", b"\x1b[2J\x07", b"..//../x", b"", "\u202eünï".encode(),
         b'"quote\\', b"n" * 100_000]


class SftpCase(Case):
    target_extra = "SetEnv HOME=/nonexistent"  # no user's own .bashrc
    target_sftp = f"{sys.executable} -B {FAKE}"

    @classmethod
    def make_proxy(cls, name="proxy", **settings):
        cls.fetcher = Client(cls.folder / "fetcher", "bob")
        return super().make_proxy(name, roles=ROLES, user_roles={"bob": "fetch"},
                                  users={"alice": [cls.client.key], "bob": [cls.fetcher.key]}, **settings)

    def begin(self):
        """A session that has said hello."""
        process = self.popen("-s", "--", "sftp", bufsize=-1)
        self.ask(process, sftp.init())
        self.assertEqual(sftp.read_packet(process.stdout)[0], sftp.VERSION)
        return process

    def ask(self, process, *packets):
        process.stdin.write(b"".join(packets))
        process.stdin.flush()

    def told(self):
        """What the log says of files."""
        return [line for line in self.proxy.events()[self.mark:] if line["event"] == "sftp"]

    def memory(self):
        return tools.rss_kib(self.proxy.process.pid)

    def assert_grown_less(self, before, kib):
        if not SANITIZED:  # a quarantine grows by design
            self.assertLess(self.memory() - before, kib, "KiB more than before")


@needs_proxy
class Handles(SftpCase):
    def test_files_that_are_never_closed(self):
        self.assert_alive()
        self.mark = self.proxy.mark()
        before, began = self.memory(), time.monotonic()
        process, handles = self.begin(), []
        start = self.proxy.wait_event("session.start", self.mark)
        for first in range(0, HANDLES, 1000):
            self.ask(process, *(sftp.open_file(number, b"/file/%d" % number, sftp.FOR_WRITING)
                                for number in range(first, first + 1000)))
            handles += [sftp.handle_of(sftp.read_packet(process.stdout)) for _ in range(1000)]
        took, grown = time.monotonic() - began, self.memory() - before
        print(f"{HANDLES} open files: {took:.1f} s, {grown} KiB", flush=True)
        self.assert_grown_less(before, 24 * 1024)
        # One that is followed still is; one that is not is counted.
        for number in (17, HANDLES - 1):
            self.ask(process, sftp.write(1, handles[number], 0, b"content"), sftp.close(2, handles[number]))
            self.assertEqual([sftp.read_packet(process.stdout)[0] for _ in range(2)], [sftp.STATUS] * 2)
        self.assertEqual(self.ssh("--", "echo others").stdout, b"others\n")
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)
        tools.wait_until(lambda: not self.proxy.unfinished(), "the recording", 3 * tools.DEADLINE, 0.2)
        self.proxy.session_of(start, self.mark).assert_sound(self)
        self.check([line for line in self.told() if line["code"] == "TS001I"])
        self.assert_grown_less(before, 24 * 1024)

    def check(self, told):
        paths = [line["path"] for line in told if line.get("path")]
        self.assertEqual(sorted(paths), sorted(f"/file/{number}" for number in range(HANDLES)))
        self.assertEqual(sum(line.get("note") == TOO_MANY for line in told), HANDLES - FOLLOWED)
        written, = [line for line in told if line.get("path") == "/file/17"]
        self.assertEqual((written["len"], written["complete"]), (7, True))
        counted, = [line for line in told if not line.get("path")]
        self.assertEqual((counted["len"], counted["note"]), (7, "content of files that are not followed"))


@needs_proxy
class Streams(SftpCase):
    def setUp(self):
        super().setUp()
        self.witness = self.popen("--", "cat")
        self.assert_witness()
        self.mark = self.proxy.mark()
        self.addCleanup(self.assert_witness)

    def assert_witness(self):
        """A session that goes on all the while."""
        self.witness.stdin.write(b"still here\n")
        self.assertEqual(self.witness.stdout.readline(), b"still here\n")

    def run_stream(self, stream):
        """Everything at once; what came back, and the session."""
        done = self.ssh("-s", "--", "sftp", input=sftp.init() + stream, deadline=3 * tools.DEADLINE)
        session = self.proxy.session_since(self.mark)
        session.assert_sound(self)
        self.assertEqual(session.bytes("stdin"), sftp.init() + stream)
        self.assertEqual(session.bytes("stdout"), done.stdout)
        return session

    def test_what_cannot_be_followed_is_flagged_and_passes(self):
        self.run_stream(b"")
        before = self.memory()
        for name, (stream, words) in {**ASKED, **ANSWERED}.items():
            with self.subTest(name):
                self.mark = self.proxy.mark()
                # What follows is not looked at any more.
                self.run_stream(stream + (bytes(1 << 20) if name in ASKED else b""))
                flagged = [line for line in self.told() if line["code"] == "TS000E"]
                self.assertEqual(len(flagged), 1, flagged)
                self.assertIn(words, flagged[0]["error"])
                self.assertFalse(flagged[0]["complete"])
                self.assert_witness()
        self.assert_grown_less(before, 16 * 1024)

    def test_where_copying_is_restricted_it_ends_the_session(self):
        for name, (stream, _) in {**ASKED, **ANSWERED}.items():
            with self.subTest(name):
                self.mark = self.proxy.mark()
                process = self.fetcher.popen(self.port, self.user, "-s", "--", "sftp", bufsize=-1)
                self.addCleanup(self._end, process)
                self.ask(process, sftp.init())
                self.assertEqual(sftp.read_packet(process.stdout)[0], sftp.VERSION)
                _, errors = process.communicate(stream, tools.DEADLINE)
                self.assertEqual(process.returncode, 255)
                self.assertIn(b"copying files to the target is not permitted", errors)
                self.assertIn("not permitted", self.proxy.session_since(self.mark).end["reason"])
                refused = [line for line in self.told() if line["code"] == "TS020E"]
                self.assertEqual(len(refused), 1, refused)

    def test_a_packet_that_is_cut_off(self):
        whole = sftp.open_file(1, b"/etc/hostname") + sftp.write(2, b"\0" * 8, 0, b"w" * 1000)
        for cut in (1, 4, 5, 9, 20, len(whole) - 500, len(whole) - 1):
            with self.subTest(cut):
                self.mark = self.proxy.mark()
                self.run_stream(whole[:cut])
                self.assertEqual([line["code"] for line in self.told() if line["code"].endswith("E")], [])

    def test_names_of_any_bytes(self):
        process = self.begin()
        for number, name in enumerate(NAMES):
            self.ask(process, sftp.open_file(number, name))
            handle = sftp.handle_of(sftp.read_packet(process.stdout))
            self.ask(process, sftp.close(number, handle))
            self.assertEqual(sftp.read_packet(process.stdout)[0], sftp.STATUS)
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)
        session = self.proxy.session_since(self.mark)
        told = self.told()
        self.assertEqual([line["code"] for line in told], ["TS001I"] * len(NAMES))
        for name, line in zip(NAMES, told):
            shown = name.decode(errors="backslashreplace")
            self.assertEqual(line["path"][:16_000], shown[:16_000])
            self.assertLessEqual(len(line["path"]), 16_384)
            self.assertIn(name, session.bytes("stdin"))
        self.assertNotIn("\x1b", self.proxy.log)

    def test_numbers_at_their_end(self):
        """Offsets and sizes that would run over."""
        process = self.begin()
        self.ask(process, sftp.open_file(1, b"/f", sftp.FOR_WRITING))
        handle = sftp.handle_of(sftp.read_packet(process.stdout))
        last = (1 << 64) - 1
        asked = [sftp.write(2, handle, last, b"over"), sftp.write(3, handle, last - 1, b"over"),
                 sftp.read(4, handle, last, 0xFFFFFFFF), sftp.close(0xFFFFFFFF, handle)]
        self.ask(process, *asked)
        for _ in asked:
            self.assertIsNotNone(sftp.read_packet(process.stdout))
        process.stdin.close()
        self.assertEqual(process.wait(tools.DEADLINE), 0)
        self.proxy.session_since(self.mark).assert_sound(self)
        line, = self.told()
        self.assertEqual((line["code"], line["len"]), ("TS001I", 8))
        self.assertNotIn("sha256", {key for key, value in line.items() if value})
