"""Sessions that say nothing are asked seldom whether they are there, each at a time of its own; those of a backend that
checks find gone are asked at once."""

import os
import signal
import socket
import struct

import pytest

from support.addresses import C2S, C2S_TLS
from support.client import DIRECT
from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN


def keepalives(address, port, far=True):
    """Seconds until each established connection to (or at) this address asks, as the system has it."""
    wanted = f"{struct.unpack('<I', socket.inet_aton(address))[0]:08X}:{port:04X}"
    found = []
    with open("/proc/net/tcp") as table:
        for line in table:
            _, local, remote, state, _, timer, *_ = line.split()
            if (remote if far else local) == wanted and state == "01" and timer.startswith("02:"):
                found.append(int(timer[3:], 16) / os.sysconf("SC_CLK_TCK"))
    return found


@pytest.fixture
def server(start_prosody):
    return start_prosody()


def test_silent_sessions_ask_seldom_and_of_a_doubted_backend_at_once(start_gate, server, new_session):
    gate = start_gate({DOMAIN: [backend("a", server.address)]},
                      health={"every": "200ms", "timeout": "300ms", "fall": 2, "rise": 1})
    gate.wait_for_health("a", "up")
    sessions = [new_session(gate, DIRECT) for _ in range(8)]
    for session in sessions:
        session.log_in("juliet", DOMAIN)

    def of_backend(least, most):
        times = [each for each in keepalives(server.address, C2S) if least <= each <= most]
        return times if len(times) >= len(sessions) else None

    seldom = wait_until(lambda: of_backend(550, 864), "sessions ask their backend in 10 to 15 minutes")
    assert len({round(each) for each in seldom}) > 3, "each at a time of its own"
    wait_until(lambda: len([each for each in keepalives(gate.address, C2S_TLS, far=False) if 200 <= each <= 360]) >= 8,
               "clients are asked in 4 to 6 minutes")

    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        gate.wait_for_health("a", "down")
        wait_until(lambda: of_backend(0, 7), "they ask at once")
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    gate.wait_for_health("a", "up")
    wait_until(lambda: of_backend(500, 864), "they ask as seldom as before")
    assert sessions[0].ping() == []
