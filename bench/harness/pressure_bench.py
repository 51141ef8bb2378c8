"""Where the figures of bench/pressure run, and what they start."""

import contextlib
import dataclasses
import pathlib

from support.arrivals import Arrivals
from support.certificates import Authority
from support.start_stanzagate import Stanzagate, backend

from harness import targets
from harness.processes import Process, RunError

DOMAIN = "example.org"
SINK = "127.89.0.1"
QUIET = {"level": "warn"}  # thousands of sessions are lines that nobody reads


@dataclasses.dataclass
class Bench:
    directory: pathlib.Path
    bin_dir: pathlib.Path
    is_quick: bool

    def __post_init__(self):
        self.authority = Authority(self.directory / "authority")
        self.certificates = self.directory / "certificates"
        self.authority.issue(self.certificates / DOMAIN, DOMAIN)
        self._gates = 0

    @contextlib.contextmanager
    def gate(self, backends, others=None, **sections):
        """A stanzagate of one thread before these backends (support/start_stanzagate.py); `others`: of further domains."""
        self._gates += 1
        for domain in others or {}:
            self.authority.issue(self.certificates / domain, domain)
        gate = Stanzagate(self.directory / f"gate{self._gates}", self.certificates, {DOMAIN: backends, **(others or {})},
                          binary=self.bin_dir / "stanzagate", **{"log": QUIET, "worker": {"threads": 1}, **sections})
        try:
            yield gate
        finally:
            gate.end()

    @contextlib.contextmanager
    def sink(self):
        """A server that lets everybody in and returns each message: its backend()."""
        with self.sink_process() as (_, server):
            yield server

    @contextlib.contextmanager
    def sink_process(self, seconds=1_800):
        """The same with its process, which ends after so many seconds."""
        with Process([str(self.bin_dir / "sink_server"), f"{SINK}:0", "echo", str(seconds)]) as process:
            address, _, port = process.expect("listening", 10)[1][0].partition(":")
            yield process, backend("sink", address, port)

    @contextlib.contextmanager
    def haproxy(self, server):
        """HAProxy in TCP mode, one thread, before such a backend: its process and where it listens."""
        if not (self.directory / "both.pem").exists():
            targets.make_certificate(self.directory)
        self.settings = {"threads": 1, "ciphersuites": "TLS_AES_256_GCM_SHA384"}
        self.target_core = None
        with targets.all_targets(self.bin_dir)["haproxy"].run(self, server["address"]) as running:
            yield running

    def load(self, *words, seconds):
        """What load_client prints, which has so long for it."""
        log = self.directory / "load_client.log"
        command = [str(self.bin_dir / "load_client"), *map(str, words), "--timeout", str(seconds)]
        with Process(command, log=log) as process:
            text = process.read_all(seconds)
            if process.wait(5) != 0:
                raise RunError(f"{' '.join(command)} failed: {process.errors()}")
        return text

    def arrivals(self, endpoint, *phases, patience=10, domain=DOMAIN):
        """Clients of `domain` at `endpoint`, for each of `phases` (a second, seconds)."""
        words = ["--phases", ",".join(f"{max(1, round(rate))}:{seconds}" for rate, seconds in phases)]
        return Arrivals(self.load("arrivals", "--target", endpoint, "--domain", domain, *words, "--patience", patience,
                                  seconds=sum(seconds for _, seconds in phases) + patience + 60))
