"""A client that comes back is led to the backend that holds its session (XEP-0198), and to no other with it."""

from random import Random

import pytest

from support.accounts import PASSWORDS
from support.client import DIRECT
from support.coming_back import NAMES, Guest, InlineGuest, backends_at, is_not_known, reconfigure, routes
from support.parking_server import ParkingCluster
from support.routed_gate import wait_for_features
from support.start_ejabberd import ejabberd_version
from support.start_stanzagate import backend
from support.strict_xml import SM

from conftest import DOMAIN, DOMAINS


def test_who_comes_back_resumes_whatever_the_policy_says(prosodys, gate_before, new_guest):
    gate = gate_before(prosodys)
    for change in ([], ["weight", "pool0/{}", 0], ["drain", "pool0/{}"], ["reload"]):
        guest = new_guest("romeo").come(gate)
        home = routes(gate)[-1][1]
        if change:
            gate.say(*[word.format(home) if isinstance(word, str) else word for word in change])
        for _ in range(4):
            guest.cut()
            guest.come_back(gate)
            assert routes(gate)[-1] == ("remembered", home)
        guest.session.wire.send(b"</stream:stream>")
        guest.session.wire.receive_to_end()
        gate.say("ready", f"pool0/{home}")
        gate.say("weight", f"pool0/{home}", 100)


def test_users_are_remembered_each_by_itself(prosodys, gate_before, new_guest):
    gate = gate_before(prosodys)
    guests = [new_guest(user).come(gate) for user in PASSWORDS]
    homes = [home for _, home in routes(gate)]
    assert len(set(homes)) == 3
    for guest, home in zip(guests, homes):
        guest.cut(reset=True)
        guest.come_back(gate)
        assert routes(gate)[-1] == ("remembered", home)


# SASL2 without TLS to the server has come with 24.10.
EJABBERD_GUESTS = [(Guest, "remembered")] + ([(InlineGuest, "tag")] if ejabberd_version() >= (24, 10) else [])


@pytest.mark.parametrize("kind, route", EJABBERD_GUESTS)
def test_two_ejabberds_that_are_no_cluster_have_their_own_back(kind, route, ejabberd, start_ejabberd, gate_before,
                                                               new_guest):
    """All are cut and come back, several times, inline where this ejabberd can do that."""
    gate = gate_before([ejabberd, start_ejabberd()], DOMAINS["ejabberd"])
    guests = {user: new_guest(user, DOMAINS["ejabberd"], kind).come(gate) for user in PASSWORDS}
    homes = dict(zip(PASSWORDS, [home for _, home in routes(gate)]))
    assert set(homes.values()) == {"a", "b"}
    for turn in range(3):
        for guest in guests.values():
            guest.cut(reset=turn == 1)
        for user in reversed(guests):
            guests[user].come_back(gate)
            assert routes(gate)[-1] == (route, homes[user])


def test_the_long_id_of_a_long_resource_comes_back(ejabberd, gate_before, new_guest):
    """ejabberd puts the resource into it; RFC 7622 section 3.4.1 allows 1,023 bytes."""
    gate = gate_before([ejabberd], DOMAINS["ejabberd"])
    guest = new_guest("romeo", DOMAINS["ejabberd"]).come(gate, "r" * 1023)
    assert 1_380 < len(guest.sm_id) < 4_000
    for _ in range(2):
        guest.cut()
        guest.come_back(gate)


def test_a_session_whose_backend_is_down_is_not_asked_for_elsewhere(start_prosody, gate_before, new_guest):
    servers = [start_prosody(), start_prosody()]
    gate = gate_before(servers)
    guest = new_guest("romeo").come(gate)
    home = routes(gate)[0][1]
    servers[NAMES.index(home)].end()
    gate.wait_for_health(home, "down")

    assert is_not_known(guest.ask(gate))
    assert routes(gate)[-1][0] == "user" and routes(gate)[-1][1] != home
    guest.session.wire.send(b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    assert guest.session.next_stanza().get("type") == "result"


def test_a_backend_that_is_added_again_has_its_sessions_back(prosodys, gate_before, new_guest):
    """While it is not in the pool, a resumption is a fresh choice: the other server is asked, and does not know."""
    gate = gate_before(prosodys[:2])
    guest = new_guest("romeo").come(gate)
    home = routes(gate)[0][1]
    backends = backends_at(prosodys[:2])
    guest.cut()
    reconfigure(gate, DOMAIN, [each for each in backends if each["name"] != home])
    assert is_not_known(guest.ask(gate))
    assert routes(gate)[-1][0] == "user" and routes(gate)[-1][1] != home
    guest.cut()

    reconfigure(gate, DOMAIN, backends)
    guest.come_back(gate)
    assert routes(gate)[-1] == ("remembered", home)


def test_a_backend_under_another_name_is_a_fresh_choice(prosodys, gate_before, new_guest, authority):
    """Where the policy happens to lead to the same server, its session goes on; the id outside stays the client's."""
    gate = gate_before(prosodys[:1])
    guest = new_guest("romeo").come(gate)
    reconfigure(gate, DOMAIN, [{**backends_at(prosodys)[0], "name": "renamed"}])
    wait_for_features(gate, DOMAIN, authority)
    for route in ("user", "remembered"):
        guest.cut()
        guest.come_back(gate)
        assert routes(gate)[-1] == (route, "renamed")


def test_ids_are_none_that_the_server_would_know(prosodys, gate_before, new_guest):
    """12 characters of Prosody's own, behind 16 of ours, which are never the same."""
    gate = gate_before(prosodys)
    ids = [new_guest("romeo").come(gate).sm_id for _ in range(4)]
    assert [len(each) for each in ids] == [28] * 4
    assert len({each[:16] for each in ids}) == 4


def test_no_server_is_asked_for_the_session_of_another(start_gate, new_session):
    """A thousand comings and goings, while servers die and return."""
    random = Random(1)
    cluster = ParkingCluster(DOMAIN, NAMES)
    gate = start_gate({DOMAIN: [backend(name, server.address) for name, server in cluster.servers.items()]},
                      pool={"balance": "round-robin", "panic": 0},
                      health={"every": "100ms", "fall": 1, "rise": 1, "passive_failures": 0, "flap_window": "100ms"})
    for name in NAMES:
        gate.wait_for_health(name, "up")
    known = {}  # by user: the session's id, as the client has it, and as its server has it
    resumed = refused = 0
    for number in range(1_000):
        if number % 40 == 39:
            turn_one(random, cluster, gate)
        user = random.choice(list(PASSWORDS))
        session = new_session(gate, DIRECT)
        session.authenticate(user, DOMAIN)
        is_there = user in known and cluster.owner_of(known[user][16:]) is not None
        if user in known:
            session.wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{known[user]}' h='0'/>".encode())
            answer = session.next_element()
            if answer.tag == SM + "resumed":
                assert answer.get("previd") == known[user]
                resumed += 1
            else:
                assert answer.tag == SM + "failed" and answer.get("h") is None
                assert not is_there, "its server is up and has the session"
                refused += 1
                del known[user]
        if user not in known:
            known[user] = session.enable_resumption()
        session.wire.cut(reset=random.random() < 0.5)
        session.wire.close()
    assert cluster.wrong == []
    assert resumed > 900 and refused > 5, (resumed, refused)
    cluster.end()


def turn_one(random, cluster, gate):
    """One server dies, which the gate may not know yet, or the one that is dead returns."""
    dead = [server for server in cluster.servers.values() if not server.is_up]
    if dead:
        dead[0].live()
        gate.wait_for_health(dead[0].name, "up")
    else:
        random.choice(list(cluster.servers.values())).die()
