"""The tag in front of a session's id leads to its backend before any other is touched, where SASL2 shows it (XEP-0388);
it needs nothing but the key."""

import pytest

from support.accounts import PASSWORDS
from support.coming_back import InlineGuest, is_not_known, reconfigure, routes
from support.nodes_apart import NodesApart
from support.routed_gate import wait_for_features

from conftest import DOMAIN


@pytest.fixture
def gate_before_nodes(nodes_apart, start_gate, authority):
    """Makes a stanzagate that knows their features."""
    def start(**sections):
        gate = nodes_apart.gate(start_gate, **sections)
        wait_for_features(gate, DOMAIN, authority)
        return gate

    return start


@pytest.fixture(scope="module")
def nodes_apart(tmp_path_factory):
    running = NodesApart(tmp_path_factory.mktemp("nodes"), DOMAIN, PASSWORDS)
    yield running
    running.end()


def test_the_tag_chooses_the_backend_before_any_other_is_touched(gate_before_nodes, new_guest):
    gate = gate_before_nodes()

    def logins_but_of(home):
        return {each["name"]: each["logins"] for each in gate.backends().values() if each["name"] != home}

    for user in PASSWORDS:
        guest = new_guest(user, kind=InlineGuest).come(gate)
        home = routes(gate)[-1][1]
        for _ in range(3):
            guest.cut()
            others = logins_but_of(home)
            guest.come_back(gate)
            assert routes(gate)[-1] == ("tag", home)
            assert others == logins_but_of(home)
    assert gate.events("backend_attempt_failed") == []


def test_a_tag_leads_to_its_backend_when_that_is_there_again(nodes_apart, gate_before_nodes, new_guest):
    """Removed, it leads nowhere, and the login is a fresh choice."""
    gate = gate_before_nodes()
    guest = new_guest("romeo", kind=InlineGuest).come(gate)
    home = routes(gate)[0][1]
    guest.cut()
    reconfigure(gate, DOMAIN, [each for each in nodes_apart.backends() if each["name"] != home])
    assert is_not_known(guest.ask(gate))
    assert routes(gate)[-1][0] == "user"
    guest.cut()

    reconfigure(gate, DOMAIN, nodes_apart.backends())
    guest.come_back(gate)
    assert routes(gate)[-1] == ("tag", home)


def test_a_tag_of_other_keys_is_no_tag(gate_before_nodes, new_guest):
    first, second = gate_before_nodes(), gate_before_nodes()
    guest = new_guest("juliet", kind=InlineGuest).come(first)
    guest.cut()
    assert is_not_known(guest.ask(second))
    assert routes(second)[-1][0] == "user"


def test_proxies_with_the_same_keys_find_each_other_s_sessions(gate_before_nodes, new_guest, key_file):
    gates = [gate_before_nodes(resumption={"keys": str(key_file)}) for _ in range(2)]
    guest = new_guest("juliet", kind=InlineGuest).come(gates[0])
    home = routes(gates[0])[-1][1]
    for gate in (gates[1], gates[0], gates[1]):
        guest.cut()
        guest.come_back(gate)
        assert routes(gate)[-1] == ("tag", home)


def test_classic_logins_have_the_same_home_in_proxies_that_hash_users(prosodys, gate_before, new_guest, key_file):
    gates = [gate_before(prosodys, pool={"balance": "hash-user"}, resumption={"keys": str(key_file)})
             for _ in range(2)]
    for user in PASSWORDS:
        guest = new_guest(user).come(gates[0])
        home = routes(gates[0])[-1][1]
        for gate, by in ((gates[1], "user"), (gates[0], "remembered"), (gates[1], "remembered")):
            guest.cut()
            guest.come_back(gate)
            assert routes(gate)[-1] == (by, home)
