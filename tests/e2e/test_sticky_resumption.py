"""A client that comes back is led to the backend that holds its session (XEP-0198), and to no other with it."""

import base64
import os
from random import Random

import pytest

from support.accounts import PASSWORDS
from support.client import DIRECT
from support.known_secrets import remember
from support.parking_server import ParkingCluster
from support.start_node import StanzanodeCluster
from support.start_prosody import Prosody
from support.start_stanzagate import backend
from support.strict_xml import SM
from support.waiting import wait_until

from conftest import DOMAIN

NAMES = ["a", "b", "c"]
HEALTH = {"every": "200ms"}
SASL2 = "{urn:xmpp:sasl:2}"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Three Prosodys, each with sessions of its own; a Prosody resumes only what it holds."""
    running = [Prosody(tmp_path_factory.mktemp(name), [DOMAIN]) for name in NAMES]
    yield running
    for server in running:
        server.end()


@pytest.fixture
def gate_before(start_gate):
    """Makes a stanzagate before these servers, whose features it knows."""
    def start(servers, **keys):
        keys = {"pool": {"balance": "round-robin"}, "health": HEALTH, **keys}
        gate = start_gate({DOMAIN: [backend(name, server.address) for name, server in zip(NAMES, servers)]}, **keys)
        for name in NAMES[:len(servers)]:
            gate.wait_for_health(name, "up")
        return gate

    return start


@pytest.fixture
def come(new_session):
    """Logs in and enables resumption: come(gate, user) returns the session and its id."""
    def log_in(gate, user):
        session = new_session(gate, DIRECT)
        session.log_in(user, DOMAIN)
        return session, session.enable_resumption()

    return log_in


def come_back(new_session, gate, user, sm_id):
    session = new_session(gate, DIRECT)
    session.authenticate(user, DOMAIN)
    session.resume(sm_id, 0)
    return session


def routes(gate):
    """How each login was routed, and where to; the log tells it a little after the client has its answer."""
    routed = sum(gate.ask("status")["routed"].values())
    wait_until(lambda: len(gate.events("session_routed")) >= routed, "all routes are logged")
    return [(event["route"], event["backend"]) for event in gate.events("session_routed")]


def test_who_comes_back_resumes_whatever_the_policy_says(servers, gate_before, come, new_session):
    gate = gate_before(servers)
    for change in ([], ["weight", "pool0/{}", 0], ["drain", "pool0/{}"], ["reload"]):
        session, sm_id = come(gate, "romeo")
        home = routes(gate)[-1][1]
        if change:
            gate.say(*[word.format(home) if isinstance(word, str) else word for word in change])
        for _ in range(4):
            session.wire.cut()
            session = come_back(new_session, gate, "romeo", sm_id)
            assert routes(gate)[-1] == ("remembered", home)
        session.wire.send(b"</stream:stream>")
        session.wire.receive_to_end()
        gate.say("ready", f"pool0/{home}")
        gate.say("weight", f"pool0/{home}", 100)


def test_users_are_remembered_each_by_itself(servers, gate_before, come, new_session):
    gate = gate_before(servers)
    came = {user: come(gate, user) for user in PASSWORDS}
    homes = dict(zip(PASSWORDS, [home for _, home in routes(gate)]))
    assert len(set(homes.values())) == 3
    for user, (session, sm_id) in came.items():
        session.wire.cut(reset=True)
        come_back(new_session, gate, user, sm_id)
        assert routes(gate)[-1] == ("remembered", homes[user])


def test_a_session_whose_backend_is_down_is_not_asked_for_elsewhere(start_prosody, gate_before, come, new_session):
    servers = [start_prosody(), start_prosody()]
    gate = gate_before(servers)
    session, sm_id = come(gate, "romeo")
    home = routes(gate)[0][1]
    servers[NAMES.index(home)].end()
    gate.wait_for_health(home, "down")

    again = new_session(gate, DIRECT)
    again.authenticate("romeo", DOMAIN)
    assert routes(gate)[-1][0] == "user" and routes(gate)[-1][1] != home
    again.wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{sm_id}' h='0'/>".encode())
    failed = again.next_element()
    assert failed.tag == SM + "failed" and failed.get("h") is None
    assert failed.find("{urn:ietf:params:xml:ns:xmpp-stanzas}item-not-found") is not None
    again.wire.send(b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    assert again.next_stanza().get("type") == "result"


def test_ids_are_none_that_the_server_would_know(servers, gate_before, come):
    """12 characters of Prosody's own, behind 16 of ours, which are never the same."""
    gate = gate_before(servers)
    ids = [come(gate, "romeo")[1] for _ in range(4)]
    assert [len(each) for each in ids] == [28] * 4
    assert len({each[:16] for each in ids}) == 4


