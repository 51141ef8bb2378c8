"""Debian's ejabberd as a private process: its own address, Mnesia directory and log. It runs without
Erlang distribution, so there is neither a node name to clash nor an epmd to leave behind."""

import json
import os
import re
from pathlib import Path

from support.accounts import PASSWORDS
from support.addresses import C2S, free_address
from support.process import Process
from support.waiting import wait_until

PROXIED = 15222  # the port that expects a PROXY header, version 1 or 2
LIBRARIES = "/usr/lib/x86_64-linux-gnu"


class Ejabberd:
    """One running ejabberd that serves `domains`; `address` is its own. With `certificate` (chain, key) it offers
    STARTTLS. Further `options` replace those of its configuration; the port that is waited for is C2S or the first of
    their listeners."""

    kind = "ejabberd"
    proxied_port = PROXIED

    def __init__(self, directory, domains, certificate=None, options=None, address=None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.address = address or free_address()
        self._config = self.directory / "ejabberd.yml"
        whole = {**self._options(domains, certificate), **(options or {})}
        self._first_port = whole["listen"][0]["port"]
        self._config.write_text(json.dumps(whole))  # JSON is YAML
        self._register = ", ".join(
            f'ok = ejabberd_auth:try_register(<<"{name}">>, <<"{domain}">>, <<"{password}">>)'
            for domain in domains for name, password in PASSWORDS.items())
        self.start()

    def start(self):
        environment = dict(
            os.environ, ERL_LIBS=LIBRARIES, HOME=str(self.directory), ERL_CRASH_DUMP_BYTES="0",
            EJABBERD_CONFIG_PATH=str(self._config), EJABBERD_PID_PATH=str(self.directory / "ejabberd.pid"),
            EJABBERD_LOG_PATH=str(self.directory / "ejabberd_file.log"))
        command = ["erl", "-noinput", "+S", "1", "-mnesia", "dir", f'"{self.directory}/mnesia"',
                   "-eval", f"{{ok, _}} = application:ensure_all_started(ejabberd), {self._register}, "
                            'io:format("e2e accounts are ready~n").']
        self.process = Process("ejabberd", command, self.directory, environment)
        wait_until(self._is_ready, f"ejabberd has made the accounts, see {self.process.log_path}", 60)
        self.process.wait_for_listener(self.address, self._first_port)

    def end(self):
        self.process.end()

    def kill(self):
        self.process.kill()

    def wait_for_client_address(self, jid):
        """The address that ejabberd logged when the owner of the full JID `jid` opened the session."""
        line = re.compile(r"\(([^()]*)\) Opened c2s session for " + re.escape(jid) + r"\b")
        accepted = re.compile(r"Accepted c2s .* authentication for " + re.escape(jid.split("/")[0]) +
                              r" by .* from ([0-9a-fA-F:.]+)")

        def logged():
            log = self.log()
            return line.search(log) and accepted.findall(log)[-1].removeprefix("::ffff:")

        return wait_until(logged, f"ejabberd's log shows where {jid} came from")

    def log(self):
        return (self.directory / "ejabberd_file.log").read_text(errors="replace")

    def _is_ready(self):
        assert self.process.is_running, f"ejabberd ended early:\n{self.process.log()[-4000:]}"
        return "e2e accounts are ready" in self.process.log()

    def _options(self, domains, certificate):
        c2s = {"ip": self.address, "module": "ejabberd_c2s", "max_stanza_size": 4 << 20,
               "shaper": "none", "access": "all", "starttls": bool(certificate)}
        if ejabberd_version() >= (24, 10):  # else it refuses SCRAM on a clear link to clients that could bind channels
            c2s["allow_unencrypted_sasl2"] = True
        return {
            **({"certfiles": [str(file) for file in certificate]} if certificate else {}),
            "hosts": domains, "loglevel": "info", "auth_password_format": "plain",
            "listen": [{**c2s, "port": C2S}, {**c2s, "port": PROXIED, "use_proxy_protocol": True}],
            "disable_sasl_mechanisms": ["X-OAUTH2"],
            "modules": {"mod_roster": {}, "mod_ping": {}, "mod_disco": {},
                        "mod_stream_mgmt": {"resend_on_timeout": False}},
        }


def ejabberd_version():
    """(24, 12) of the package that is installed."""
    names = (re.fullmatch(r"ejabberd-(\d+)\.(\d+).*", entry.name) for entry in Path(LIBRARIES).iterdir())
    return max((int(name.group(1)), int(name.group(2))) for name in names if name)
