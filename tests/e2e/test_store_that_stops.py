"""A store that falls silent: another process keeps the embedded one, stopped in the middle of a round, or Redis is
stopped. Nodes say so to checks and to those who log in, what waits is refused in time, other nodes serve meanwhile, and
all is well again when the store answers. Nothing that was acknowledged is lost."""

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.cluster_nodes import EmbeddedNodesApart, RedisNodes
from support.crowd import Crowd
from support.start_node import DOMAIN, StanzanodeCluster
from support.waiting import PATIENCE, wait_until

HEALTH = {"every": "200ms", "timeout": "2s"}
# backend/README.md, "Silence is said": 3 s of silence, looked at twice a second, of a request in each second. The rest
# is for checks, and for a machine that is busy with other things.
SAID_WITHIN = 5.0 + 5.0
# The same place: what waits is refused after 10 s, and not after twice that, as it was.
REFUSED_WITHIN = 10.0 + 7.0
REFUSED_LOGIN = "{urn:ietf:params:xml:ns:xmpp-sasl}failure came for {urn:ietf:params:xml:ns:xmpp-sasl}success"
LOSSES = {"resource-constraint", "internal-server-error", "timeout", "cut", "EOFError", REFUSED_LOGIN}


@contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def writer_of(database):
    """The process that has the database for itself (https://sqlite.org/walformat.html, 2.3), or none."""
    inode = os.stat(f"{database}-shm").st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if len(words) == 8 and words[1] == "POSIX" and words[3] == "WRITE" and words[6] == "120" \
                and words[5].endswith(f":{inode}"):
            return int(words[4])
    return None