def test_no_server_is_asked_for_the_session_of_another(start_gate, new_session):
    """A thousand comings and goings, while servers die and return."""
    random = Random(1)
    cluster = ParkingCluster(DOMAIN, NAMES)
    gate = start_gate({DOMAIN: [backend(name, server.address) for name, server in cluster.servers.items()]},
                      pool={"balance": "round-robin", "panic": 0}, health={"every": "100ms", "fall": 1, "rise": 1, "passive_failures": 0,
                              "flap_window": "100ms"})
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


# Inline in SASL2.


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Three of our own with a store each, so that only the owner can resume."""
    running = [StanzanodeCluster(tmp_path_factory.mktemp(name), [DOMAIN], count=1) for name in NAMES]
    yield running
    for node in running:
        node.end()


@pytest.fixture
def gate_of_nodes(nodes, start_gate):
    def start(**keys):
        backends = [backend(name, node.addresses[0], proxy="v2") for name, node in zip(NAMES, nodes)]
        gate = start_gate({DOMAIN: backends}, pool={"balance": "round-robin"}, health=HEALTH, **keys)
        for name in NAMES:
            gate.wait_for_health(name, "up")
        return gate

    return start


def log_in_inline(session, user, inline):
    """SASL2 with PLAIN and what stands in `inline`; returns <success/>."""
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)
    response = remember(base64.b64encode(f"\0{user}\0{PASSWORDS[user]}".encode()).decode())
    session.wire.send(f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>{response}"
                      f"</initial-response>{inline}</authenticate>".encode())
    answer = session.next_element()
    assert answer.tag == SASL2 + "success", answer.tag
    return answer


BIND2 = "<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind>"


def id_in(success):
    return remember(success.find(f".//{SM}enabled").get("id"))


def resume_inline(session, user, sm_id):
    return log_in_inline(session, user, f"<resume xmlns='urn:xmpp:sm:3' previd='{sm_id}' h='0'/>" + BIND2)


def test_the_tag_chooses_the_backend_before_any_other_is_touched(nodes, gate_of_nodes, new_session):
    gate = gate_of_nodes()
    for user in PASSWORDS:
        session = new_session(gate, DIRECT)
        sm_id = id_in(log_in_inline(session, user, BIND2))
        home = routes(gate)[-1][1]
        for _ in range(3):
            session.wire.cut()
            others = {each["name"]: each["logins"] for each in gate.backends().values() if each["name"] != home}
            session = new_session(gate, DIRECT)
            success = resume_inline(session, user, sm_id)
            assert success.find(SM + "resumed").get("previd") == sm_id
            assert routes(gate)[-1] == ("tag", home)
            assert others == {each["name"]: each["logins"] for each in gate.backends().values() if each["name"] != home}
    assert gate.events("backend_attempt_failed") == []


def test_proxies_with_the_same_keys_find_each_other_s_sessions(nodes, gate_of_nodes, new_session, tmp_path):
    keys = tmp_path / "keys"
    keys.write_bytes(base64.b64encode(os.urandom(80)) + b"\n")
    keys.chmod(0o600)
    first = gate_of_nodes(resumption={"keys": str(keys)})
    second = gate_of_nodes(resumption={"keys": str(keys)})
    for _ in range(3):
        session = new_session(first, DIRECT)
        sm_id = id_in(log_in_inline(session, "juliet", BIND2))
        home = routes(first)[-1][1]
        session.wire.cut()
        success = resume_inline(new_session(second, DIRECT), "juliet", sm_id)
        assert success.find(SM + "resumed").get("previd") == sm_id
        assert routes(second)[-1] == ("tag", home)


def test_a_tag_of_other_keys_is_no_tag(nodes, gate_of_nodes, new_session):
    first, second = gate_of_nodes(), gate_of_nodes()
    session = new_session(first, DIRECT)
    sm_id = id_in(log_in_inline(session, "juliet", BIND2))
    session.wire.cut()
    success = resume_inline(new_session(second, DIRECT), "juliet", sm_id)
    assert success.find(SM + "failed") is not None and success.find(SM + "resumed") is None
    assert routes(second)[-1][0] == "user"
