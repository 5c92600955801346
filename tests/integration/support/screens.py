"""Real terminals whose screens can be looked at: windows of a tmux server of our own."""

import itertools
import os
import re
import shlex
import subprocess
import time

from . import tools

# The terminal's own line drawing (DEC special graphics) and Unicode's look the same.
LINES = str.maketrans("`afgjklmnoqstuvwx~", "◆▒°±┘┐┌└┼⎺─⎽├┤┴┬│·")
numbers = itertools.count()


class Screens:
    def __init__(self, folder):
        self.socket = folder / f"tmux{next(numbers)}"
        self.count = 0
        self.environment = {**{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "SHELL": "/bin/sh"}

    def _tmux(self, *words):
        done = subprocess.run(["tmux", "-f", "/dev/null", "-S", str(self.socket), *words], env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=tools.DEADLINE)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def open(self, command, columns=80, rows=24):
        """A window of that size that runs `command` (words)."""
        self.count += 1
        name = f"s{self.count}"
        script = " ".join(shlex.quote(str(word)) for word in command) + "; echo; echo ended-$?; exec sleep 600"
        self._tmux("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), script)
        self._tmux("set-option", "-t", name, "status", "off")
        self._tmux("resize-window", "-t", name, "-x", str(columns), "-y", str(rows))
        return Screen(self, name)

    def close(self):
        if self.count:
            subprocess.run(["tmux", "-S", str(self.socket), "kill-server"], env=self.environment, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=tools.DEADLINE)


class Screen:
    def __init__(self, all_of_them, name):
        self.all, self.name = all_of_them, name

    def send(self, text):
        self.all._tmux("send-keys", "-t", self.name, "-l", text)

    def key(self, name):
        """Enter, C-c, C-], ..."""
        self.all._tmux("send-keys", "-t", self.name, name)

    def resize(self, columns, rows):
        self.all._tmux("resize-window", "-t", self.name, "-x", str(columns), "-y", str(rows))

    def text(self):
        return self.all._tmux("capture-pane", "-p", "-t", self.name).decode(errors="replace")

    def cells(self):
        """Everything: characters, colours, and where the cursor is."""
        cursor = self.all._tmux("display-message", "-p", "-t", self.name, "#{cursor_x},#{cursor_y},#{cursor_flag}")
        shown = self.all._tmux("capture-pane", "-p", "-e", "-t", self.name).decode(errors="replace")
        return re.sub("\x0e(.*?)\x0f", lambda match: match[1].translate(LINES), shown, flags=re.S), cursor

    def expect(self, text, deadline=tools.DEADLINE):
        end = time.monotonic() + deadline
        while text not in self.text():
            assert time.monotonic() < end, f"no {text!r} in\n{self.text()}"
            time.sleep(0.05)
