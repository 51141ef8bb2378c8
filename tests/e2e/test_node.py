"""The bundled cluster behind stanzagate: users of two nodes meet, and any node resumes any session."""

import base64
import hashlib
import signal
import socket
import ssl
import struct
import subprocess

import pytest

from support.accounts import PASSWORDS
from support.addresses import C2S, free_address
from support.client import DIRECT, STARTTLS, LoginFailed
from support.interrupted_talk import InterruptedTalk
from support.known_secrets import new_secret, remember
from support.raw_session import RawSession
from support.scram import log_in_by_scram
from support.start_node import DOMAIN, StanzanodeCluster, node_binary
from support.start_redis import Redis
from support.strict_xml import BIND, CLIENT, SASL, SASL2, STREAMS
from support.waiting import PATIENCE, wait_until


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def cluster(request, tmp_path_factory):
    """On each engine in turn."""
    redis = Redis(tmp_path_factory.mktemp("redis")) if request.param == "redis" else None
    running = StanzanodeCluster(tmp_path_factory.mktemp("cluster"), [DOMAIN],
                                store=redis.url if redis else "sqlite:state.db")
    yield running
    running.end()
    if redis:
        redis.end()


@pytest.fixture
def node_gate(cluster, start_gate):
    """By turns, so that two logins in a row meet two nodes."""
    gate = start_gate({DOMAIN: cluster.backends()}, pool={"balance": "round-robin"}, health={"every": "200ms"})
    for name in ("n1", "n2"):
        gate.wait_for_health(name, "up")
    return gate


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_users_of_two_nodes_exchange_messages(node_gate, transport, mechanism, new_client):
    romeo, juliet = new_client(), new_client()
    romeo_jid = romeo.log_in(f"romeo@{DOMAIN}", node_gate.address, transport, mechanism=mechanism)
    juliet_jid = juliet.log_in(f"juliet@{DOMAIN}", node_gate.address, transport, mechanism=mechanism)
    to_juliet = [new_secret("body") for _ in range(20)]
    to_romeo = [new_secret("body") for _ in range(20)]

    for one, other in zip(to_juliet, to_romeo):
        romeo.send(juliet_jid, one)
        juliet.send(romeo_jid, other)

    assert [juliet.next_message() for _ in to_juliet] == to_juliet
    assert [romeo.next_message() for _ in to_romeo] == to_romeo


def test_wrong_password_is_refused(node_gate, new_client):
    with pytest.raises(LoginFailed, match="failed_all_auth"):
        new_client().log_in(f"romeo@{DOMAIN}", node_gate.address, STARTTLS, password=new_secret("wrong"))


def test_what_came_while_nobody_was_there_is_given_at_login(node_gate, new_client):
    romeo, juliet = new_client(), new_client()
    romeo.log_in(f"romeo@{DOMAIN}", node_gate.address, DIRECT)
    bodies = [new_secret("body") for _ in range(5)]

    for body in bodies:
        romeo.send(f"juliet@{DOMAIN}", body)
    romeo.log_out()
    juliet.log_in(f"juliet@{DOMAIN}", node_gate.address, DIRECT)

    assert [juliet.next_message() for _ in bodies] == bodies


def node_of(gate, user):
    """The node that the one session of this user is at."""
    nodes = [each["backend"] for each in gate.ask("sessions", "--jid", f"{user}@{DOMAIN}")["sessions"]]
    assert len(nodes) == 1, nodes
    return nodes[0]


