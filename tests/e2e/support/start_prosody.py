"""Debian's Prosody as a private process: its own addresses, data and log, no daemon, no system files."""

import os
from pathlib import Path

from support import load
from support.accounts import PASSWORDS
from support.addresses import C2S, C2S_TLS, free_address
from support.process import Process
from support.waiting import wait_until

PROXIED = 15222  # the port that expects a PROXY v2 header
MODULES = Path(__file__).parent / "prosody_modules"

_CONFIG = """
run_as_root = {as_root} -- Prosody refuses root unless told
data_path = "{data}"
pidfile = "{directory}/prosody.pid"
plugin_paths = {{ "{modules}" }}
log = {{ info = "*console" }}
interfaces = {{ "{address}" }}
c2s_ports = {{ {c2s} }}
{direct_tls}
e2e_proxy_ports = {{ {proxied} }}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "smacks", "presence", "message", "iq", "blocklist", {tls}
  "e2e_proxy_port", "e2e_address" }}
modules_disabled = {{ "s2s", "offline" {no_tls} }}
c2s_require_encryption = {require_tls}
allow_unencrypted_plain_auth = true
c2s_stanza_size_limit = 4 * 1024 * 1024
smacks_hibernation_time = 60
authentication = "{authentication}"
limits = {{ }}
conflict_resolve = "random" -- load_client binds one resource many times
"""


class Prosody:
    """One running Prosody that serves `domains`; `address` is its own. With `certificate` (chain, key) it
    offers STARTTLS at C2S, requires it there, and direct TLS at C2S_TLS. `lines` go before its configuration.
    `host_lines` stand behind its last host. `data` is the folder of its accounts, which two may share; `people` are
    names with passwords."""

    kind = "prosody"
    proxied_port = PROXIED

    def __init__(self, directory, domains, certificate=None, address=None, lines="", host_lines="",
                 tls_protocol="tlsv1_2+", authentication="internal_plain", data=None, people=PASSWORDS):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.address = address or free_address()
        self._domains = domains
        self._authentication = authentication
        self._people = people
        self.data = Path(data or self.directory / "data")
        self._write_config(certificate, lines, host_lines, tls_protocol)
        self._write_accounts()
        self.start()

    def start(self):
        self.process = Process("prosody", ["prosody", "-F", "--config", self._config], self.directory)
        self.process.wait_for_listener(self.address, C2S)

    def end(self):
        self.process.end()

    def kill(self):
        self.process.kill()

    def wait_for_client_address(self, jid):
        """The address that Prosody holds for the full JID `jid`."""
        mark = f"e2e bound {jid} from "

        def logged():
            for line in self.process.log().splitlines():
                if mark in line:
                    return line.split(mark)[1].strip()

        return wait_until(logged, f"Prosody's log shows where {jid} came from")

    def _write_config(self, certificate, lines, host_lines, tls_protocol):
        config = lines + _CONFIG.format(
            as_root="true" if os.getuid() == 0 else "false", directory=self.directory, modules=MODULES,
            authentication=self._authentication, data=self.data,
            address=self.address, c2s=C2S, proxied=PROXIED,
            direct_tls=_tls_options(*certificate, tls_protocol) if certificate else "",
            tls='"tls",' if certificate else "", no_tls="" if certificate else ', "tls"',
            require_tls="true" if certificate else "false")
        for domain in self._domains:
            config += f'VirtualHost "{domain}"\n'
        config += host_lines
        self._config = self.directory / "prosody.cfg.lua"
        self._config.write_text(config)

    def _write_accounts(self):
        for domain in self._domains:
            accounts = self.data / _escape(domain) / "accounts"
            if accounts.exists():
                continue  # another's, who shares them
            accounts.mkdir(parents=True)
            for name, password in {**self._people, load.USER: load.PASSWORD}.items():
                (accounts / f"{name}.dat").write_text(f'return {{ ["password"] = "{password}"; }};\n')


def _tls_options(chain, key, protocol):
    pair = f'{{ certificate = "{chain}"; key = "{key}"; protocol = "{protocol}" }}'
    return f"ssl = {pair}\nc2s_direct_tls_ssl = {pair}\nc2s_direct_tls_ports = {{ {C2S_TLS} }}"


def _escape(domain):
    """Prosody's file names: all but ASCII letters and digits as %xx."""
    return "".join(c if c.isascii() and c.isalnum() else f"%{ord(c):02x}" for c in domain)
