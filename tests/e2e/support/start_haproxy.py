"""Debian's HAProxy in front of a stanzagate, passing TCP on with a PROXY header."""

import shutil
from pathlib import Path

from support.addresses import free_address
from support.process import Process

_BINARY = shutil.which("haproxy") or "/usr/sbin/haproxy"
_HEAD = """
defaults
  mode tcp
  timeout connect 10s
  timeout client 1m
  timeout server 1m
"""


class Haproxy:
    """At `address`, before the stanzagate at `gate`: `ports` maps ports of its own to those behind. `header` is what
    it sends: "send-proxy" or "send-proxy-v2". With `checks` it looks often whether the ports are there."""

    def __init__(self, directory, gate, ports, header, checks=False):
        self.address = free_address()
        own = f"{header} source {free_address()}"
        if checks:
            own += " check check-send-proxy inter 50ms"
        lines = [_HEAD]
        for port, behind in ports.items():
            lines += [f"listen on{port}", f"  bind {self.address}:{port}", f"  server gate {gate}:{behind} {own}"]
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "haproxy.cfg"
        config.write_text("\n".join(lines) + "\n")
        self.process = Process("haproxy", [_BINARY, "-db", "-f", config], directory)
        self.process.wait_for_listener(self.address, next(iter(ports)))

    def end(self):
        self.process.kill()
