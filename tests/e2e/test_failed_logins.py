"""Who tries passwords is found in the log: by a line for each login that failed, which fail2ban reads with the filter
that is shipped, and by a pseudonym that stays the same."""

import base64
import re
from pathlib import Path

import pytest

from support.addresses import free_address
from support.known_secrets import new_secret, remember
from support.routed_gate import wait_for_features
from support.start_stanzagate import backend
from support.strict_xml import SASL
from support.waiting import wait_until

from conftest import DOMAIN

FILTER = Path(__file__).parents[2] / "conf/fail2ban.conf"
KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"


def banned(log):
    """The addresses that fail2ban finds in the lines, each as often as it does."""
    expressions = re.search(r"^failregex = (.*\n(?: +.*\n)*)", FILTER.read_text(), re.M)[1].split("\n")
    expressions = [each.strip().replace("<ADDR>", "(?P<addr>[0-9a-f.:]+)") for each in expressions if each.strip()]
    assert len(expressions) == 2
    found = []
    for line in log.splitlines():
        # fail2ban takes the time out of the line before it looks.
        line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "", line, count=1)
        found += [match["addr"] for each in expressions if (match := re.search(each, line))]
    return found


def try_password(session, user):
    """A login with a password that is wrong, on the stream as it is; the server's answer."""
    response = base64.b64encode(f"\0{user}\0{new_secret('wrong')}".encode()).decode()
    session.wire.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{remember(response)}</auth>"
                      .encode())
    return session.next_element()


@pytest.mark.parametrize("form", ["text", "json"])
def test_wrong_passwords_are_told_counted_and_banned(authority, server, domain, start_gate, new_session, form):
    gate = start_gate({domain: [backend("a", server.address, server.proxied_port, proxy="v2")]},
                      log={"format": form})
    if form == "text":  # else the stream header may choose the backend
        wait_for_features(gate, domain, authority)
    source = free_address()
    session = new_session(gate, source=source)
    session.secure(domain)
    session.open_stream(domain)

    for _ in range(2):
        answer = try_password(session, "romeo")
        assert answer.tag == SASL + "failure" and answer[0].tag == SASL + "not-authorized"

    wait_until(lambda: gate.log().count("login_failed") == 2, "both are told")
    assert banned(gate.log()) == [source, source], gate.log()
    assert gate.ask("status")["failed_logins"] == 2
    assert "2 logins failed since the start" in gate.say("status")
    if form == "json":
        return
    first, second = gate.events("login_failed")
    assert (first["domain"], first["mechanism"], first["condition"]) == (domain, "PLAIN", "not-authorized")
    assert (first["attempt"], second["attempt"], first["backend"]) == ("1", "2", "a")
    # The operator finds the lines of a user whose address is known, and only those.
    assert gate.say("sessions", "--jid", f"romeo@{domain}").endswith(f"in the log: user={first['user']}\n")
    assert gate.ask("sessions", "--jid", f"romeo@{domain}")["pseudonym"] == second["user"]
    assert gate.ask("sessions", "--jid", f"juliet@{domain}")["pseudonym"] != first["user"]


def test_who_logs_in_or_meets_no_server_is_not_banned(authority, prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})
    wait_for_features(gate, DOMAIN, authority)
    new_session(gate).log_in("romeo", DOMAIN)
    assert gate.ask("status")["failed_logins"] == 0
    session = new_session(gate)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)

    gate.say("drain", "pool0/a")
    answer = try_password(session, "juliet")

    assert answer[0].tag == SASL + "temporary-auth-failure"
    told = wait_until(lambda: gate.events("login_failed"), "the failure is told")[0]
    assert (told["condition"], told["mechanism"]) == ("temporary-auth-failure", "PLAIN")
    assert gate.ask("status")["failed_logins"] == 1
    assert banned(gate.log()) == []


def test_pseudonyms_stay_with_a_key_in_a_file(prosody, start_gate, tmp_path):
    key = tmp_path / "pseudonyms"
    key.write_text(KEY)
    key.chmod(0o600)

    def pseudonym(gate):
        return gate.ask("sessions", "--jid", f"romeo@{DOMAIN}")["pseudonym"]

    backends = {DOMAIN: [backend("a", prosody.address)]}
    first, second = (start_gate(backends, log={"pseudonym_key": str(key)}) for _ in range(2))
    without = start_gate(backends)
    assert pseudonym(first) == pseudonym(second) != pseudonym(without)

    # Another key counts when its file is saved.
    before = pseudonym(first)
    key.write_text(KEY.replace("0", "a"))
    wait_until(lambda: pseudonym(first) != before, "the new key counts")
    assert first.events("pseudonyms_changed")


def test_key_that_cannot_be_used_is_said(prosody, start_gate, tmp_path):
    key = tmp_path / "pseudonyms"
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]})

    gate.configure({DOMAIN: [backend("a", prosody.address)]}, log={"pseudonym_key": str(key)})
    assert f'there is no file "{key}"' in gate.say("reload", status=1)
    key.write_text("guess\n")
    key.chmod(0o600)
    told = gate.say("reload", status=1)
    assert f"{key}: has 5 characters" in told and "openssl rand -hex 32" in told and "guess\n" not in told
    key.write_text(KEY)
    key.chmod(0o644)
    assert "every user may read the key" in gate.say("reload", status=1)
    key.chmod(0o600)
    gate.say("reload")
