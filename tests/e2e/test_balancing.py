"""Backends out of DNS, weights, health and the operator's commands, with three real Prosody servers."""

import os
import time
from datetime import datetime, timedelta

import pytest

from support.addresses import C2S
from support.client import DIRECT
from support.coming_back import NAMES, backends_at
from support.load import Load
from support.making import made_on_demand
from support.start_dnsmasq import NameServer, host, srv
from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN

SERVICE = "_xmpp-client._tcp.core.test"
# Checks as quick as a test wants them; the machine is slow, so the patience is not.
HEALTH = {"every": "200ms", "timeout": "2s", "slow_start": "0s"}

# Three times as long as an answer is believed at least.
OUTAGE_SECONDS = float(os.environ.get("DNS_OUTAGE_SECONDS", 15))


def zone(servers, weights=None, priorities=None):
    """An SRV record and a host for each server, in the order of NAMES."""
    records = []
    for place, (name, server) in enumerate(zip(NAMES, servers)):
        target = f"{name}.core.test"
        records += [host(target, server.address),
                    srv(SERVICE, target, C2S, (priorities or [0, 0, 0])[place], (weights or [1, 1, 1])[place])]
    return records


@pytest.fixture
def start_names(tmp_path):
    yield from made_on_demand(lambda number, records: NameServer(tmp_path / f"names{number}", records), NameServer.end)


@pytest.fixture
def start_load(tmp_path):
    def start(number, gate, mode, **options):
        return Load(tmp_path, gate, DOMAIN, mode, name=f"load{number}", **options)

    yield from made_on_demand(start, Load.stop)


def logins(gate):
    """Logins of each backend so far, by the first label of its name."""
    return {name.split(".")[0]: each["logins"] for name, each in gate.backends().items()}


def shares(before, after):
    total = sum(after.values()) - sum(before.values())
    return {name: (after[name] - before.get(name, 0)) / total for name in after}


def test_spreads_by_the_weights_of_dns(prosodys, start_names, start_gate, start_load):
    names = start_names(zone(prosodys, weights=[10, 20, 30]))
    gate = start_gate({DOMAIN: [{"srv": SERVICE}]}, dns={"servers": [names.address]},
                      pool={"balance": "round-robin"}, health=HEALTH)
    start_load(gate, "logins", count=3000).wait_for_success()
    assert shares({}, logins(gate)) == pytest.approx({"a": 1 / 6, "b": 2 / 6, "c": 3 / 6}, abs=0.03)


@pytest.mark.parametrize("balance", ["round-robin", "least-sessions"])
@pytest.mark.parametrize("workers", [2, 4])
def test_all_workers_go_by_one_turn(workers, balance, prosodys, start_gate, start_load):
    """The first logins, too, whichever worker the kernel gives them to."""
    gate = start_gate({DOMAIN: backends_at(prosodys)},
                      pool={"balance": balance}, health=HEALTH, worker={"threads": workers})
    for name in NAMES:
        gate.wait_for_health(name, "up")
    for round_of_turns in (1, 2):
        start_load(gate, "logins", count=3, concurrency=1).wait_for_success()
        assert logins(gate) == dict.fromkeys(NAMES, round_of_turns)


@pytest.mark.parametrize("balance", ["least-sessions", "random-two"])
def test_spreads_sessions_by_weight(balance, prosodys, start_gate, start_load):
    weights = {"a": 50, "b": 100, "c": 150}
    gate = start_gate({DOMAIN: [backend(name, server.address, weight=weights[name])
                                for name, server in zip(NAMES, prosodys)]},
                      pool={"balance": balance}, health=HEALTH)
    load = start_load(gate, "idle", sessions=600, timeout=60)
    load.wait_until_ready()
    held = {name: each["sessions"] for name, each in gate.backends().items()}
    expected = {name: weight * 2 for name, weight in weights.items()}
    assert held == pytest.approx(expected, abs=600 * 0.03)


