"""Three Prosodys with sessions of their own behind one stanzagate, and what an operator does to them. A Prosody resumes
only the sessions that it made, so a client that has resumed was at the right one."""

from support.start_prosody import Prosody
from support.start_stanzagate import Stanzagate, backend


class ChangingPool:
    """Classic SASL by turns; all of `people`, names with passwords, have accounts everywhere. `log`: that section."""

    def __init__(self, directory, certificates, domain, people, log=None):
        self._directory, self._domain, self._people, self._log = directory, domain, people, log
        self._servers = {}
        for name in "abc":
            self._start_server(name)
        self.gate = Stanzagate(directory / "gate", certificates, self._backends(), **self._sections())
        self._wait_for_all()

    def changes(self):
        """Names of changes, each made when the name is given."""
        yield "nothing changed"
        self.gate.say("weight", "pool0/a", 1)
        self.gate.say("weight", "pool0/b", 0)
        yield "weights 1, 0 and 100"
        self._start_server("d")
        self.gate.configure(self._backends(), **self._sections())
        self.gate.say("reload")
        self._wait_for_all()
        yield "one backend added"
        self.gate.say("drain", "pool0/c")
        yield "one drained"
        self.gate.say("reload")
        yield "reloaded"

    def addresses(self):
        """Of the servers, in the order of their names."""
        return [server.address for server in self._servers.values()]

    def routed(self):
        """How many logins went where for which reason, so far."""
        return self.gate.ask("status")["routed"]

    def end(self):
        self.gate.end()
        for server in self._servers.values():
            server.end()

    def _start_server(self, name):
        self._servers[name] = Prosody(self._directory / name, [self._domain], people=self._people)

    def _backends(self):
        return {self._domain: [backend(name, server.address) for name, server in self._servers.items()]}

    def _sections(self):
        return {"pool": {"balance": "round-robin"}, "health": {"every": "500ms"}, "log": self._log}

    def _wait_for_all(self):
        for name in self._servers:
            self.gate.wait_for_health(name, "up")
