"""Processes that took the place of a stanzagate (`stanzagate upgrade`): known by their ids, ended with the test."""

import os
import signal
from pathlib import Path

from support.waiting import wait_until


class Successors:
    def __init__(self):
        self.pids = []

    def upgrade(self, gate):
        """The answer of `stanzagate upgrade`; its process is ended with the test."""
        answer = gate.ask("upgrade")
        self.pids.append(answer["pid"])
        return answer

    def end(self):
        for pid in self.pids:
            if is_running(pid):
                os.kill(pid, signal.SIGTERM)
        for pid in self.pids:
            wait_until(lambda: not is_running(pid), f"process {pid} has ended")


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
