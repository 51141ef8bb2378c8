"""Debian's HAProxy in front of a stanzagate, passing TCP on with a PROXY header."""

import shutil
from pathlib import Path

from support.addresses import C2S, C2S_TLS, free_address
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
    """At `address`, C2S and C2S_TLS, before the ports `c2s` and `c2s_tls` of the stanzagate at `gate`. `header` is
    what it sends: "send-proxy" or "send-proxy-v2". With `checks` it looks often whether the ports are there."""

    def __init__(self, directory, gate, c2s, c2s_tls, header, checks=False):
        self.address = free_address()
        own = f"{header} source {free_address()}"
        if checks:
            own += " check check-send-proxy inter 50ms"
        lines = [_HEAD]
        for name, port, behind in (("c2s", C2S, c2s), ("c2s-tls", C2S_TLS, c2s_tls)):
            lines += [f"listen {name}", f"  bind {self.address}:{port}", f"  server gate {gate}:{behind} {own}"]
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "haproxy.cfg"
        config.write_text("\n".join(lines) + "\n")
        self.process = Process("haproxy", [_BINARY, "-db", "-f", config], directory)
        self.process.wait_for_listener(self.address, C2S)

    def end(self):
        self.process.kill()
