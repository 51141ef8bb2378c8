"""Nobody can ask the cluster whether a user exists: what is shown to a stranger looks like what is shown to a user, is the
same at every node, and stays the same when all nodes have been started anew."""

import base64
import xml.etree.ElementTree as ElementTree

import pytest

from support.addresses import free_address
from support.known_secrets import new_secret
from support.start_node import DOMAIN

MECHANISMS = ("SCRAM-SHA-1", "SCRAM-SHA-256")
USER, STRANGER = "romeo", "nobody"


@pytest.fixture
def gates(nodes, start_gate):
    """A gate of its own in front of each node."""
    gates = [start_gate({DOMAIN: [node]}, health={"every": "200ms"}) for node in nodes.backends()]
    for gate, node in zip(gates, nodes.backends()):
        gate.wait_for_health(node["name"], "up")
    return gates


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def shown_to(session, user, mechanism):
    """By name and in their order, the parts of the challenge (RFC 5802 section 7) that do not change each time; and the
    answer to a proof that is wrong, which holds nothing that changes."""
    session.secure(DOMAIN).open_stream(DOMAIN)
    nonce = new_secret("nonce")
    session.wire.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>"
                      f"{encoded(f'n,,n={user},r={nonce}')}</auth>".encode())
    challenge = base64.b64decode(session.next_element().text).decode()
    parts = dict(part.split("=", 1) for part in challenge.split(","))
    size = {"SCRAM-SHA-1": 20, "SCRAM-SHA-256": 32}[mechanism]
    proof = base64.b64encode(bytes(size)).decode()
    last = encoded(f"c=biws,r={parts['r']},p={proof}")
    session.wire.send(f"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{last}</response>".encode())
    refusal = ElementTree.tostring(session.next_element())
    session.wire.close()
    return {name: None if name == "r" else part for name, part in parts.items()}, refusal


def test_a_stranger_looks_like_a_user_at_every_node_for_ever(nodes, gates, new_session):
    def shown(user, mechanism):
        """At each node; from elsewhere each time, so that no refusal is delayed for those before it."""
        return [shown_to(new_session(gate, source=free_address()), user, mechanism) for gate in gates]

    before = {(user, mechanism): shown(user, mechanism) for user in (USER, STRANGER) for mechanism in MECHANISMS}
    nodes.restart_all()
    for gate, node in zip(gates, nodes.backends()):
        gate.wait_for_health(node["name"], "up")
    after = {(user, mechanism): shown(user, mechanism) for user, mechanism in before}

    assert after == before
    for mechanism in MECHANISMS:
        user, stranger = before[USER, mechanism], before[STRANGER, mechanism]
        assert all(each == user[0] for each in user) and all(each == stranger[0] for each in stranger)
        (of_user, refused_user), (of_stranger, refused_stranger) = user[0], stranger[0]
        assert list(of_stranger) == list(of_user) and of_stranger["i"] == of_user["i"]
        assert of_stranger["s"] != of_user["s"] and len(of_stranger["s"]) == len(of_user["s"])
        assert refused_stranger == refused_user
