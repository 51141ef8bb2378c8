"""A backend whose process stands still: the kernel goes on accepting for it, and nobody answers."""

import signal
import threading

import pytest

from support.accounts import PASSWORDS
from support.coming_back import routes
from support.start_stanzagate import backend
from support.steady_logins import SteadyLogins
from support.waiting import wait_until

from conftest import DOMAIN

# Without help a client waits for all of answer_timeout at a backend that hangs: 10 s. The figure is bench/pressure's;
# here it shows that nobody does, on any machine.
HELPED = 5.0
# Checks are late here, so that only sessions can find out.
LATE_CHECKS = {"every": "10s", "timeout": "9s", "jitter": 0, "slow_start": "0s", "eject_first": "2s"}
CONNECTED = "Client connected"


@pytest.fixture
def three(start_prosody):
    return [start_prosody() for _ in range(3)]


@pytest.fixture
def hung(three):
    """One of them, to be stopped; it goes on at the end in any case."""
    yield three[1]
    three[1].process.send_signal(signal.SIGCONT)


def backends_of(servers):
    return [backend(name, server.address) for name, server in zip("abc", servers)]


def events_of(gate, name, backend):
    return [event for event in gate.events(name) if event["backend"] == backend]


@pytest.mark.parametrize("route", ["user", "domain"])
def test_nobody_waits_for_a_backend_that_hangs(three, hung, start_gate, authority, route):
    gate = start_gate({DOMAIN: backends_of(three)}, health=LATE_CHECKS, pool={"balance": "round-robin", "route": route})
    for name in "abc":
        gate.wait_for_health(name, "up")
    SteadyLogins(gate, authority, "romeo", DOMAIN, 12, rate=15).seconds()  # so that usual times are known
    hung.process.send_signal(signal.SIGSTOP)

    took = SteadyLogins(gate, authority, "romeo", DOMAIN, 60, rate=15).seconds()

    assert max(took) < HELPED, sorted(took)[-5:]
    status = gate.ask("status")
    assert status["hedges"]["won"] >= 3, "sessions were served beside the silent one"
    assert not events_of(gate, "backend_attempt_failed", "b"), "no session of it failed"
    states = wait_until(lambda: events_of(gate, "backend_state", "b")[1:], "it is out")
    assert (states[0]["to"], states[0]["reason"]) == ("ejected", "timed_out"), "and no check said so"


def test_a_backend_that_goes_on_serves_again(three, hung, gate_before, authority):
    gate = gate_before(three, health={**LATE_CHECKS, "every": "500ms", "timeout": "2s", "fall": 100, "rise": 1})
    SteadyLogins(gate, authority, "romeo", DOMAIN, 12, rate=15).seconds()
    hung.process.send_signal(signal.SIGSTOP)
    SteadyLogins(gate, authority, "romeo", DOMAIN, 40, rate=15).seconds()
    gate.wait_for_health("b", "ejected")
    hung.process.send_signal(signal.SIGCONT)
    gate.wait_for_health("b", "up")

    def serves():
        before = logins_at(gate, "b")
        SteadyLogins(gate, authority, "romeo", DOMAIN, 9, rate=15).seconds()
        return logins_at(gate, "b") > before

    wait_until(serves, "it serves again")


def test_who_can_resume_waits_for_the_one_that_knows_the_session(three, hung, gate_before, new_guest):
    """A pause is no reason to lose a session."""
    gate = gate_before(three, health={"every": "10m"})
    guests = {}
    for user in PASSWORDS:  # by turns, each at another one
        guest = new_guest(user).come(gate)
        guests[routes(gate)[-1][1]] = guest
    guest = guests["b"]
    guest.cut()
    hung.process.send_signal(signal.SIGSTOP)
    threading.Timer(1.5, hung.process.send_signal, [signal.SIGCONT]).start()  # the pause

    guest.come_back(gate)

    assert routes(gate)[-1] == ("remembered", "b")
    assert gate.ask("status")["hedges"]["begun"] == 0


def test_in_quiet_times_backends_see_hardly_more_connections_than_logins(three, start_gate, authority):
    gate = start_gate({DOMAIN: backends_of(three)}, health={"checks": False}, pool={"balance": "round-robin"})
    count = 100
    SteadyLogins(gate, authority, "romeo", DOMAIN, count, rate=20).seconds()
    connections = sum(server.process.log().count(CONNECTED) for server in three)
    assert count <= connections <= count * 1.05 + 3, "a few may be late on a busy machine"


def logins_at(gate, name):
    backends = gate.ask("status")["pools"][0]["backends"]
    return next(each["logins"] for each in backends if each["name"] == name)
