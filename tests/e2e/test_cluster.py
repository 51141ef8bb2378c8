"""The promise of the bundled cluster, counted: whatever dies, no stanza is lost, doubled, reordered or given to
somebody else, and no session lives twice. More rounds: CLUSTER_KILL_ROUNDS, CLUSTER_RESUME_ROUNDS; a longer pause:
CLUSTER_PAUSE_SECONDS."""

import os
import random

import pytest

from support.crowd import Crowd
from support.start_node import StanzanodeCluster
from support.start_redis import Redis

DOMAIN = "prosody.test"  # of the shared certificates; no Prosody serves it here

KILL_ROUNDS = int(os.environ.get("CLUSTER_KILL_ROUNDS", 8))


class EmbeddedNodes:
    """Three nodes of one process on the embedded store: what dies is the process."""

    def __init__(self, directory):
        self._cluster = StanzanodeCluster(directory / "nodes", [DOMAIN], count=3)

    def backends(self):
        return self._cluster.backends()

    def lose_one(self, meanwhile):
        """One dies, and with it all; once `meanwhile` is through, there are three again."""
        self._cluster.process.kill()
        self._cluster.start()
        meanwhile()

    def end(self):
        self._cluster.end()


class RedisNodes:
    """Three nodes, each a process of its own, on one Redis."""

    def __init__(self, directory):
        self._redis = Redis(directory / "redis")
        self._nodes = [StanzanodeCluster(directory / f"n{number}", [DOMAIN], count=1, first=number,
                                         store=self._redis.url, accounts=number == 1) for number in (1, 2, 3)]

    def backends(self):
        return [each for node in self._nodes for each in node.backends()]

    def lose_one(self, meanwhile):
        node = random.choice(self._nodes)
        node.process.kill()
        meanwhile()
        node.start()

    def end(self):
        for node in self._nodes:
            node.end()
        self._redis.end()


NODES = {"sqlite": EmbeddedNodes, "redis": RedisNodes}


@pytest.fixture(params=NODES)
def nodes(request, tmp_path):
    running = NODES[request.param](tmp_path)
    yield running
    running.end()


@pytest.fixture
def cluster_gate(nodes, start_gate):
    """By turns, so that who resumes meets another node as a rule."""
    gate = start_gate({DOMAIN: nodes.backends()}, pool={"balance": "round-robin"}, health={"every": "200ms"})
    for name in ("n1", "n2", "n3"):
        gate.wait_for_health(name, "up")
    return gate


@pytest.fixture
def gather(cluster_gate, authority):
    """Makes a crowd in front of the cluster that has begun to talk."""
    crowds = []

    def make(**keys):
        crowds.append(Crowd(cluster_gate.address, DOMAIN, authority.certificate, **keys))
        crowds[-1].begin()
        return crowds[-1]

    yield make
    for crowd in crowds:
        crowd.end()


def test_no_stanza_suffers_from_the_death_of_nodes(nodes, gather):
    crowd = gather()

    for _ in range(KILL_ROUNDS):
        crowd.wait_for_progress()
        nodes.lose_one(meanwhile=crowd.wait_for_progress)
    verdict = crowd.settle()

    print(f"{KILL_ROUNDS} rounds, {crowd.account.sent_count()} stanzas, {crowd.resumptions()} resumptions, "
          f"losses {dict(crowd.losses())}: {verdict}")
    assert not verdict, verdict
    assert crowd.account.received_count() == crowd.account.sent_count() > 0


class Meddler:
    """Stands between clients and their account, and does to the fifth stanza that comes to anybody what it is told."""

    def __init__(self, account, meddle):
        self._account, self._meddle, self._came = account, meddle, 0
        self._held = None
        self.send = account.send

    def received(self, *stanza):
        self._came += 1
        if self._came == 5:
            return self._meddle(self, *stanza)
        self._account.received(*stanza)
        if self._held and self._held[1] == stanza[1] and self._held[0] == stanza[0]:
            self._account.received(*self._held)
            self._held = None

    def lose(self, *stanza):
        pass

    def double(self, *stanza):
        self._account.received(*stanza)
        self._account.received(*stanza)

    def delay(self, *stanza):
        self._held = stanza

    def give_to_another(self, by, from_, body):
        self._account.received(from_, from_, body)


@pytest.mark.parametrize("fault, seen", [(Meddler.lose, "lost"), (Meddler.double, "doubled"),
                                         (Meddler.delay, "reordered"), (Meddler.give_to_another, "misdelivered")])
@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
def test_one_planted_fault_is_found_among_all_stanzas(fault, seen, nodes, gather):
    crowd = gather(change_account=lambda account: Meddler(account, fault))

    crowd.wait_for_progress()
    verdict = crowd.settle()

    assert len(getattr(verdict, seen)) == 1, verdict
    assert sum(map(len, (verdict.doubled, verdict.reordered, verdict.misdelivered))) == (seen != "lost"), verdict
    assert len(verdict.lost) == (seen in ("lost", "misdelivered")), verdict
