"""A program on a pseudo-terminal of ours: type, wait for what it shows, change the size."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from . import tools


class Terminal:
    """`shown` holds every byte that the program wrote."""

    def __init__(self, command, columns=80, rows=24, env=None):
        master, slave = pty.openpty()
        self.master = master
        self.resize(columns, rows)
        try:
            self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env,
                start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        finally:
            os.close(slave)
        self.shown = b""
        self.seen = 0
        self.ended = False

    def resize(self, columns, rows, x_pixels=0, y_pixels=0):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, x_pixels, y_pixels))

    def send(self, data):
        os.write(self.master, data if isinstance(data, bytes) else data.encode())

    def _read(self, timeout):
        if self.ended or not select.select([self.master], [], [], timeout)[0]:
            return
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: the last holder of the other end is gone
            data = b""
        self.ended = not data
        self.shown += data

    def expect(self, pattern, deadline=tools.DEADLINE):
        """Waits until `pattern` (bytes, a regular expression) stands in what came since the last
        expect; returns the match."""
        end = time.monotonic() + deadline
        pattern = re.compile(pattern, re.S)
        while True:
            match = pattern.search(self.shown, self.seen)
            if match:
                self.seen = match.end()
                return match
            if self.ended or time.monotonic() > end:
                why = "the program ended" if self.ended else f"{deadline:.0f} s passed"
                raise AssertionError(f"{why} before {pattern.pattern!r}; shown since: {self.shown[self.seen:]!r}")
            self._read(0.05)

    def wait(self, deadline=tools.DEADLINE):
        """Reads to the end; the exit status."""
        end = time.monotonic() + deadline
        while not self.ended and time.monotonic() < end:
            self._read(0.05)
        return self.process.wait(max(0.1, end - time.monotonic()))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.master is not None:
            os.close(self.master)
            self.master = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
