"""The tag in front of a session's id leads to its backend before any other is touched, where SASL2 shows it (XEP-0388);
it needs nothing but the key."""

import pytest

from support.accounts import PASSWORDS
from support.coming_back import NAMES, InlineGuest, routes
from support.start_node import StanzanodeCluster

from conftest import DOMAIN


@pytest.fixture(scope="module")
def lone_nodes(tmp_path_factory):
    """Three of our own with a store each, so that only the owner can resume."""
    running = [StanzanodeCluster(tmp_path_factory.mktemp(name), [DOMAIN], count=1) for name in NAMES]
    yield running
    for node in running:
        node.end()


def test_the_tag_chooses_the_backend_before_any_other_is_touched(lone_nodes, gate_before, new_guest):
    gate = gate_before(lone_nodes, proxy="v2")

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
