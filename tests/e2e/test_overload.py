"""More clients than there is processor for: those who can be served are served, and who lives is not harmed. The process
is held to a small share of a core, so that a few clients are too many. bench/pressure has the strict figures."""

import pytest

from support.addresses import C2S_TLS
from support.arrivals import Arrivals
from support.load import Load
from support.processor_share import ProcessorShare
from support.start_stanzagate import backend, plain_binary
from support.steady_talker import SteadyTalker
from support.waiting import wait_until

from conftest import DOMAIN

pytestmark = pytest.mark.alone

PERCENT = 4   # of a core
PATIENCE = 4  # seconds of a client

# Seconds of the run: twice and four times what can be served, each with a quiet time behind it.
TWICE, QUIET_AFTER_TWICE, FOUR_TIMES, QUIET_AFTER_FOUR_TIMES = 14, 20, 34, 40
SETTLED = 8   # seconds of an overload; clients that came at its beginning have given up


@pytest.fixture
def gate(start_gate, sink):
    return start_gate({DOMAIN: [backend("sink", sink.address)]}, binary=plain_binary(), worker={"threads": 1},
                      pool={"route": "domain"}, log={"level": "warn"})


@pytest.fixture
def talker(gate, authority):
    running = SteadyTalker(gate.address, DOMAIN, authority.certificate)
    yield running
    running.end()


def _capacity(gate, directory):
    """Logins a second, sixteen at a time."""
    load = Load(directory / "capacity", gate, DOMAIN, "logins", count=120)
    return 120 / float(load.wait_for_success()["seconds"])


def _come(gate, directory, *phases):
    load = Load(directory / "arrivals", gate, DOMAIN, "arrivals", patience=PATIENCE,
                phases=",".join(f"{max(1, round(rate))}:{seconds}" for rate, seconds in phases))
    load.wait_for_success()
    return Arrivals(load.log())


def test_too_many_clients_take_the_service_from_nobody_who_can_have_it(gate, talker, tmp_path):
    with ProcessorShare(gate.process.pid, PERCENT):
        capacity = _capacity(gate, tmp_path)
        came = _come(gate, tmp_path, (2 * capacity, TWICE), (capacity / 2, QUIET_AFTER_TWICE - TWICE),
                     (4 * capacity, FOUR_TIMES - QUIET_AFTER_TWICE), (capacity / 2, QUIET_AFTER_FOUR_TIMES - FOUR_TIMES))
        worst = talker.worst()
    for begin, end in ((0, TWICE), (QUIET_AFTER_TWICE, FOUR_TIMES)):
        goodput = came.goodput(begin + SETTLED, end)
        assert goodput > 0.6 * capacity, (begin, goodput, capacity)
    for end in (QUIET_AFTER_TWICE, QUIET_AFTER_FOUR_TIMES):
        assert came.share_in(end - 2, end) > 0.9, f"it is over, and {came.begun(end - 2, end)}"
    assert talker.failure is None
    assert worst < 5, "a session that lives gets its echo"

    status = gate.ask("status")
    assert status["shed"] > 0
    assert status["waiting"] == 0
    refused = [event for event in gate.events("session_refused") if event["reason"] == "overloaded"]
    assert 1 <= len(refused) <= 6, "one line in ten seconds"
    wait_until(lambda: sum(int(event["count"]) for event in gate.events("session_refused")) == status["shed"],
               "the lines count all of them")
