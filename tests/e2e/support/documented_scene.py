"""What the documents' command lines talk of, as real processes: the domain example.org with romeo in a session, the
pool `main` with the backends `a` and `b`, a name server that knows the machine as xmpp.example.org."""

import os
import re
import subprocess

from support.addresses import C2S, C2S_TLS
from support.client import DIRECT
from support.raw_session import RawSession
from support.start_dnsmasq import NameServer, host, srv
from support.start_node import StanzanodeCluster
from support.start_stanzagate import Stanzagate, backend
from support.successors import Successors
from support.waiting import PATIENCE

_DOMAIN = "example.org"
_MACHINE = f"xmpp.{_DOMAIN}"
_FILES = ("FILE", "/etc/stanzagate/stanzagate.toml")
_SESSION = "k3f9-0-4711"


class _Gate(Stanzagate):
    """Its pool is called `main`."""

    def _toml(self, *args, **keys):
        return super()._toml(*args, **keys).replace("pool0", "main")

    def call(self, program, words, here):
        """A call that finds it by its environment; `here` maps words of documents to what they mean."""
        words = [here.get(word, word) for word in words]
        words = [self._config if word in _FILES else word for word in words]
        return subprocess.run([self._binary.parent / program, *words],
                              env=dict(os.environ, STANZAGATE_SOCKET=str(self._socket)),
                              capture_output=True, text=True, timeout=PATIENCE * 4)


class DocumentedScene:
    """Owned by the tests of one file, which may change it by the commands that they run."""

    def __init__(self, directory, authority):
        self._authority = authority
        self._sessions = []
        self._successors = Successors()
        authority.issue(directory / "certificates" / _DOMAIN, _DOMAIN)
        self._cluster = StanzanodeCluster(directory / "cluster", [_DOMAIN])
        self._names = NameServer(directory / "dns", [
            srv(f"_xmpp-client._tcp.{_DOMAIN}", _MACHINE, C2S), srv(f"_xmpps-client._tcp.{_DOMAIN}", _MACHINE, C2S_TLS),
            host(_MACHINE, "192.0.2.7")])
        nodes = [backend(name, address, proxy="v2") for name, address in zip("ab", self._cluster.addresses)]
        self.gate = _Gate(directory / "gate", directory / "certificates", {_DOMAIN: nodes},
                          pool={"resume_anywhere": True}, dns={"servers": [self._names.address]})
        for name in "ab":
            self.gate.wait_for_health(name, "up", pool="main")
        self._new_session()

    def run(self, words):
        """Status and output of this call, which an operator gives beside these processes."""
        program, *words = words
        done = self.gate.call(program, words, {_SESSION: self._session_id()} if _SESSION in words else {})
        if words[0] == "upgrade" and done.returncode == 0:
            self._successors.pids.append(int(re.search(r"process (\d+)", done.stdout)[1]))
        return done.returncode, done.stdout + done.stderr

    def end(self):
        for session in self._sessions:
            session.wire.close()
        self._successors.end()
        self.gate.end()
        self._cluster.end()
        self._names.end()

    def _session_id(self):
        if not self.gate.ask("sessions")["sessions"]:
            self._new_session()
        return self.gate.ask("sessions")["sessions"][0]["id"]

    def _new_session(self):
        self._sessions.append(RawSession(self.gate.address, DIRECT, self._authority.certificate))
        self._sessions[-1].log_in("romeo", _DOMAIN)