def test_the_best_tier_serves_alone_until_it_is_gone(prosodys, start_names, start_gate, start_load):
    names = start_names(zone(prosodys, priorities=[10, 20, 20]))
    gate = start_gate({DOMAIN: [{"srv": SERVICE}]}, dns={"servers": [names.address]}, health=HEALTH)
    start_load(gate, "logins", count=50).wait_for_success()
    assert logins(gate) == {"a": 50, "b": 0, "c": 0}
    gate.say("drain", f"pool0/a.core.test:{C2S}")
    start_load(gate, "logins", count=50).wait_for_success()
    after = logins(gate)
    assert after["a"] == 50 and after["b"] + after["c"] == 50


def test_weight_change_acts_within_100_ms_and_resets_nothing(prosodys, start_gate, start_load):
    gate = start_gate({DOMAIN: backends_at(prosodys)},
                      pool={"balance": "round-robin"}, health=HEALTH)
    held = start_load(gate, "idle", sessions=150, timeout=60)
    held.wait_until_ready()
    steady = start_load(gate, "logins", count=1500, concurrency=4)
    steady.wait_until_ready()
    begun = sum(logins(gate).values())
    wait_until(lambda: sum(logins(gate).values()) >= begun + 60, "logins come in all the time")
    assert gate.ask("weight", "pool0/a", 0)["weight_before"] == 100
    time.sleep(0.1)  # the time it has
    # A login is counted when it succeeds: those under way may still come in.
    settled = logins(gate)
    wait_until(lambda: sum(logins(gate).values()) >= sum(settled.values()) + 60, "logins go on elsewhere")
    assert logins(gate)["a"] <= settled["a"] + 4
    steady.wait_for_success()
    assert held.is_running
    assert sum(each["sessions"] for each in gate.backends().values()) >= 150
    gate.say("weight", "pool0/a", 100)
    before = gate.backends()["a"]["logins"]
    start_load(gate, "logins", count=60).wait_for_success()
    assert gate.backends()["a"]["logins"] > before


def test_killed_backend_is_ejected_and_comes_back(tmp_path, start_prosody, start_gate, start_load):
    servers = [start_prosody() for _ in NAMES]
    gate = start_gate({DOMAIN: backends_at(servers)},
                      health={**HEALTH, "eject_first": "1s"})
    for name in NAMES:
        gate.wait_for_health(name, "up")
    steady = start_load(gate, "logins", count=100, concurrency=4)
    steady.wait_for_success()
    servers[0].kill()
    # Logins that find it dead go elsewhere, unseen: the load client would end at the first refusal.
    start_load(gate, "logins", count=300, concurrency=4).wait_for_success()
    before = logins(gate)
    start_load(gate, "logins", count=100, concurrency=4).wait_for_success()
    assert logins(gate)["a"] == before["a"]
    assert gate.backends()["a"]["health"] in ("down", "ejected")
    servers[0].start()
    gate.wait_for_health("a", "up", seconds=30)

    def serves_again():
        start_load(gate, "logins", count=100, concurrency=4).wait_for_success()
        return logins(gate)["a"] > before["a"]

    # A server that starts faster than a worker forgets that it was unreachable has to wait for that.
    wait_until(serves_again, "the backend that is back gets logins again", 30)


def test_nothing_happens_when_dns_is_gone(prosodys, start_names, start_gate, start_load):
    names = start_names(zone(prosodys))
    gate = start_gate({DOMAIN: [{"srv": SERVICE}]}, dns={"servers": [names.address]}, health=HEALTH)
    held = start_load(gate, "idle", sessions=100, timeout=90)
    held.wait_until_ready()
    names.kill()
    end = time.monotonic() + OUTAGE_SECONDS
    while time.monotonic() < end:
        start_load(gate, "logins", count=50, concurrency=4).wait_for_success()
        assert len(gate.backends()) == 3
    assert "dig SRV" in gate.first_event("dns_problem")["remedy"]
    assert held.is_running
    names.start()


