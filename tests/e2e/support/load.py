"""The load programs of bench/ as child processes: load_client in front, sink_server behind."""

import os
import signal
import subprocess
from pathlib import Path

from support.addresses import C2S_TLS, free_address
from support.process import Process
from support.waiting import wait_until

_ROOT = Path(__file__).parents[3]
_BINARIES = Path(os.environ.get("LOAD_BIN_DIR") or _ROOT / "build/release/bin").resolve()

# What load_client logs in with, at every server.
USER = "user"
PASSWORD = "secret"


class Sink:
    """A backend that lets load_client log in and returns every message."""

    port = 5222

    def __init__(self, directory, name="sink"):
        Path(directory).mkdir(parents=True, exist_ok=True)
        self.address = free_address()
        self._process = Process(name, [_BINARIES / "sink_server", f"{self.address}:{self.port}", "echo"], directory)
        self._process.wait_for_listener(self.address, self.port)

    def kill(self):
        self._process.kill()

    def end(self):
        if self._process.is_running:
            self._process.end()


class Load:
    """One run of load_client, over direct TLS unless its options say otherwise; every answer is checked by it, every echo compared. Idle sessions
    are held until stop()."""

    def __init__(self, directory, gate, domain, mode, name="load", port=C2S_TLS, **options):
        Path(directory).mkdir(parents=True, exist_ok=True)
        words = [mode, "--target", f"{gate.address}:{port}", "--domain", domain]
        for key, value in options.items():
            words += [f"--{key.replace('_', '-')}", value]
        # Idle sessions wait for a line that never comes.
        waits = mode == "idle"
        self._process = Process(name, [_BINARIES / "load_client", *words, *(["--wait"] if waits else [])], directory,
                                stdin=subprocess.PIPE if waits else subprocess.DEVNULL)

    @property
    def is_running(self):
        return self._process.is_running

    def wait_until_ready(self, seconds=60):
        """Until all sessions of the first step are there."""
        def is_ready():
            assert self.is_running, self._process.log()[-2000:]
            return "ready" in self._process.log()

        wait_until(is_ready, "load_client is ready", seconds)

    def wait_for_success(self, seconds=120):
        """Until the run is over; it must have met no surprise. Returns its last line as a dictionary."""
        status = self._process.wait(seconds)
        log = self._process.log()
        assert status == 0, log[-2000:]
        return dict(word.split("=", 1) for word in log.splitlines()[-1].split()[1:])

    def log(self):
        return self._process.log()

    def finish(self):
        """Has messages enough: what is under way comes back, then it is over."""
        self._process.send_signal(signal.SIGTERM)

    def stop(self):
        if self.is_running:
            self._process.kill()
