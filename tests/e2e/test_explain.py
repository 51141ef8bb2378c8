"""`stanzagate explain` and `status` say what becomes of a client that comes back (XEP-0198)."""

import pytest

from support.client import DIRECT
from support.parking_server import ParkingCluster
from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN

JULIET = f"juliet@{DOMAIN}"


@pytest.fixture
def cluster():
    servers = ParkingCluster(DOMAIN, ["a", "b"])
    yield servers
    servers.end()


def resume(session, sm_id):
    session.wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{sm_id}' h='0'/>".encode())
    return session.next_element().tag.partition("}")[2]


def test_the_operator_sees_where_a_client_would_resume(cluster, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend(name, server.address) for name, server in cluster.servers.items()]},
                      health={"every": "100ms", "fall": 1, "rise": 1, "slow_start": "0s"})
    for name in cluster.servers:
        gate.wait_for_health(name, "up")
    gate.wait_for_offers(DOMAIN)
    before = gate.ask("explain", JULIET)
    assert before["session"] is None and before["backends"] == ["a", "b"]
    assert before["pool"] == "pool0" and before["rule"] == DOMAIN

    session = new_session(gate, DIRECT)
    session.authenticate("juliet", DOMAIN)
    sm_id = session.enable_resumption()
    there = gate.ask("explain", JULIET)
    home = there["session"]["backend"]
    assert there["session"]["is_live"] and there["resume"] == "at_owner" and there["backends"] == [home]
    assert gate.first_event("session_routed")["backend"] == home

    session.wire.cut(reset=True)
    wait_until(lambda: not gate.ask("explain", JULIET)["session"]["is_live"], "the session has ended")
    assert 500 < gate.ask("explain", JULIET)["session"]["resumable_seconds"] <= 600
    gate.say("drain", f"pool0/{home}")
    assert f"login     goes to {home}, where the session is" in gate.say("explain", JULIET)
    assert "drained" in gate.say("explain", JULIET)
    session = new_session(gate, DIRECT)
    session.authenticate("juliet", DOMAIN)
    assert resume(session, sm_id) == "resumed"

    cluster.servers[home].die()
    gate.wait_for_health(home, "down")
    assert gate.ask("explain", JULIET)["resume"] == "refused"
    assert "is refused with item-not-found" in gate.say("explain", JULIET)
    session = new_session(gate, DIRECT)
    session.authenticate("juliet", DOMAIN)
    assert resume(session, sm_id) == "failed"
    cluster.servers[home].live()
    gate.wait_for_health(home, "up")
    gate.say("ready", f"pool0/{home}")
    session = new_session(gate, DIRECT)
    session.authenticate("juliet", DOMAIN)
    assert resume(session, "unknown") == "failed"
    counted = gate.ask("status")["resumes"]
    assert {name: count for name, count in counted.items() if count} == {
        "resumed": 1, "refused-here": 1, "item-not-found": 1}
    assert "resumes   1 resumed, 1 item-not-found, 1 refused-here" in gate.say("status")
    assert cluster.wrong == []
