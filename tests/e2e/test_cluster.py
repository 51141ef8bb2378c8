"""The promise of the bundled cluster, counted: whatever dies, no stanza is lost, doubled, reordered or given to
somebody else, and no session lives twice. More rounds: CLUSTER_KILL_ROUNDS, CLUSTER_RESUME_ROUNDS; a longer pause:
CLUSTER_PAUSE_SECONDS."""

import os
import random
from collections import Counter

import pytest

from support.crowd import Crowd
from support.start_node import DOMAIN
from support.strict_xml import SM
from support.waiting import wait_until

KILL_ROUNDS = int(os.environ.get("CLUSTER_KILL_ROUNDS", 12))
RESUME_ROUNDS = int(os.environ.get("CLUSTER_RESUME_ROUNDS", 20))
PAUSE_SECONDS = float(os.environ.get("CLUSTER_PAUSE_SECONDS", 8))  # longer than the lease of a node


@pytest.fixture
def cluster_gate(nodes, start_gate):
    """By turns, so that who resumes meets another node as a rule."""
    gate = start_gate({DOMAIN: nodes.backends()}, pool={"balance": "round-robin"}, health={"every": "200ms", "timeout": "1s"})
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
        crowd.cut(random.sample(crowd.clients, 2))  # who leave a node that lives, or dies before it has seen that
        nodes.lose_one(meanwhile=crowd.wait_for_progress)
    verdict = crowd.settle()

    print(f"{KILL_ROUNDS} rounds: {crowd.account.sent_count()} stanzas, {crowd.resumptions()} resumptions, "
          f"losses {dict(crowd.losses())}: {verdict}")
    assert not verdict, verdict
    assert crowd.account.received_count() == crowd.account.sent_count() > 0


def test_a_node_that_wakes_up_can_do_nothing_for_sessions_that_went_on_elsewhere(nodes, gather):
    crowd = gather()
    for client in crowd.clients:
        client.patience = 3.0  # seconds: they leave before the pause is over
    crowd.wait_for_progress()

    nodes.pause_one(PAUSE_SECONDS, meanwhile=crowd.wait_for_progress)
    crowd.wait_for_progress()
    given_up = [old for client in crowd.clients for old in client.given_up]
    wait_until(lambda: all(old.end for old in given_up), "the copies of the sessions are closed")
    verdict = crowd.settle()

    assert given_up and not verdict, verdict
    assert [old.mistakes for old in given_up if old.mistakes] == []
    assert {old.end for old in given_up} <= {"conflict", "cut"}


def resumed(session):
    """Whether the server lets this connection go on with the session it has asked for."""
    try:
        return session.next_element().tag == SM + "resumed"
    except (AssertionError, OSError):
        return False


def is_live(session):
    try:
        return session.ping() == []
    except (AssertionError, OSError):
        return False


def test_of_two_who_resume_a_session_at_once_one_gets_it(cluster_gate, new_session):
    session = new_session(cluster_gate)
    session.log_in("romeo", DOMAIN)
    sm_id = session.enable_resumption()

    answers = Counter()
    for _ in range(RESUME_ROUNDS):
        both = [new_session(cluster_gate) for _ in range(2)]
        for each in both:
            each.authenticate("romeo", DOMAIN)
            each.handled = session.handled
        for each in both:
            each.wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{sm_id}' h='{session.handled}'/>".encode())
        answers[sum(resumed(each) for each in both)] += 1
        live = [each for each in both if is_live(each)]
        assert len(live) == 1, answers
        assert not is_live(session)
        session = live[0]

    assert answers == {1: RESUME_ROUNDS}


class Meddler:
    """Stands between clients and their account, and does to the fifth stanza that comes to anybody what it is told."""

    def __init__(self, account, meddle):
        self._account, self._meddle, self._came = account, meddle, 0
        self._held = None
        self.send, self.sent_to = account.send, account.sent_to

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

    crowd.wait_for_progress(stanzas=100)  # so that one who is delayed has others behind it
    verdict = crowd.settle()

    assert len(getattr(verdict, seen)) == 1, verdict
    assert sum(map(len, (verdict.doubled, verdict.reordered, verdict.misdelivered))) == (seen != "lost"), verdict
    assert len(verdict.lost) == (seen in ("lost", "misdelivered")), verdict