def test_another_node_resumes_after_a_cut_connection(node_gate, new_session, new_client):
    juliet = new_client()
    juliet_jid = juliet.log_in(f"juliet@{DOMAIN}", node_gate.address, DIRECT)
    romeo = new_session(node_gate)
    romeo_jid = romeo.log_in("romeo", DOMAIN)
    before = node_of(node_gate, "romeo")
    talk = InterruptedTalk(romeo, romeo_jid, juliet, juliet_jid, reset=True)

    # A drain would let it come back.
    node_gate.say("maintenance", f"pool0/{before}", "--over", "1s")
    again = new_session(node_gate)
    again.authenticate("romeo", DOMAIN)
    talk.go_on(again)

    assert node_of(node_gate, "romeo") != before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_a_session_survives_its_process(number, tmp_path, start_gate, new_session):
    cluster = StanzanodeCluster(tmp_path / "own", [DOMAIN])
    gate = start_gate({DOMAIN: cluster.backends()}, health={"every": "200ms"})
    romeo = new_session(gate)
    romeo_jid = romeo.log_in("romeo", DOMAIN)
    sm_id = romeo.enable_resumption()
    bodies = [new_secret("body") for _ in range(3)]

    for body in bodies:
        romeo.send_message(romeo_jid, body)
    assert romeo.next_body() == bodies[0]
    cluster.process.send_signal(number)
    romeo.wire.receive_to_end()
    cluster.process.wait()
    cluster.start()
    for name in ("n1", "n2"):
        gate.wait_for_health(name, "up")

    again = new_session(gate)
    again.authenticate("romeo", DOMAIN)
    again.handled = 1
    for body in bodies[again.resume(sm_id, 1):]:
        again.send_message(romeo_jid, body)
    assert [again.next_body() for _ in bodies[1:]] == bodies[1:]
    cluster.end()


@pytest.fixture(params=["sqlite", "redis"])
def two_processes(request, tmp_path, start_gate):
    """Two nodes with a process each, on one store, and a gate in front of them; the first is to suffer."""
    redis = Redis(tmp_path / "redis") if request.param == "redis" else None
    nodes = [StanzanodeCluster(tmp_path / f"n{number}", [DOMAIN], count=1, first=number, accounts=number == 1,
                               store=redis.url if redis else f"sqlite:{tmp_path}/state.db") for number in (1, 2)]
    gate = start_gate({DOMAIN: [each for node in nodes for each in node.backends()]}, health={"every": "200ms"})
    for name in ("n1", "n2"):
        gate.wait_for_health(name, "up")
    yield gate, *nodes
    nodes[1].end()
    if redis:
        redis.end()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "paused"])
def test_another_node_goes_on_for_a_dead_or_paused_one(number, two_processes, new_session, new_client):
    gate, first, second = two_processes
    gate.say("drain", "pool0/n2")
    romeo = new_session(gate)
    romeo_jid = romeo.log_in("romeo", DOMAIN)
    sm_id = romeo.enable_resumption()
    assert node_of(gate, "romeo") == "n1"
    gate.say("ready", "pool0/n2")
    gate.say("drain", "pool0/n1")
    juliet = new_client()
    juliet.log_in(f"juliet@{DOMAIN}", gate.address, DIRECT)
    bodies = [new_secret("body") for _ in range(10)]
    juliet.send(romeo_jid, bodies[0])
    assert romeo.next_body() == bodies[0]

    first.process.send_signal(number)
    for body in bodies[1:]:
        juliet.send(romeo_jid, body)
    again = new_session(gate)
    again.authenticate("romeo", DOMAIN)
    again.handled = romeo.handled
    again.resume(sm_id, romeo.handled)

    assert [again.next_body() for _ in bodies[1:]] == bodies[1:]
    if number == signal.SIGSTOP:
        # It wakes up, and its copy can do nothing any more.
        romeo.send_message(romeo_jid, new_secret("body"))
        first.process.send_signal(signal.SIGCONT)
        romeo.wire.receive_to_end()
        assert b"<conflict" in bytes(romeo.wire.received)
        assert again.ping() == []
        first.end()


def test_strangers_are_cut_off(cluster):
    """The node listens for proxies alone: without a PROXY header nothing is answered."""
    with socket.create_connection((cluster.addresses[0], C2S), timeout=10) as client:
        client.sendall(b"<?xml version='1.0'?><stream:stream to='prosody.test'>")
        assert client.recv(1) == b""
    wait_until(lambda: "proxy_header_refused" in cluster.log(), "the node says so")


