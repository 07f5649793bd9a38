"""A terminal in memory: what a program leaves on its screen."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios


def run_in_terminal(script, columns, **environment):
    """The output of a Python script on a terminal with this many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | {
        "TERM": "xterm",
        "PYTHONIOENCODING": "utf-8",
        **environment,
    }
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    written = b"".join(parts).decode(environment["PYTHONIOENCODING"])
    assert process.wait() == 0, written
    return written


class Screen:
    """Lines as shown by a terminal, which wraps long lines.

    It knows letters, returns and line ends; another control letter is refused.
    """

    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.wrapped = 0
        self._place = 0

    def write(self, text):
        for letter in text:
            if letter == "\r":
                self._place = 0
            elif letter == "\n":
                self.lines.append("")
            else:
                assert letter >= " ", f"control letter {letter!r}"
                if self._place == self.columns:
                    self.lines.append("")
                    self.wrapped += 1
                    self._place = 0
                line = self.lines[-1].ljust(self._place)
                self.lines[-1] = line[: self._place] + letter + line[self._place + 1 :]
                self._place += 1

    def text(self):
        return [line.rstrip() for line in self.lines]


def screens(written, columns):
    """The last line as it stands before each return, and the whole screen at the end."""
    screen = Screen(columns)
    lives = []
    for part in written.split("\r"):
        screen.write(part)
        lives.append(screen.lines[-1].rstrip())
        screen.write("\r")
    return lives, screen
