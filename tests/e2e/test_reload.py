"""Reloads under load: applied whole or not at all, and no session notices."""

import shutil
import signal
import time

import pytest

from support.addresses import C2S, C2S_TLS, free_address
from support.load import Load, Sink
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.wire import Wire

from conftest import DOMAIN

HEALTH = {"every": "500ms", "timeout": "2s", "slow_start": "0s"}
SINK_DOMAIN = "ejabberd.test"  # a second domain that has a certificate


@pytest.fixture
def sinks(tmp_path):
    running = [Sink(tmp_path, f"sink{number}") for number in range(2)]
    yield running
    for sink in running:
        sink.end()


@pytest.mark.alone
def test_200_reloads_lose_nothing(prosody, sinks, start_gate, tmp_path):
    def domains(number):
        """Each reload changes weights, and every other one adds a backend or takes it away."""
        back = [backend("s0", sinks[0].address, weight=100 + number % 7)]
        if number % 2:
            back.append(backend("s1", sinks[1].address))
        return {SINK_DOMAIN: back, DOMAIN: [backend("p", prosody.address, weight=50 + number % 3)]}

    gate = start_gate(domains(0), health=HEALTH)
    # 1,000 sessions, each with a message under way at all times; every echo is compared.
    live = Load(tmp_path, gate, SINK_DOMAIN, "stanzas", name="live", sessions=1000, seconds=300, timeout=320)
    live.wait_until_ready()
    steady = []
    began = time.monotonic()
    for number in range(1, 201):
        gate.configure(domains(number), health=HEALTH)
        result = gate.ask("reload")
        assert result["is_applied"], result
        if not steady or not steady[-1].is_running:
            steady.append(Load(tmp_path, gate, DOMAIN, "logins", name=f"steady{len(steady)}", count=200, concurrency=4))
        time.sleep(max(0.0, began + number * 0.15 - time.monotonic()))  # a pace, not a wait
    live.finish()
    for load in steady:
        load.wait_for_success()
    done = live.wait_for_success()
    assert int(done["stanzas"]) > 10_000
    ends = {event["reason"] for event in gate.events("session_end") if "domain" in event}
    assert ends == {"client_closed"}


def test_a_broken_file_changes_nothing(prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    good = gate._config.read_text()
    gate._config.write_text(good.replace("least-sessions", "least-session"))
    told = gate.say("reload", status=1)
    assert "least-sessions" in told and "stanzagate.toml:" in told, told
    assert "least-sessions" in gate.ask("status")["reload_problem"]
    new_session(gate).log_in("romeo", DOMAIN)
    gate._config.write_text(good)
    gate.say("reload")
    assert gate.ask("status")["reload_problem"] is None


def test_sighup_and_a_saved_file_reload_by_themselves(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    gate.configure({DOMAIN: [backend("a", prosody.address, weight=7)]})
    wait_until(lambda: gate.backends()["a"]["weight"] == 7, "the saved file is read")
    gate.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(gate.events("reloaded")) >= 2, "SIGHUP reloads")


def test_listeners_come_and_go(prosody, start_gate, new_session, authority):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    old = new_session(gate)
    old.log_in("romeo", DOMAIN)
    text = gate._config.read_text()
    moved = free_address()
    gate._config.write_text(text.replace(f'{gate.address}:{C2S_TLS}', f"{moved}:{C2S_TLS}"))
    told = gate.ask("reload")
    assert told["is_applied"] and len(told["changes"]) >= 2, told
    with pytest.raises(ConnectionRefusedError):
        Wire(gate.address, C2S_TLS)
    old.ping()
    there = new_session(type("Moved", (), {"address": moved}))
    there.log_in("juliet", DOMAIN)


def test_a_taken_port_refuses_the_reload(prosody, start_gate, new_session):
    import socket

    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    with socket.create_server((free_address(), C2S)) as taken:
        text = gate._config.read_text()
        gate._config.write_text(text.replace(f"{gate.address}:{C2S_TLS}", f"{taken.getsockname()[0]}:{C2S}"))
        assert "cannot listen" in gate.say("reload", status=1)
    new_session(gate).log_in("romeo", DOMAIN)


def test_renewed_certificates_are_taken(authority, prosody, start_gate, new_session, tmp_path):
    mine = tmp_path / "certs"
    authority.issue(mine / DOMAIN, DOMAIN)
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, certificates=mine)
    old = new_session(gate)
    old.log_in("romeo", DOMAIN)
    before = _certificate(new_session(gate))
    authority.issue(mine / DOMAIN, DOMAIN)
    wait_until(lambda: _certificate(new_session(gate)) != before, "the new certificate is shown")
    old.ping()


