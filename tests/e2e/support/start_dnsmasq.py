"""Debian's dnsmasq as a name server of one test: on an address of its own, with the records given only."""

import os
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path

from support.addresses import free_address
from support.process import Process

PORT = 5353
_BINARY = shutil.which("dnsmasq") or "/usr/sbin/dnsmasq"


def srv(name, target, port, priority=0, weight=0):
    """One SRV record; `target` is a host name that host() names."""
    return f"srv-host={name},{target},{port},{priority},{weight}"


def host(name, address):
    return f"host-record={name},{address}"


class NameServer:
    """Serves `records` (lines of dnsmasq.conf); all else does not exist. TTLs are one second."""

    def __init__(self, directory, records):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.address = f"{free_address()}:{PORT}"
        self.serve(records)

    def serve(self, records):
        """Starts (again) with these records."""
        lines = [f"port={PORT}", f"listen-address={self.address.rpartition(':')[0]}", "bind-interfaces",
                 "no-resolv", "no-hosts", "no-poll", "local=/#/", "local-ttl=1", *records]
        config = self.directory / "dnsmasq.conf"
        config.write_text("\n".join(lines) + "\n")
        self.start()

    def start(self):
        self._process = Process("dnsmasq", [_BINARY, "--no-daemon", f"--conf-file={self.directory}/dnsmasq.conf",
                                            "--pid-file=", "--user="], self.directory)
        address, _, port = self.address.rpartition(":")
        self._process.wait_for_listener(address, int(port))

    @contextmanager
    def silent(self):
        """It takes questions, and answers none meanwhile."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def kill(self):
        self._process.kill()

    def end(self):
        if self._process.is_running:
            self._process.end()
