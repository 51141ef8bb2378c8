"""What the end-to-end tests share: one authority, one Prosody, one ejabberd and one stanzagate in front of
both for the whole run; and makers of private ones for tests that break things. A real process is behind
each of these. Binaries: STANZAGATE_BIN, STANZAGATE_PLAIN_BIN (see support/start_stanzagate.py)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support.certificates import Authority  # noqa: E402
from support.client import DIRECT, STARTTLS, ClientLoop  # noqa: E402
from support.cluster_nodes import NODES  # noqa: E402
from support.coming_back import HEALTH, NAMES, Guest, backends_at  # noqa: E402
from support.engines import ENGINES  # noqa: E402
from support.fake_backend import FakeBackend  # noqa: E402
from support.key_files import new_key, write_keys  # noqa: E402
from support.load import Sink  # noqa: E402
from support.making import made_on_demand  # noqa: E402
from support.messenger import Messenger  # noqa: E402
from support.raw_session import RawSession  # noqa: E402
from support.returning_crowd import ReturningCrowd  # noqa: E402
from support.routed_gate import wait_for_features  # noqa: E402
from support.start_ejabberd import Ejabberd  # noqa: E402
from support.start_node import StanzanodeCluster  # noqa: E402
from support.start_prosody import Prosody  # noqa: E402
from support.start_stanzagate import Stanzagate, backend  # noqa: E402
from support.three_nodes import ThreeNodes, password_of  # noqa: E402
from support.web_client import SMACK, WebClient, in_java, in_node, scripts_beside_packages  # noqa: E402

DOMAINS = {"prosody": "prosody.test", "ejabberd": "ejabberd.test"}
DOMAIN = DOMAINS["prosody"]


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificates(authority, tmp_path_factory):
    """A cert_dir with one ECDSA certificate for each domain of the tests."""
    directory = tmp_path_factory.mktemp("certificates")
    for domain in DOMAINS.values():
        authority.issue(directory / domain, domain)
    return directory


@pytest.fixture(scope="session")
def prosody(tmp_path_factory):
    server = Prosody(tmp_path_factory.mktemp("prosody"), [DOMAINS["prosody"]])
    yield server
    server.end()


@pytest.fixture(scope="session")
def prosodys(tmp_path_factory):
    """Three of them that know nothing of each other; a Prosody resumes only what it holds. Nobody breaks them."""
    running = [Prosody(tmp_path_factory.mktemp(f"prosody_{name}"), [DOMAIN]) for name in NAMES]
    yield running
    for server in running:
        server.end()


@pytest.fixture(scope="session")
def ejabberd(tmp_path_factory):
    server = Ejabberd(tmp_path_factory.mktemp("ejabberd"), [DOMAINS["ejabberd"]])
    yield server
    server.end()


@pytest.fixture(params=["prosody", "ejabberd"])
def server(request):
    """Each of the two real servers."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def domain(server):
    return DOMAINS[server.kind]


@pytest.fixture(params=[STARTTLS, DIRECT])
def transport(request):
    return request.param


@pytest.fixture(scope="session")
def gate(certificates, prosody, ejabberd, tmp_path_factory):
    """The stanzagate that everyday tests share."""
    running = Stanzagate(
        tmp_path_factory.mktemp("gate"), certificates,
        {DOMAINS[server.kind]: [backend(server.kind, server.address, server.proxied_port, proxy="v2")]
         for server in (prosody, ejabberd)})
    yield running
    running.end()


@pytest.fixture(params=NODES)
def nodes(request, tmp_path):
    """Three nodes of one cluster, on each of the stores."""
    running = NODES[request.param](tmp_path, DOMAIN)
    yield running
    running.end()


@pytest.fixture
def start_gate(certificates, tmp_path):
    """Makes a stanzagate of the test's own: start_gate({domain: [backend(...)]}, limits={...})."""
    def start(number, domains, certificates=certificates, **keys):
        return Stanzagate(tmp_path / f"gate{number}", certificates, domains, **keys)

    yield from made_on_demand(start, Stanzagate.end)


@pytest.fixture
def gate_before(start_gate, authority):
    """Makes a stanzagate before these servers, called a, b, c, whose features it knows."""
    def start(servers, domain=DOMAIN, **sections):
        sections = {"pool": {"balance": "round-robin"}, "health": HEALTH, **sections}
        gate = start_gate({domain: backends_at(servers)}, **sections)
        for name, _ in zip(NAMES, servers):
            gate.wait_for_health(name, "up")
        wait_for_features(gate, domain, authority)
        return gate

    return start


@pytest.fixture
def sink(tmp_path):
    running = Sink(tmp_path / "sink")
    yield running
    running.end()


@pytest.fixture
def crowd_before(authority, request):
    """Makes crowds that are gone when the test ends, of the file's PEOPLE if of nobody else: crowd_before(gate, ...)."""
    crowds = []

    def make(gate, people=None, **keys):
        people = people or request.module.PEOPLE
        crowds.append(ReturningCrowd(gate.address, DOMAIN, authority.certificate, people, **keys))
        return crowds[-1]

    yield make
    for crowd in crowds:
        crowd.end()