def test_a_certificate_for_another_name_is_taken_with_a_note(authority, prosody, start_gate, tmp_path):
    mine = tmp_path / "certs"
    authority.issue(mine / DOMAIN, "other.test")

    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, certificates=mine)

    note = gate.first_event("certificate_note")
    assert f"does not name {DOMAIN}" in note["what"]
    assert note["remedy"] == "order one that names it, or rename the folder"


def test_repairing_what_a_refused_file_names_applies_it(authority, prosody, start_gate, new_session, tmp_path):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    before = _certificate(new_session(gate))
    other = tmp_path / "other"
    chain, _ = authority.issue(other / DOMAIN, DOMAIN)
    good = chain.read_text()
    chain.write_text("not a certificate")
    gate._config.write_text(gate._config.read_text().replace(str(gate._certificates), str(other)))
    wait_until(lambda: gate.events("reload_refused"), "the broken certificate is refused")

    chain.write_text(good)

    wait_until(lambda: _certificate(new_session(gate)) != before, "the repaired certificate is shown")
    assert gate.ask("status")["reload_problem"] is None


def _certificate(session):
    session.secure(DOMAIN)
    return session.wire.tls.getpeercert(binary_form=True)


def test_what_needs_a_restart_is_said(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    gate.configure({DOMAIN: [backend("a", prosody.address)]}, worker={"threads": 1})
    told = gate.ask("reload")
    assert told["is_applied"] and any("threads" in line for line in told["needs_restart"]), told
    assert "restart stanzagate" in gate.first_event("restart_needed")["remedy"]
    # Still so the next time: the process runs as it did.
    assert any("threads" in line for line in gate.ask("reload")["needs_restart"])


def test_changed_limits_hold_for_the_sessions_that_are_there(prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, limits={"stanza": "20000B"})
    session = new_session(gate)
    me = session.log_in("romeo", DOMAIN)
    gate.configure({DOMAIN: [backend("a", prosody.address)]}, limits={"stanza": "100KiB"})
    assert gate.ask("reload")["is_applied"]
    session.send_message(me, "x" * 50_000)
    assert len(session.next_body()) == 50_000


def test_reload_after_a_save_says_what_was_applied_and_when(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    gate.configure({DOMAIN: [backend("a", prosody.address, weight=7)]})
    wait_until(lambda: gate.backends()["a"]["weight"] == 7, "the saved file is read")

    told = gate.say("reload")

    assert ": nothing new\napplied " in told and "s ago, when a file was saved:" in told, told
    assert 'pool.pool0.backend "a": weight 100 -> 7' in told, told
    assert gate.first_event("reloaded")["cause"] == "saved"

    good = gate._config.read_text()
    gate._config.write_text(good.replace("least-sessions", "least-session"))
    wait_until(lambda: gate.events("reload_refused"), "the broken file is refused")
    gate._config.write_text(good)
    wait_until(lambda: gate.ask("status")["reload_problem"] is None, "the repaired file is read")
    earlier = gate.ask("reload")["earlier"]
    assert [each["cause"] for each in earlier] == ["saved", "saved"], earlier
    assert "least-sessions" in earlier[1]["refusal"] and earlier[0]["changes"], earlier


def test_a_broken_pair_keeps_the_old_one_while_all_others_are_renewed(authority, prosody, start_gate, new_session,
                                                                      tmp_path):
    mine = tmp_path / "certs"
    for domain in (DOMAIN, SINK_DOMAIN):
        authority.issue(mine / domain, domain)
    gate = start_gate({each: [backend("a", prosody.address)] for each in (DOMAIN, SINK_DOMAIN)}, certificates=mine)

    def shown(domain):
        session = new_session(gate)
        session.secure(domain)
        certificate = session.wire.tls.getpeercert(binary_form=True)
        session.wire.cut()
        return certificate

    before = {domain: shown(domain) for domain in (DOMAIN, SINK_DOMAIN)}

    # One whose key is not there yet, as in the middle of a renewal, and one that is whole.
    _, new_key = authority.issue(tmp_path / "new", SINK_DOMAIN)
    (tmp_path / "new/fullchain.pem").rename(mine / SINK_DOMAIN / "fullchain.pem")
    authority.issue(mine / DOMAIN, DOMAIN)
    wait_until(lambda: shown(DOMAIN) != before[DOMAIN], "the whole one is shown")

    assert shown(SINK_DOMAIN) == before[SINK_DOMAIN]
    kept = wait_until(lambda: gate.events("certificate_kept"), "the other one is told")[0]
    assert kept["domain"] == SINK_DOMAIN and "does not belong" in kept["why"] and "repair" in kept["remedy"]
    renewed = gate.first_event("certificate_renewed")
    assert renewed["domain"] == DOMAIN and renewed["valid_until"].endswith("Z")
    told = " ".join(gate.say("reload").split())
    assert f'warning: certificate "{SINK_DOMAIN}" cannot be used' in told, told
    assert f'certificate "{DOMAIN}" renewed, valid until {renewed["valid_until"]}' in told, told

    new_key.rename(mine / SINK_DOMAIN / "privkey.pem")
    wait_until(lambda: shown(SINK_DOMAIN) != before[SINK_DOMAIN], "the repaired one is shown")
    wait_until(lambda: [each["domain"] for each in gate.events("certificate_renewed")] == [DOMAIN, SINK_DOMAIN],
               "both renewals are told")

    shutil.rmtree(mine / SINK_DOMAIN)
    removed = wait_until(lambda: gate.events("certificate_removed"), "the removal is told")[0]
    assert removed["domain"] == SINK_DOMAIN and "[domain]" in removed["remedy"]


def test_warnings_of_a_saved_file_are_in_the_log(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    with gate._config.open("a") as config:
        config.write(f'[[pool.spare.backend]]\naddress = "{prosody.address}"\n')
    told = wait_until(lambda: gate.events("config_problem"), "the warning is told")[0]
    assert "no domain uses this pool" in told["what"]
    assert gate.events("reloaded")


def test_what_is_set_live_is_told_against_the_file(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address, weight=30), backend("b", prosody.address, 5223)]})
    told = gate.say("weight", "pool0/a", 77)
    assert "the file says 30" in told and "a restart forgets it" in told, told
    gate.say("drain", "pool0/b")
    words = ["pool0/a runs with weight 77, the file says 30", "pool0/b is in drain"]

    gate.configure({DOMAIN: [backend("a", prosody.address, weight=30, max_sessions=9),
                             backend("b", prosody.address, 5223)]})
    assert gate.ask("reload")["live"] == words
    assert gate.backends()["a"]["weight"] == 77
    assert gate.ask("status")["live"]["differs"] == words
    assert f"live      {words[0]}\n" in gate.say("status")
    assert [each["what"] for each in gate.events("live_differs")][:2] == words

    # The file wins once its own weight is another one.
    gate.configure({DOMAIN: [backend("a", prosody.address, weight=40), backend("b", prosody.address, 5223)]})
    gate.say("reload")
    assert gate.backends()["a"]["weight"] == 40
    assert any("weight 40 of the file counts in place of 77" in each["what"] for each in gate.events("config_changed"))


