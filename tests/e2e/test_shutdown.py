"""The end of the process: an operator's SIGTERM, told to every client in the words of XMPP."""

import signal

from support.client import DIRECT, STARTTLS
from support.start_stanzagate import backend
from support.strict_xml import has_ended, stream_error
from support.wire import CLOSED, CUT

from conftest import DOMAIN


def test_sigterm_cuts_who_can_resume_tells_everybody_else_and_ends_cleanly(prosody, start_gate, new_session, new_client):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    at_work = [new_session(gate, transport) for transport in (STARTTLS, DIRECT)]
    for session in at_work:
        session.log_in("romeo", DOMAIN)
    resumable = new_session(gate)
    resumable.log_in("mercutio", DOMAIN)
    resumable.enable_resumption()
    before_login = new_session(gate, STARTTLS)
    before_login.open_stream(DOMAIN)
    juliet = new_client()
    juliet.log_in(f"juliet@{DOMAIN}", gate.address, STARTTLS)

    gate.process.send_signal(signal.SIGTERM)

    for session in (*at_work, before_login):
        assert session.wire.receive_to_end() == CLOSED
        assert stream_error(session.wire.received) == "system-shutdown"
        session.wire.close()
    assert resumable.wire.receive_to_end() in (CLOSED, CUT)
    assert not has_ended(resumable.wire.received)
    resumable.wire.close()
    assert "stream-error:system-shutdown" in juliet.wait_for_end()
    assert gate.process.wait() == 0
    assert {end["reason"] for end in gate.events("session_end") if "backend" in end} == {"shutdown"}


def test_sigterm_without_sessions_ends_at_once(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})

    gate.process.send_signal(signal.SIGTERM)

    assert gate.process.wait(5) == 0
