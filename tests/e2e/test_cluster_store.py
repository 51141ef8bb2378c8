"""The promise of the bundled cluster when the store itself fails: a Redis that confirms only what is on the disk dies or
sleeps while people talk, and comes back. Nothing is lost, doubled or reordered, and the nodes get over it by themselves.
More rounds: STORE_KILL_ROUNDS; a longer pause: STORE_PAUSE_SECONDS."""

import os
import time

import pytest

from support.cluster_nodes import RedisNodes, pause
from support.crowd import Crowd
from support.start_node import DOMAIN
from support.waiting import PATIENCE, wait_until

KILL_ROUNDS = int(os.environ.get("STORE_KILL_ROUNDS", 8))
PAUSE_SECONDS = float(os.environ.get("STORE_PAUSE_SECONDS", 10))

REFUSED_LOGIN = "{urn:ietf:params:xml:ns:xmpp-sasl}failure came for {urn:ietf:params:xml:ns:xmpp-sasl}success"
# What may end a stream when the store is away: an answer that did not come in time, or the client's own patience.
LOSSES = {"resource-constraint", "timeout", REFUSED_LOGIN}


@pytest.fixture
def nodes(tmp_path):
    running = RedisNodes(tmp_path, DOMAIN, is_durable=True)
    yield running
    running.end()


@pytest.fixture
def crowd(nodes, start_gate, authority):
    """In front of the cluster; has begun to talk."""
    gate = start_gate({DOMAIN: nodes.backends()}, pool={"balance": "round-robin"},
                      health={"every": "200ms", "timeout": "1s"})
    for name in ("n1", "n2", "n3"):
        gate.wait_for_health(name, "up")
    crowd = Crowd(gate.address, DOMAIN, authority.certificate)
    try:
        crowd.begin()
        yield crowd
    finally:
        crowd.end()


def get_on_again(crowd):
    """How long it takes until everybody does, in seconds."""
    since = time.monotonic()
    crowd.wait_for_progress(seconds=PATIENCE)
    return time.monotonic() - since


def slow_down(crowd):
    """What piles up while the store is away must fit into the queue of a session."""
    for client in crowd.clients:
        client.pause = 0.05  # seconds


def settle(crowd, nodes, pids, times):
    """Until all is where it belongs: nothing is wrong with it, nor with the nodes."""
    verdict = crowd.settle()
    print(f"{crowd.account.sent_count()} stanzas, {crowd.resumptions()} resumptions, losses {dict(crowd.losses())}, "
          f"seconds until all went on {[round(each, 1) for each in times]}: {verdict}")
    assert not verdict, verdict
    assert crowd.account.received_count() == crowd.account.sent_count() > 0
    assert nodes.pids() == pids


def test_no_stanza_suffers_from_short_deaths_of_the_store(nodes, crowd):
    pids, times = nodes.pids(), []

    for _ in range(KILL_ROUNDS):
        crowd.wait_for_progress()
        nodes.redis.process.kill()
        nodes.redis.start()
        times.append(get_on_again(crowd))

    assert crowd.losses() == {}  # nobody has noticed more than a delay
    settle(crowd, nodes, pids, times)


def test_no_stanza_suffers_when_nodes_die_with_the_store(nodes, crowd):
    times = []

    for _ in range(KILL_ROUNDS // 2):
        crowd.wait_for_progress()
        nodes.redis.process.kill()
        nodes.lose_one(meanwhile=nodes.redis.start)
        times.append(get_on_again(crowd))

    settle(crowd, nodes, nodes.pids(), times)


def test_no_stanza_suffers_from_a_store_that_stays_away(nodes, crowd):
    pids = nodes.pids()
    slow_down(crowd)
    crowd.wait_for_progress()

    nodes.redis.process.kill()
    wait_until(lambda: all(client.losses for client in crowd.clients), "everybody has given up", 2 * PATIENCE)
    nodes.redis.start()

    times = [get_on_again(crowd)]
    assert set(crowd.losses()) <= LOSSES
    settle(crowd, nodes, pids, times)


def test_no_stanza_suffers_from_a_store_that_sleeps(nodes, crowd):
    pids = nodes.pids()
    slow_down(crowd)
    crowd.wait_for_progress()

    pause(nodes.redis.process, PAUSE_SECONDS)

    times = [get_on_again(crowd)]
    assert set(crowd.losses()) <= LOSSES
    settle(crowd, nodes, pids, times)