def test_what_was_set_live_outlives_a_restart_where_a_file_is_named(prosody, start_gate, tmp_path):
    state = tmp_path / "state"
    keys = {"admin": {"state": str(state)}}
    backends = [backend("a", prosody.address, weight=30), backend("b", prosody.address, 5223)]
    gate = start_gate({DOMAIN: backends}, **keys)
    assert f"kept over restarts in {state}" in " ".join(gate.say("weight", "pool0/a", 77).split())
    gate.say("maintenance", "pool0/b")
    assert state.stat().st_mode & 0o777 == 0o600
    gate.end()

    gate = start_gate({DOMAIN: backends[:1]}, **keys)
    assert gate.backends()["a"]["weight"] == 77
    assert gate.first_event("live_state_restored")["backend"] == "a"
    assert gate.first_event("live_state_dropped")["backend"] == "b"
    gate.end()

    # Whatever stands there, it stops no start and is not written over.
    state.write_text("somebody's diary\n")
    gate = start_gate({DOMAIN: backends}, **keys)
    assert "remedy" in gate.first_event("live_state_ignored")
    assert gate.backends()["a"]["weight"] == 30
    assert "is no state file of stanzagate" in " ".join(gate.say("drain", "pool0/a").split())
    assert state.read_text() == "somebody's diary\n"
