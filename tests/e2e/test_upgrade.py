"""`stanzagate upgrade`: a new process takes the listeners over and answers at once; the old one goes on with its sessions
and moves those that can resume. And a SIGTERM that takes its time."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from support.client import DIRECT, STARTTLS
from support.start_stanzagate import backend, tested_binary
from support.steady_logins import SteadyLogins
from support.strict_xml import has_ended, stream_error
from support.successors import Successors, is_running
from support.waiting import PATIENCE, wait_until
from support.wire import CLOSED, CUT

from conftest import DOMAIN


@pytest.fixture
def successors():
    made = Successors()
    yield made
    made.end()


def test_nobody_is_refused_while_one_process_follows_another(prosody, start_gate, successors, authority):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, upgrade={"over": "1s"})
    gate.wait_for_health("a", "up")
    logins = SteadyLogins(gate, authority, "romeo", DOMAIN, count=60, rate=20)

    for _ in range(3):
        successors.upgrade(gate)

    assert len(logins.seconds()) == 60
    assert gate.ask("status")["sessions"] == 0
    # Each of the others ends with its last session.
    assert gate.process.wait() == 0
    wait_until(lambda: not is_running(successors.pids[0]) and not is_running(successors.pids[1]), "the old ones have ended")
    assert not gate.ask("status")["old_processes"]


def test_who_can_resume_moves_and_who_cannot_stays(prosody, start_gate, new_session, new_guest, successors):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, upgrade={"over": "1s"})
    gate.wait_for_health("a", "up")
    staying = new_session(gate, STARTTLS)
    staying.log_in("juliet", DOMAIN)
    guest = new_guest("romeo").come(gate)

    answer = successors.upgrade(gate)

    assert answer["sessions"] == 2 and answer["over_ms"] == 1000
    assert guest.session.wire.receive_to_end() in (CLOSED, CUT)
    assert not has_ended(guest.session.wire.received)
    guest.come_back(gate)
    wait_until(lambda: [(old["pid"], old["sessions"], old["resumable"]) for old in gate.ask("status")["old_processes"]]
               == [(gate.process.pid, 1, 0)], "the new process shows the old one")
    assert f"process {gate.process.pid} of version" in " ".join(gate.say("status").split())
    staying.ping()
    assert gate.events("session_end")[-1]["reason"] == "upgrade"
    assert gate.process.is_running
    staying.wire.send(b"</stream:stream>")
    staying.wire.receive_to_end()
    assert gate.process.wait() == 0
    guest.session.ping()


def test_a_client_finds_its_own_server_again(prosodys, gate_before, new_guest, successors):
    """By the users that the old process remembers: three servers that know nothing of each other."""
    gate = gate_before(prosodys, upgrade={"over": "1s"})
    guests = [new_guest(name).come(gate) for name in ("romeo", "juliet", "mercutio")]

    successors.upgrade(gate)

    for guest in guests:
        guest.session.wire.receive_to_end()
        guest.come_back(gate)
    assert gate.process.wait() == 0


def test_a_tls_session_is_resumed_at_the_new_process(prosody, start_gate, successors, authority):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    context = ssl.create_default_context(cafile=authority.certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def shake(session=None):
        with socket.create_connection((gate.address, 5223), timeout=PATIENCE) as tcp:
            with context.wrap_socket(tcp, server_hostname=DOMAIN, session=session) as tls:
                return tls.session, tls.session_reused

    session, _ = shake()
    successors.upgrade(gate)
    assert shake(session)[1]
    assert gate.process.wait() == 0  # it has no session


def test_a_configuration_that_would_be_refused_stops_an_upgrade(prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosody.address, weight=30)]})
    session = new_session(gate)
    session.log_in("romeo", DOMAIN)
    gate._config.write_text(gate._config.read_text().replace("weight = 30", "wieght = 30"))

    told = gate.say("upgrade", status=1)

    assert "not upgraded" in told and "wieght" in told
    session.ping()
    assert gate.ask("status")["sessions"] == 1


def test_a_new_process_that_cannot_start_changes_nothing(prosody, start_gate, new_session, tmp_path):
    """Another port of its file is taken: that is seen only by the process that wants it."""
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    with socket.create_server((gate.address, 5999)):
        gate.configure({DOMAIN: [backend("a", prosody.address)]}, listen=[{"address": 5999, "kind": "c2s"}])
        wait_until(lambda: gate.ask("status")["reload_problem"], "the reload is refused, too")

        told = gate.say("upgrade", status=1)

    assert "cannot listen on" in " ".join(told.split()), told
    session = new_session(gate)
    session.log_in("romeo", DOMAIN)
    assert gate.ask("status")["sessions"] == 1  # the admin socket is there as before
    assert gate.first_event("upgrade_failed")["why"]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_new_process_may_have_other_workers_and_listeners(threads, prosody, start_gate, new_session, successors):
    """More sockets than workers, and fewer; one port more, and one less."""
    gone, new = 5991, 5992
    backends = {DOMAIN: [backend("a", prosody.address)]}
    gate = start_gate(backends, listen=[{"address": gone, "kind": "c2s-tls"}])
    gate.configure(backends, worker={"threads": threads}, listen=[{"address": new, "kind": "c2s-tls"}])
    gate.say("reload")
    successors.upgrade(gate)
    assert gate.ask("status")["workers"] == threads
    sessions = [new_session(gate, transport) for transport in (STARTTLS, DIRECT) for _ in range(8)]
    for number, session in enumerate(sessions):
        session.log_in("romeo", DOMAIN, f"r{number}")
    socket.create_connection((gate.address, new), timeout=PATIENCE).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((gate.address, gone), timeout=PATIENCE)
    assert gate.process.wait() == 0


def test_a_new_program_that_does_not_come_up_is_given_up(prosody, start_gate, new_session, tmp_path):
    """It is what stands at the path of the old one. Meanwhile nobody else may ask for an upgrade."""
    program = tmp_path / "stanzagate"
    shutil.copy(tested_binary(), program)
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, binary=program)
    session = new_session(gate)
    session.log_in("romeo", DOMAIN)
    program.unlink()
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    ask = [tested_binary(), "upgrade", "--socket", gate._socket]
    asked = subprocess.Popen(ask, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    pid = int(gate.first_event("upgrading")["pid"])

    second = subprocess.run(ask, capture_output=True, text=True, timeout=PATIENCE)
    assert second.returncode == 1 and "an upgrade is under way" in second.stderr
    os.kill(pid, signal.SIGKILL)

    told = asked.communicate(timeout=PATIENCE)[0]
    assert asked.returncode == 1 and "it has ended" in told, told
    session.ping()
    status = subprocess.run([tested_binary(), "status", "--socket", gate._socket], capture_output=True, text=True, check=True)
    assert "sessions  1 of" in status.stdout


def test_sigterm_over_a_time_sends_sessions_away_one_after_the_other(prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, shutdown={"over": "3s"})
    gate.wait_for_health("a", "up")
    sessions = [new_session(gate, DIRECT) for _ in range(6)]
    for number, session in enumerate(sessions):
        session.log_in("romeo", DOMAIN, f"r{number}")
    resumable = new_session(gate)
    resumable.log_in("mercutio", DOMAIN)
    resumable.enable_resumption()
    begun = time.monotonic()
    ends = []

    def note_end(session):
        assert session.wire.receive_to_end() in (CLOSED, CUT)
        ends.append(time.monotonic() - begun)
        session.wire.close()

    watchers = [threading.Thread(target=note_end, args=[session]) for session in (*sessions, resumable)]
    for watcher in watchers:
        watcher.start()
    gate.process.send_signal(signal.SIGTERM)
    for watcher in watchers:
        watcher.join(PATIENCE)

    assert gate.process.wait() == 0
    assert min(ends) < 1.5 and max(ends) > 1.5 and max(ends) < 4.5, ends
    assert all(stream_error(session.wire.received) == "system-shutdown" for session in sessions)
    assert not has_ended(resumable.wire.received)


def test_a_second_sigterm_ends_now(prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, shutdown={"over": "1h"})
    session = new_session(gate)
    session.log_in("romeo", DOMAIN)
    gate.process.send_signal(signal.SIGTERM)
    gate.first_event("draining")
    gate.process.send_signal(signal.SIGTERM)
    assert gate.process.wait(5) == 0
    session.wire.close()


def test_the_old_process_ends_its_last_sessions_after_a_time(prosody, start_gate, new_session, successors):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, upgrade={"over": "1s", "stay": "1s"})
    session = new_session(gate)
    session.log_in("romeo", DOMAIN)
    successors.upgrade(gate)
    session.wire.receive_to_end()
    assert stream_error(session.wire.received) == "system-shutdown"
    session.wire.close()
    assert gate.process.wait() == 0
    assert os.path.exists(gate._socket)
