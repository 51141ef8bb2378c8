"""Three stanzanodes with a store each, so that a session is resumed only where it was."""

import shutil

from support.start_node import StanzanodeCluster
from support.start_stanzagate import backend
from support.waiting import wait_until


class NodesApart:
    """Each serves `domain`; all of `people`, names with passwords, have accounts everywhere."""

    NAMES = "abc"

    def __init__(self, directory, domain, people):
        self.domain = domain
        first = StanzanodeCluster(directory / "a", [domain], count=1, people=people)
        # A process that listens may not hear a SIGTERM yet.
        wait_until(lambda: " started " in first.log(), "the first node has started")
        first.end()
        for name in "bc":
            (directory / name).mkdir()
            shutil.copy(directory / "a/state.db", directory / name)
        first.start()
        self._nodes = [first, *(StanzanodeCluster(directory / name, [domain], count=1, accounts=False)
                                for name in "bc")]

    def backends(self):
        return [backend(name, node.addresses[0], proxy="v2") for name, node in zip(self.NAMES, self._nodes)]

    def gate(self, start_gate, **sections):
        """A stanzagate before them that knows what they offer: start_gate({domain: [backend(...)]}, limits={...})."""
        gate = start_gate({self.domain: self.backends()},
                          **{"pool": {"balance": "round-robin"}, "health": {"every": "200ms"}, **sections})
        for name in self.NAMES:
            gate.wait_for_health(name, "up")
        return gate

    def end(self):
        for node in self._nodes:
            node.end()