def test_accounts_change_while_nodes_run(cluster, node_gate, new_client):
    paris, first, second = f"paris@{DOMAIN}", new_secret("password"), new_secret("password")

    def log_in(password):
        client = new_client()
        # Refusals are delayed, each more than the one before: one of an address is soon there.
        client.log_in(paris, node_gate.address, DIRECT, password=password, mechanism="SCRAM-SHA-256",
                      source=free_address())
        return client

    def assert_short(answer, line):
        """News of a store that is well are no part of it; this Redis, which forgets, is warned of."""
        assert answer.startswith(line + "\n")
        assert "store_up" not in answer and " info " not in answer, answer

    assert_short(cluster.say("user", "add", cluster.config, paris, line=first), f"{paris} added")
    client = log_in(first)
    assert_short(cluster.say("passwd", cluster.config, paris, line=second), f"{paris} has a new password")
    with pytest.raises(LoginFailed):
        log_in(first)
    log_in(second)
    cluster.say("user", "del", cluster.config, paris)
    assert "stream-error:not-authorized" in client.wait_for_end()
    with pytest.raises(LoginFailed):
        log_in(second)


def test_a_second_one_with_the_same_address_does_not_start(cluster):
    assert "is another server using this port?" in cluster.say("run", cluster.config, status=1)


def test_too_few_descriptors_are_said_at_the_start(cluster, tmp_path):
    config = tmp_path / "many.toml"
    config.write_text(cluster.config.read_text().replace("[limits]", "[limits]\nsessions = 1000"))

    # It ends at once, for the addresses are taken.
    done = subprocess.run(["prlimit", "--nofile=500", node_binary(), "run", config],
                          capture_output=True, text=True, timeout=PATIENCE * 4)

    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "sessions_limited wanted=1000 possible=" in said and "raise the descriptor limit" in said, said


def bind(session, resource):
    session.wire.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                      f"<resource>{resource}</resource></bind></iq>".encode())
    return session.next_stanza().find(f".//{BIND}jid").text


def proxy_header_over_tls():
    """PROXY version 2 for a client that is connected over TLS."""
    source, destination = (socket.inet_aton(free_address()) for _ in range(2))
    ssl_facts = struct.pack("!BHBI", 0x20, 5, 1, 0)
    rest = source + destination + struct.pack("!HH", 40000, C2S) + ssl_facts
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, len(rest)) + rest


def log_in_with_line_feeds(session, profile):
    """Each element of the login ends with a line, and lines come between them, too (RFC 6120 section 6.3.5
    forbids it, and clients do it). `session` is ready for its first header; it is bound in the end."""
    response = remember(base64.b64encode(f"\0romeo\0{PASSWORDS['romeo']}".encode()).decode())
    request = {
        SASL: f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{response}</auth>\n",
        SASL2: "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
               f"<initial-response>{response}</initial-response></authenticate>\n",
    }[profile]
    session.wire.send(b"\n")
    session.open_stream(DOMAIN)
    session.wire.send(b"\r\n" + request.encode())
    assert session.next_element().tag == profile + "success"
    session.wire.send(b"\n")
    if profile == SASL:
        session.open_stream(DOMAIN)
    else:
        assert session.next_element().tag == STREAMS + "features"
    session.wire.send(b"\n")
    assert bind(session, "feeder") == f"romeo@{DOMAIN}/feeder"


@pytest.mark.parametrize("profile", [SASL, SASL2], ids=["sasl", "sasl2"])
def test_line_feeds_between_the_elements_of_a_login_are_dropped(profile, cluster, node_gate, new_session):
    for _ in range(10):
        log_in_with_line_feeds(new_session(node_gate).secure(DOMAIN), profile)
        behind_no_gate = RawSession(cluster.addresses[0], STARTTLS, authority=None)
        behind_no_gate.wire.send(proxy_header_over_tls())
        log_in_with_line_feeds(behind_no_gate, profile)
        behind_no_gate.wire.close()


