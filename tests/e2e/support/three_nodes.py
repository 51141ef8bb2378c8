"""The bundled cluster as people meet it: three nodes behind one stanzagate that sends logins to them by turns."""

import itertools

from support.engines import cluster_on
from support.known_secrets import new_secret
from support.start_stanzagate import Stanzagate

_NODES = 3
PEOPLE = {f"user{number}": new_secret("password") for number in range(40)}


class ThreeNodes:
    """Owned by the test run. `domain` is served, every one of PEOPLE has an account."""

    def __init__(self, directory, engine, domain, certificates):
        self.domain = domain
        self._cluster = cluster_on(engine, directory / "cluster", [domain], count=_NODES, people=PEOPLE)
        nodes = self._cluster.__enter__()
        self.backends, self.node_log = nodes.backends, nodes.log
        self._people = itertools.cycle(PEOPLE)
        # Each worker has turns of its own: with one, logins in a row meet different nodes.
        self.gate = Stanzagate(directory / "gate", certificates, {domain: self.backends()}, worker={"threads": 1},
                               pool={"balance": "round-robin", "resume_anywhere": True}, health={"every": "200ms"})
        for name in nodes.names:
            self.gate.wait_for_health(name, "up")

    def strangers(self):
        """Two bare JIDs that no test has touched."""
        return [f"{next(self._people)}@{self.domain}" for _ in range(2)]

    def node_of(self, user):
        """The node that the one session of this bare JID is at."""
        nodes = [each["backend"] for each in self.gate.ask("sessions", "--jid", user)["sessions"]]
        assert len(nodes) == 1, nodes
        return nodes[0]

    def end(self):
        self.gate.end()
        self._cluster.__exit__(None, None, None)


def password_of(jid):
    return PEOPLE[jid.split("@")[0]]
