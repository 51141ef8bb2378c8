"""The program under test as a real process: configuration in, log lines out, a clean end asserted."""

import json
import os
import re
from pathlib import Path

from support.addresses import C2S, C2S_TLS, free_address
from support.known_secrets import found_in
from support.process import Process
from support.waiting import wait_until

_ROOT = Path(__file__).parents[3]
_SANITIZER = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:")
_FIELD = re.compile(r'([\w.]+)=("(?:[^"\\]|\\.)*"|\S+)')


def tested_binary():
    """The binary most tests use: STANZAGATE_BIN, in tests/run the one with sanitizers."""
    return Path(os.environ.get("STANZAGATE_BIN", _ROOT / "build/dev/bin/stanzagate")).resolve()


def plain_binary():
    """A binary without sanitizers, for tests that measure memory: STANZAGATE_PLAIN_BIN."""
    return Path(os.environ.get("STANZAGATE_PLAIN_BIN") or tested_binary()).resolve()


def backend(name, address, port=C2S, **keys):
    """One backend of a pool; further keys as in the configuration (proxy="v2", tls="direct")."""
    return {"name": name, "address": f"{address}:{port}", **keys}


class Stanzagate:
    """A running stanzagate on an address of its own, STARTTLS at C2S and direct TLS at C2S_TLS.

    `domains` maps a domain to its list of backend() values; each domain has a pool of its own.
    `certificates` is a directory as cert_dir wants it. `limits`, `worker` and `pool` add keys to those
    sections (`pool` to every pool)."""

    def __init__(self, directory, certificates, domains, limits=None, worker=None, pool=None, binary=None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        binary = binary or tested_binary()
        assert binary.exists(), f"{binary} is not built; see tests/run, or set STANZAGATE_BIN"
        self.address = free_address()
        self._config = self.directory / "stanzagate.toml"
        self._config.write_text(self._toml(certificates, domains, limits or {}, worker or {}, pool or {}))
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:exitcode=99",
                           UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
        self.process = Process("stanzagate", [binary, "run", self._config],
                               self.directory, environment)
        self.process.wait_for_listener(self.address, C2S)
        self.process.wait_for_listener(self.address, C2S_TLS)

    def log(self):
        return self.process.log()

    def events(self, name):
        """The logged events called `name` as dictionaries, oldest first."""
        lines = [line for line in self.log().splitlines() if name in re.split(r"[\s=]+", line)]
        return [{key: value.strip('"') for key, value in _FIELD.findall(line)} for line in lines]

    def wait_for_session_end(self, source):
        """The session_end of the one session that came from the address `source`."""
        def logged():
            ends = [event for event in self.events("session_end")
                    if event["peer"].rpartition(":")[0] == source]
            assert len(ends) < 2, f"several ends of one session: {ends}"
            return ends and ends[0]

        return wait_until(logged, f"stanzagate logs the end of {source}'s session:\n{self.log()[-4000:]}")

    def memory(self):
        """Resident bytes of the process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS in /proc")

    def end(self):
        """Ends it as an operator does and asserts that nothing was wrong on the way."""
        status = self.process.end()
        log = self.log()
        assert not _SANITIZER.search(log), log[-8000:]
        assert status == 0, f"exit status {status}:\n{log[-4000:]}"
        assert not found_in(log), f"the log shows secrets: {found_in(log)}"

    def _toml(self, certificates, domains, limits, worker, pool):
        lines = ["version = 1", "[tls]", f"cert_dir = {_value(str(certificates))}"]
        for port, kind in ((C2S, "c2s"), (C2S_TLS, "c2s-tls")):
            lines += ["[[listen]]", f'address = "{self.address}:{port}"', f'kind = "{kind}"']
        lines += _section("limits", limits) + _section("worker", {"threads": 2, **worker})
        for number, (domain, backends) in enumerate(domains.items()):
            lines += _section(f'domain."{domain}"', {"pool": f"pool{number}"})
            lines += _section(f"pool.pool{number}", {"balance": "least-sessions", **pool})
            for entry in backends:
                lines += [f"[[pool.pool{number}.backend]]"] + _pairs(entry)
        return "\n".join(lines) + "\n"


def _value(value):
    return json.dumps(value)  # for strings, integers and booleans JSON and TOML write the same


def _pairs(table):
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _section(name, table):
    return [f"[{name}]"] + _pairs(table) if table else []