def test_the_newer_of_two_logins_gets_the_resource(node_gate, new_session):
    older, newer = new_session(node_gate), new_session(node_gate)
    for session in (older, newer):
        session.authenticate("mercutio", DOMAIN)
        assert bind(session, "phone") == f"mercutio@{DOMAIN}/phone"

    error = older.next_element()

    assert error.tag == STREAMS + "error"
    assert error.find("{urn:ietf:params:xml:ns:xmpp-streams}conflict") is not None
    newer.ping()


def next_message(session):
    while True:
        stanza = session.next_stanza()
        if stanza.tag == CLIENT + "message":
            return stanza


def test_copies_have_an_id_that_tells_their_sender_nothing(node_gate, new_session):
    def arrive(user):
        session = new_session(node_gate)
        session.log_in(user, DOMAIN)
        session.wire.send(b"<presence/><iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
        session.ping()
        return session

    first, second = arrive("juliet"), arrive("juliet")
    romeo, own = arrive("romeo"), arrive("romeo")

    ids = set()
    for _ in range(5):
        romeo.send_message(f"juliet@{DOMAIN}", new_secret("body"))
        copies = [next_message(session).find("{urn:xmpp:sid:0}stanza-id") for session in (first, second)]
        assert copies[0].attrib == copies[1].attrib and copies[0].get("by") == f"juliet@{DOMAIN}"
        ids.add(copies[0].get("id"))
        sent = next_message(own).find(f".//{{urn:xmpp:forward:0}}forwarded/{CLIENT}message")
        assert [child.tag for child in sent] == [CLIENT + "body"]
    assert len(ids) == 5


def test_what_a_lost_client_never_got_is_there_at_its_next_login(tmp_path, start_gate, new_session, new_client):
    cluster = StanzanodeCluster(tmp_path / "own", [DOMAIN], limits={"resume": "1s"})
    gate = start_gate({DOMAIN: cluster.backends()}, health={"every": "200ms"})
    romeo = new_session(gate)
    romeo_jid = romeo.log_in("romeo", DOMAIN)
    romeo.enable_resumption()
    juliet = new_client()
    juliet.log_in(f"juliet@{DOMAIN}", gate.address, DIRECT)
    bodies = [new_secret("body") for _ in range(10)]

    for body in bodies[:5]:
        juliet.send(romeo_jid, body)
    assert [romeo.next_body() for _ in bodies[:5]] == bodies[:5]
    romeo.wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{romeo.handled}'/>".encode())
    romeo.ping()
    romeo.wire.cut(True)
    for body in bodies[5:]:
        juliet.send(romeo_jid, body)
    wait_until(lambda: "client_lost" in cluster.log(), "the node misses the client")
    again = new_client()
    again.log_in(f"romeo@{DOMAIN}", gate.address, DIRECT)

    assert [again.next_message() for _ in bodies[5:]] == bodies[5:]
    juliet.log_out()
    again.log_out()
    cluster.end()


def test_logins_are_bound_to_the_tls_that_ends_in_the_proxy(cluster, start_gate, certificates, new_session):
    gate = start_gate({DOMAIN: cluster.backends(channel_binding=True)}, health={"every": "200ms"})
    gate.wait_for_health("n1", "up")
    gate.wait_for_health("n2", "up")
    pem = (certificates / DOMAIN / "fullchain.pem").read_text()
    pem = pem[:pem.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n"
    right = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()

    def answer_to(kind, binding_of, **tls):
        session = new_session(gate).secure(DOMAIN, **tls)
        offered = {each.text for each in session.open_stream(DOMAIN).iter() if each.tag.endswith("}mechanism")}
        assert "SCRAM-SHA-256-PLUS" in offered
        return log_in_by_scram(session, "SCRAM-SHA-256-PLUS", "romeo", f"p={kind}", binding_of(session.wire.tls))

    assert answer_to("tls-server-end-point", lambda _: right) == "success"
    assert answer_to("tls-server-end-point", lambda _: hashlib.sha256(b"another").digest()) == "failure"
    older = {"version": ssl.TLSVersion.TLSv1_2}
    assert answer_to("tls-unique", lambda tls: tls.get_channel_binding("tls-unique"), **older) == "success"
    assert answer_to("tls-unique", lambda _: bytes(12), **older) == "failure"
