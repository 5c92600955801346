"""Damaged recordings: one line, exit code 1, and what is sound is still shown."""

import os
import random

from support import tools
from support.case import Case, needs_proxy


@needs_proxy
class Damage(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.output = cls.client.ssh(cls.port, cls.user, "--", "seq 1 200000; head -c 2000000 /dev/urandom").stdout
        cls.recorded = cls.proxy.session_since(0)
        cls.data = cls.recorded.file.read_bytes()

    def play(self, data, form="json"):
        file = self.work_file(f"damaged-{len(data)}.tar", data)
        return self.proxy.run("play", str(file), "--format", form, text=False)

    def assert_said(self, done):
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(done.stderr.decode().strip().splitlines()), 1, done.stderr)

    def test_the_whole_one_is_sound(self):
        done = self.play(self.data)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.recorded.bytes(), self.output)

    def test_truncated_anywhere(self):
        for length in (1, 7, 23, 24, 25, 100, len(self.data) // 3, len(self.data) // 2, len(self.data) - 1):
            with self.subTest(length=length):
                self.assert_said(self.play(self.data[:length]))

    def test_what_is_sound_before_the_cut_is_shown(self):
        done = self.play(self.data[:len(self.data) * 3 // 4])
        self.assert_said(done)
        self.assertIn(b'"session.start"', done.stdout.splitlines()[0])
        self.assertGreater(len(done.stdout), 1000)

    def test_flipped_bits(self):
        chance = random.Random(20)
        for _ in range(25):
            position, bit = chance.randrange(len(self.data)), 1 << chance.randrange(8)
            damaged = bytearray(self.data)
            damaged[position] ^= bit
            with self.subTest(position=position, bit=bit):
                # A few bits carry nothing: gzip's time stamp and operating system.
                done = self.play(bytes(damaged))
                if done.returncode != 0:
                    self.assert_said(done)
                else:
                    self.assertEqual(done.stdout, self.play(self.data).stdout)

    def test_things_that_are_no_recordings(self):
        for data in (b"hello\n" * 100, os.urandom(5000), b"\x1f\x8b" + b"\0" * 50, b"\xff" * 64):
            self.assert_said(self.play(data))

    def test_names_that_lead_nowhere(self):
        for name in ("/nonexistent.tar", "00000000-0000-4000-8000-000000000000", "../../etc/passwd", "/etc"):
            done = self.proxy.run("play", name, "--format", "text", text=False)
            self.assertIn(done.returncode, (1, 2), name)
            self.assertEqual(len(done.stderr.decode().strip().splitlines()), 1, done.stderr)

    def test_every_format_says_the_same(self):
        for form in ("text", "json", "yaml"):
            self.assert_said(self.play(self.data[:len(self.data) // 2], form))

    def test_a_reader_that_goes_away_is_no_error_of_ours(self):
        import subprocess
        from support import proxy as proxies
        process = subprocess.Popen([proxies.binary(), "play", "-c", str(self.proxy.config), str(self.recorded.file),
            "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=proxies.environment())
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        process.wait(tools.DEADLINE)
        self.assertIsNone(proxies.REPORT.search(errors.decode(errors="replace")))
