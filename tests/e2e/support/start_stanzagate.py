"""The program under test as a real process: configuration in, log lines out, a clean end asserted."""

import json
import os
import re
import subprocess
from pathlib import Path

from support.addresses import C2S, C2S_TLS, WEB, free_address
from support.known_secrets import found_in
from support.process import Process
from support.waiting import PATIENCE, wait_until

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

    `domains` maps a domain to its list of backend() values; each domain has a pool of its own ("pool0", ...).
    `certificates` is a directory as cert_dir wants it. Further keys are sections and what they hold: `limits`,
    `worker`, `dns`, `tls`, `resumption`, `upgrade`, `shutdown`, `web`, which brings a listener of kind `web` at WEB; `listen` has tables of
    further ones, whose addresses may be ports alone; `pool` and `health` go to every pool. The admin socket is always there."""

    def __init__(self, directory, certificates, domains, binary=None, **sections):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        binary = binary or tested_binary()
        assert binary.exists(), f"{binary} is not built; see tests/run, or set STANZAGATE_BIN"
        self.address = free_address()
        self._binary = binary
        self._certificates = certificates
        self._config = self.directory / "stanzagate.toml"
        self.configure(domains, **sections)
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:exitcode=99",
                           UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
        self.process = Process("stanzagate", [binary, "run", self._config],
                               self.directory, environment)
        self.process.wait_for_listener(self.address, C2S)
        self.process.wait_for_listener(self.address, C2S_TLS)
        wait_until(lambda: " started " in self.log() or '"started"' in self.log() or self._is_silent_and_answers(sections),
                   "stanzagate has started")

    def configure(self, domains, **sections):
        """Writes the configuration anew, in one step; the running process sees that by itself."""
        new = self._config.with_suffix(".new")
        new.write_text(self._toml(domains, **sections))
        new.rename(self._config)

    def ask(self, *words, status=0):
        """One of the operator's commands, as JSON."""
        return json.loads(self.say(*words, "--json", status=status))

    def say(self, *words, status=0):
        """One of the operator's commands as a terminal shows it; it must end with `status`."""
        done = subprocess.run([self._binary, *map(str, words), "--socket", self._socket],
                              capture_output=True, text=True, timeout=PATIENCE * 4)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def backends(self, pool="pool0"):
        """The backends of a pool by name, as `backends --json` tells them."""
        pools = self.ask("backends")["pools"]
        return {each["name"]: each for one in pools if one["name"] == pool for each in one["backends"]}

    def wait_for_health(self, name, health, pool="pool0", seconds=PATIENCE):
        wait_until(lambda: self.backends(pool).get(name, {}).get("health") == health,
                   f"backend {name} is {health}", seconds)

    def wait_for_offers(self, domain):
        """Until logins of this domain show their user before a backend is chosen."""
        wait_until(lambda: any(domain in pool["known_offers"] for pool in self.ask("backends")["pools"]),
                   f"the offers for {domain} are known")

    def log(self):
        return self.process.log()

    def events(self, name):
        """The logged events called `name` as dictionaries, oldest first; `at` says when."""
        whole = self.log().rpartition("\n")[0]  # the last line may still be on its way
        lines = [line for line in whole.splitlines() if name in re.split(r"[\s=]+", line)]
        return [{"at": line.partition(" ")[0],
                 **{key: value.strip('"') for key, value in _FIELD.findall(line)}} for line in lines]

    def first_event(self, name):
        """The first logged event called `name`, which may be on its way still."""
        wait_until(lambda: self.events(name), f"stanzagate logs {name}:\n{self.log()[-4000:]}")
        return self.events(name)[0]

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

    def _is_silent_and_answers(self, sections):
        """Told by its log to tell nothing of a start, as where thousands of sessions would fill it."""
        return (sections.get("log") or {}).get("level") == "warn" and self._socket.exists()

    @property
    def _socket(self):
        return self.directory / "admin.sock"

    def _toml(self, domains, limits=None, worker=None, dns=None, log=None, admin=None, pool=None, health=None,
              tls=None, resumption=None, web=None, listen=(), upgrade=None, shutdown=None):
        lines = ["version = 1"] + _section("tls", {"cert_dir": str(self._certificates), **(tls or {})})
        for port, kind in ((C2S, "c2s"), (C2S_TLS, "c2s-tls")):
            lines += ["[[listen]]", f'address = "{self.address}:{port}"', f'kind = "{kind}"']
        web_listener = [{"address": WEB, "kind": "web"}] if web is not None else []
        for table in [*web_listener, *listen]:
            port = table["address"]
            lines += ["[[listen]]"] + _pairs({**table, "address": f"{self.address}:{port}"})
        lines += self._web(web or {})
        # `address` in `limits` is a table of its own.
        tables = {key: value for key, value in (limits or {}).items() if isinstance(value, dict)}
        plain = {key: value for key, value in (limits or {}).items() if key not in tables}
        lines += _section("limits", plain) + _section("dns", dns) + _section("log", log)
        for name, table in tables.items():
            lines += _section(f"limits.{name}", table)
        lines += _section("worker", {"threads": 2, **(worker or {})})
        lines += _section("resumption", resumption) + _section("upgrade", upgrade) + _section("shutdown", shutdown)
        lines += _section("admin", {"socket": str(self._socket), **(admin or {})})
        for number, (domain, backends) in enumerate(domains.items()):
            lines += _section(f'domain."{domain}"', {"pool": f"pool{number}"})
            lines += _section(f"pool.pool{number}", {"balance": "least-sessions", **(pool or {})})
            lines += _section(f"pool.pool{number}.health", health)
            for entry in backends:
                lines += [f"[[pool.pool{number}.backend]]"] + _pairs(entry)
        return "\n".join(lines) + "\n"


    @staticmethod
    def _web(web):
        forwards = web.get("forward", [])
        lines = _section("web", {key: value for key, value in web.items() if key != "forward"})
        for table in forwards:
            lines += ["[[web.forward]]"] + _pairs(table)
        return lines


def _value(value):
    return json.dumps(value)  # for strings, integers and booleans JSON and TOML write the same


def _pairs(table):
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _section(name, table):
    return [f"[{name}]"] + _pairs(table) if table else []
