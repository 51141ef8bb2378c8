"""Whole crowds lose their connections and come back to their sessions (XEP-0198). bench/resumption does the same with
thousands."""

import pytest

from support.changing_pool import ChangingPool
from support.key_files import new_key, write_keys
from support.known_secrets import new_secret
from support.nodes_apart import NodesApart
from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN

PEOPLE = {f"user{number}": new_secret("password") for number in range(60)}


@pytest.fixture
def pool(certificates, tmp_path):
    running = ChangingPool(tmp_path, certificates, DOMAIN, PEOPLE)
    yield running
    running.end()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    running = NodesApart(tmp_path_factory.mktemp("nodes"), DOMAIN, PEOPLE)
    yield running
    running.end()


def test_all_come_back_to_their_servers_after_each_change(pool, crowd_before):
    crowd = crowd_before(pool.gate)
    assert crowd.come() == 0
    assert all(each["sessions"] > 10 for each in pool.gate.backends().values())
    for change in pool.changes():
        before = pool.routed()["remembered"]
        crowd.cut()
        assert crowd.come() == len(PEOPLE), change
        assert pool.routed()["remembered"] == before + len(PEOPLE), change


def test_who_comes_back_before_the_loss_is_noticed_takes_the_session_over(pool, crowd_before):
    """As a phone in another network does: its old connection still stands."""
    crowd = crowd_before(pool.gate)
    crowd.come()
    assert crowd.come() == len(PEOPLE)


def test_inline_resumption_touches_no_other_backend(nodes, start_gate, crowd_before):
    gate = nodes.gate(start_gate)
    crowd = crowd_before(gate, is_inline=True)
    crowd.come()
    for _ in range(2):
        before = gate.backends()
        crowd.cut()
        wait_until(lambda: all(each["sessions"] == 0 for each in gate.backends().values()), "all are gone")
        assert crowd.come() == len(PEOPLE)
        for name, after in gate.backends().items():
            assert after["sessions"] == after["logins"] - before[name]["logins"] == before[name]["sessions"] > 0
    assert gate.ask("status")["routed"]["tag"] == 2 * len(PEOPLE)
    assert gate.events("backend_attempt_failed") == []


def test_all_devices_of_users_come_back_by_classic_logins(nodes, start_gate, crowd_before):
    gate = nodes.gate(start_gate, pool={"balance": "round-robin", "together": True})
    people = dict(list(PEOPLE.items())[:20])
    crowd = crowd_before(gate, people, devices=3)
    for first in range(0, len(crowd.clients), len(people)):
        crowd.come(crowd.clients[first:first + len(people)])
    for _ in range(2):
        crowd.cut()
        assert crowd.come() == len(crowd.clients)


def test_keys_rotate_while_sessions_come_and_go(nodes, start_gate, crowd_before, tmp_path):
    """A session outlives one rotation, and has a new id, of a new key, before the next but one."""
    lines = [new_key() for _ in range(3)]
    keys = write_keys(tmp_path / "keys", *lines)
    gate = nodes.gate(start_gate, resumption={"keys": str(keys)})
    crowd = crowd_before(gate, is_inline=True)
    halves = [crowd.clients[::2], crowd.clients[1::2]]
    crowd.come()
    for rotation in range(4):
        lines = [*lines[1:], new_key()]
        write_keys(keys, *lines)
        gate.say("reload")
        leaving, staying = halves[rotation % 2], halves[1 - rotation % 2]
        crowd.cut(staying)
        assert crowd.come(staying) == len(staying), rotation
        crowd.leave(leaving)
        crowd.come(leaving)
        crowd.cut()
        assert crowd.come() == len(crowd.clients), rotation


def test_headers_alone_open_no_backend_connection(start_fake, start_gate, crowd_before):
    fakes = [start_fake(lambda peer: peer.log_in(DOMAIN)) for _ in range(2)]
    gate = start_gate({DOMAIN: [backend(name, fake.address) for name, fake in zip("ab", fakes)]},
                      pool={"route": "user"}, health={"every": "10m"})
    for name in "ab":
        gate.wait_for_health(name, "up")
    before = [fake.connections for fake in fakes]
    crowd = crowd_before(gate, {f"user{number}": "" for number in range(300)})
    crowd.knock()
    wait_until(lambda: gate.ask("status")["sessions"] == len(crowd.clients), "all are there")
    assert [fake.connections for fake in fakes] == before