def test_a_worker_that_has_not_asked_yet_uses_what_checks_have_found(prosodys, start_names, start_gate, new_session):
    names = start_names(zone(prosodys))
    gate = start_gate({DOMAIN: [{"name": "a", "address": "a.core.test:5222"}]}, dns={"servers": [names.address]},
                      health=HEALTH, worker={"threads": 4})
    gate.wait_for_health("a", "up")
    with names.silent():
        for _ in range(12):
            new_session(gate, DIRECT).log_in("juliet", DOMAIN)


def test_members_come_and_go_with_dns(prosodys, start_names, start_gate, start_load):
    names = start_names(zone(prosodys)[:4])
    gate = start_gate({DOMAIN: [{"srv": SERVICE}]}, dns={"servers": [names.address]}, health=HEALTH)
    start_load(gate, "logins", count=40).wait_for_success()
    before = logins(gate)
    assert set(before) == {"a", "b"}
    names.kill()
    names.serve(zone(prosodys)[2:])
    wait_until(lambda: set(logins(gate)) == {"b", "c"}, "c has come and a has gone", 30)
    assert logins(gate)["b"] == before["b"]
    start_load(gate, "logins", count=40).wait_for_success()
    assert logins(gate)["c"] > 0


@pytest.mark.parametrize("resume_anywhere", [False, True], ids=["resume here", "resume anywhere"])
def test_maintenance_sends_sessions_away_evenly(resume_anywhere, prosodys, start_gate, new_session):
    gate = start_gate({DOMAIN: backends_at(prosodys)},
                      health=HEALTH, pool={"resume_anywhere": resume_anywhere})
    sessions = []
    for _ in range(30):
        sessions.append(new_session(gate))
        sessions[-1].log_in("romeo", DOMAIN)
    # Last, for where one session of a user can be resumed, the next ones go, too.
    for session in sessions[::2]:
        session.enable_resumption()
    assert gate.backends()["a"]["sessions"] == 10
    answer = gate.say("maintenance", "pool0/a", "--over", "3s")
    assert ("others get" if resume_anywhere else "log in anew") in answer
    began = gate.events("backend_changed")[-1]
    assert began["effect"]

    def ends():
        return [event for event in gate.events("session_end") if event["reason"] == "maintenance"]

    wait_until(lambda: len(ends()) == 10, "all are gone")
    half_time = datetime.fromisoformat(began["at"]) + timedelta(seconds=1.5)
    assert 3 <= sum(datetime.fromisoformat(event["at"]) < half_time for event in ends()) <= 7
    cut = sum(event.get("detail") == "resumable" for event in ends())
    assert cut > 0 if resume_anywhere else cut == 0
    assert gate.backends()["a"]["admin_state"] == "maintenance"
    gate.say("ready", "pool0/a")
    assert gate.backends()["a"]["admin_state"] == "ready"


def test_sessions_are_found_and_kicked(prosodys, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosodys[0].address)]}, health=HEALTH)
    romeo, juliet = new_session(gate), new_session(gate)
    romeo.log_in("romeo", DOMAIN)
    juliet.log_in("juliet", DOMAIN)
    found = gate.ask("sessions", "--jid", f"romeo@{DOMAIN}")["sessions"]
    assert [each["user"] for each in found] == [f"romeo@{DOMAIN}"]
    assert gate.ask("kick", found[0]["id"])["ended"] == 1
    assert b"policy-violation" in _rest(romeo)
    juliet.ping()
    assert [each["user"] for each in gate.ask("sessions")["sessions"] if each["state"] != "closing"] == [
        f"juliet@{DOMAIN}"]


def _rest(session):
    session.wire.receive_to_end()
    return bytes(session.wire.received)


def test_unknown_names_are_answered_with_near_ones(prosodys, start_gate):
    gate = start_gate({DOMAIN: [backend("alpha", prosodys[0].address)]})
    assert "alpha" in gate.say("weight", "pool0/alhpa", 5, status=1)
    assert "pool0" in gate.say("drain", "pol0/alpha", status=1)
    assert "drain" in gate.say("drian", "pool0/alpha", status=2)