def is_stopped(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "T"


@contextmanager
def stopped_in_the_middle_of_a_round(nodes, database):
    """Stops one of the nodes that work, again and again, until it has the database; yields its number among them."""
    found = None
    processes = [node.process for node in nodes.each()]

    def has_stopped_one():
        nonlocal found
        writer = writer_of(database)
        for number, process in enumerate(processes):
            if process.pid != writer:
                continue
            process.send_signal(signal.SIGSTOP)
            wait_until(lambda: is_stopped(process.pid), "it is stopped")
            if writer_of(database) == process.pid:
                found = number
                return True
            process.send_signal(signal.SIGCONT)
        return False

    wait_until(has_stopped_one, "one of them was stopped while it had the database", 4 * PATIENCE)
    try:
        yield found
    finally:
        processes[found].send_signal(signal.SIGCONT)


@pytest.fixture
def new_crowd(authority):
    """Makes a crowd before a gate that has begun to talk."""
    crowds = []

    def make(gate):
        crowds.append(Crowd(gate.address, DOMAIN, authority.certificate))
        crowds[-1].begin()
        crowds[-1].wait_for_progress()
        return crowds[-1]

    yield make
    for crowd in crowds:
        crowd.end()


def slow_down(crowd):
    """What piles up meanwhile must fit into the queue of a session."""
    for client in crowd.clients:
        client.pause = 0.05  # seconds


def gate_before(start_gate, backends):
    gate = start_gate({DOMAIN: backends}, pool={"balance": "round-robin"}, health=HEALTH)
    wait_for_all(gate, "up")
    return gate


def wait_for_all(gate, health, names=None):
    for name in names or gate.backends():
        gate.wait_for_health(name, health, seconds=2 * PATIENCE)


def refusal(session):
    """What a client hears that would log in, and after how many seconds."""
    began = time.monotonic()
    try:
        session.log_in("romeo", DOMAIN)
    except (AssertionError, OSError):
        pass
    return bytes(session.wire.received), time.monotonic() - began


def all_is_well_again(gate, crowd):
    wait_for_all(gate, "up")
    crowd.wait_for_progress(seconds=4 * PATIENCE)
    assert set(crowd.losses()) <= LOSSES, crowd.losses()
    verdict = crowd.settle()
    assert not verdict, verdict
    assert crowd.account.received_count() == crowd.account.sent_count() > 0


def test_one_that_is_stopped_in_the_middle_of_a_round_is_no_secret(tmp_path, start_gate, new_crowd, new_session):
    nodes = EmbeddedNodesApart(tmp_path, DOMAIN)
    try:
        gate = gate_before(start_gate, nodes.backends())
        crowd = new_crowd(gate)
        with stopped_in_the_middle_of_a_round(nodes, tmp_path / "state.db") as number:
            since = time.monotonic()
            slow_down(crowd)
            for client in crowd.clients:
                client.patience = 3 * PATIENCE  # it is the nodes' that counts
            others = [node for node in nodes.each() if node is not nodes.each()[number]]
            names = [name for node in others for name in node.names]
            wait_for_all(gate, "down", names)
            said = time.monotonic() - since
            # A node that cannot work says so at once, to who comes, and why in its log.
            second = start_gate({DOMAIN: [each for node in others for each in node.backends()]}, health=HEALTH)
            heard, took = refusal(new_session(second))
            log = others[0].log()
            # Sessions that are there are told within their time, however many processes wait.
            wait_until(lambda: all("reason=store_failed" in node.log() for node in others), "sessions hear of it", 3 * PATIENCE)
            told = time.monotonic() - since
        print(f"nodes down after {said:.1f} s, a login refused after {took:.2f} s, sessions told after {told:.1f} s")
        assert said < SAID_WITHIN
        assert took < 3 and (b"resource-constraint" in heard or b"temporary-auth-failure" in heard), (took, heard)
        assert told < REFUSED_WITHIN
        assert f"process {nodes.each()[number].process.pid} is stopped" in log, log[-4000:]
        for client in crowd.clients:
            client.patience = 10.0
        all_is_well_again(gate, crowd)
    finally:
        nodes.end()


def test_a_redis_that_is_stopped_is_no_secret(tmp_path, start_gate, new_crowd, new_session):
    nodes = RedisNodes(tmp_path, DOMAIN, is_durable=True)
    try:
        gate = gate_before(start_gate, nodes.backends())
        crowd = new_crowd(gate)
        with stopped(nodes.redis.process):
            since = time.monotonic()
            slow_down(crowd)
            wait_for_all(gate, "down")
            said = time.monotonic() - since
            heard, took = refusal(new_session(gate))
        print(f"nodes down after {said:.1f} s, a login refused after {took:.2f} s")
        assert said < SAID_WITHIN
        assert took < 3 and (b"resource-constraint" in heard or b"temporary-auth-failure" in heard), (took, heard)
        all_is_well_again(gate, crowd)
    finally:
        nodes.end()


def test_logins_go_to_nodes_whose_store_answers(tmp_path, start_gate, new_session):
    silent = RedisNodes(tmp_path / "silent", DOMAIN)
    others = StanzanodeCluster(tmp_path / "others", [DOMAIN], count=1, first=4)
    try:
        # Checks are so rare that sessions find out by themselves.
        gate = start_gate({DOMAIN: silent.backends() + others.backends()}, pool={"balance": "round-robin"},
                          health={"every": "60s", "timeout": "2s"})
        wait_for_all(gate, "up")
        with stopped(silent.redis.process):
            wait_until(lambda: all("store_silent" in node.log() for node in silent.each()), "nodes see it")
            began = time.monotonic()
            for _ in range(8):
                new_session(gate).log_in("romeo", DOMAIN)
            took = time.monotonic() - began
            assert "up" in {gate.backends()[name]["health"] for name in ("n1", "n2", "n3")}
        wait_until(lambda: all("store_answers_again" in node.log() for node in silent.each()), "they see its end")
        print(f"8 logins in {took:.1f} s")
        assert took < 8
        for _ in range(8):
            new_session(gate).log_in("juliet", DOMAIN)
    finally:
        others.end()
        silent.end()