@pytest.fixture
def key_file(tmp_path):
    """Keys as stanzagates share them, one."""
    return write_keys(tmp_path / "keys", new_key())


@pytest.fixture
def new_guest(new_session):
    """Makes users who come, are cut, and come back: new_guest(name)."""
    def make(user, domain=DOMAIN, kind=Guest):
        return kind(new_session, user, domain)

    return make


@pytest.fixture
def start_prosody(tmp_path):
    """Makes a Prosody of the test's own, which it may kill."""
    def start(number, domains=(DOMAIN,), **keys):
        return Prosody(tmp_path / f"prosody{number}", domains, **keys)

    yield from made_on_demand(start, Prosody.end)


@pytest.fixture
def start_ejabberd(tmp_path):
    """Makes an ejabberd of the test's own."""
    def start(number, domains=(DOMAINS["ejabberd"],)):
        return Ejabberd(tmp_path / f"ejabberd{number}", domains)

    yield from made_on_demand(start, Ejabberd.end)


@pytest.fixture
def start_fake():
    """Makes a FakeBackend of the behaviour given."""
    yield from made_on_demand(lambda _, behaviour: FakeBackend(behaviour), FakeBackend.end)


@pytest.fixture(scope="session")
def client_loop():
    loop = ClientLoop()
    yield loop
    loop.end()


@pytest.fixture
def new_client(client_loop, authority):
    """Makes slixmpp clients that are logged out when the test ends."""
    yield from made_on_demand(lambda _: client_loop.client(authority.certificate), lambda client: client.log_out())


@pytest.fixture
def new_session(authority):
    """Makes raw clients: new_session(gate, transport)."""
    def make(_, gate, transport=DIRECT, **keys):
        return RawSession(gate.address, transport, authority.certificate, **keys)

    yield from made_on_demand(make, lambda session: session.wire.close())


@pytest.fixture(params=["prosody", "ejabberd", "stanzanode"])
def web_gate(request, start_gate, tmp_path):
    """A gate with a web listener before each server in turn; its `domain` is what the server serves."""
    if request.param == "stanzanode":
        cluster = StanzanodeCluster(tmp_path / "cluster", [DOMAIN])
        request.addfinalizer(cluster.end)
        domain, backends = DOMAIN, cluster.backends()
    else:
        server = request.getfixturevalue(request.param)
        domain, backends = DOMAINS[server.kind], [backend("a", server.address, server.proxied_port, proxy="v2")]
    gate = start_gate({domain: backends}, web={}, health={"every": "200ms"})
    gate.wait_for_offers(domain)
    gate.domain = domain
    return gate


@pytest.fixture(scope="session")
def start_in_node(tmp_path_factory):
    return in_node(scripts_beside_packages(tmp_path_factory.mktemp("web_clients")))


@pytest.fixture(scope="session")
def start_in_java():
    return in_java()


@pytest.fixture
def new_page(start_in_node, authority, tmp_path):
    """Makes web clients that are not connected yet: new_page(STROPHE, domain, address)."""
    def make(number, kind, domain, address):
        return WebClient(tmp_path / f"page{number}", start_in_node, kind, domain, address, authority.certificate)

    yield from made_on_demand(make, WebClient.end)


@pytest.fixture
def new_smack(start_in_java, authority, tmp_path):
    """The same for Smack: new_smack(domain, address)."""
    def make(number, domain, address):
        return WebClient(tmp_path / f"smack{number}", start_in_java, SMACK, domain, address, authority.certificate)

    yield from made_on_demand(make, WebClient.end)


@pytest.fixture(scope="session", params=ENGINES)
def three_nodes(request, certificates, tmp_path_factory):
    """The bundled cluster behind a stanzagate, on each engine in turn. No Prosody serves its domain there."""
    running = ThreeNodes(tmp_path_factory.mktemp("three_nodes"), request.param, DOMAIN, certificates)
    yield running
    running.end()


@pytest.fixture
def log_in(three_nodes, client_loop, authority):
    """Logs a Messenger in at the bundled cluster: log_in(jid, presence={...}). All log out when the test ends."""
    messengers = []

    def log_in(jid, **keys):
        messengers.append(client_loop.client(authority.certificate, Messenger, **keys))
        messengers[-1].log_in(jid, three_nodes.gate.address, DIRECT, password=password_of(jid))
        return messengers[-1]

    yield log_in
    for messenger in messengers:
        messenger.log_out()


@pytest.fixture
def names(three_nodes):
    """The bare JIDs of two users who know nobody."""
    return three_nodes.strangers()


@pytest.fixture
def couple(three_nodes, names, log_in):
    """The two as Messengers, at different nodes."""
    two = [log_in(name) for name in names]
    assert len({three_nodes.node_of(name) for name in names}) == 2
    for each in two:
        each.forget()
    return two
