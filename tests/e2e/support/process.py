"""A child process with a log, ended by its pid and never left behind."""

import os
import signal
import socket
import subprocess
from pathlib import Path

from support.waiting import PATIENCE, wait_until


class Process:
    """Runs `command` in `directory`; what it prints goes to `directory/name.log`."""

    def __init__(self, name, command, directory, environment=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.log_path = Path(directory) / f"{name}.log"
        # The kernel ends the child should the tests die before they end it themselves. Ctrl-C means what it
        # means in a terminal, also where the tests run in the background.
        with self.log_path.open("ab") as log:
            self._child = subprocess.Popen(
                ["env", "--default-signal=INT", "setpriv", "--pdeathsig", "KILL", "--", *map(str, command)],
                stdin=stdin, stdout=log, stderr=log, cwd=directory, env=environment)

    @property
    def pid(self):
        return self._child.pid

    @property
    def is_running(self):
        return self._child.poll() is None

    def processor_seconds(self):
        """What it has used of the processor so far, its own code and the kernel's."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def write(self, text):
        """To its standard input, which must be a pipe."""
        self._child.stdin.write(text.encode())
        self._child.stdin.flush()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_listener(self, address, port, seconds=PATIENCE):
        def accepts():
            assert self.is_running, f"{self.name} ended early:\n{self.log()[-4000:]}"
            try:
                socket.create_connection((address, port), timeout=1).close()
                return True
            except OSError:
                return False

        wait_until(accepts, f"{self.name} listens on {address}:{port}:\n{self.log()[-4000:]}", seconds)

    def send_signal(self, number):
        self._child.send_signal(number)

    def kill(self):
        """kill -9, as a crash would look."""
        self._child.kill()
        self._child.wait()

    def end(self, seconds=PATIENCE):
        """Asks by SIGTERM, insists by SIGKILL; returns the exit status."""
        if self.is_running:
            self._child.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds=PATIENCE):
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {seconds:g} s:\n{self.log()[-4000:]}")
