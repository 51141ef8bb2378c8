"""What monitoring sees over HTTP: metrics that promtool takes without a word and that count what clients counted, a status
page for browsers, readiness with its reason."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from support.addresses import C2S_TLS, WEB, free_address
from support.bosh_session import BoshSession, Requests
from support.browser import Browser
from support.client import DIRECT
from support.load import Load, Sink
from support.raw_session import header
from support.start_stanzagate import backend
from support.waiting import PATIENCE, wait_until
from support.websocket_session import WebSocketSession
from support.wire import Wire

from conftest import DOMAIN

HTTP = 9280


@pytest.fixture
def watched_gate(start_gate):
    """Makes a stanzagate whose monitoring is asked at `gate.http`."""
    def start(domains, **sections):
        address = free_address()
        gate = start_gate(domains, admin={"http": f"{address}:{HTTP}"}, **{"health": {"every": "200ms"}, **sections})
        gate.http = address
        return gate

    return start


def ask(address, path, method="GET", host=None):
    """Status, fields and text of the answer."""
    connection = http.client.HTTPConnection(address, HTTP, timeout=PATIENCE)
    connection.request(method, path, headers={"Host": host} if host else {})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.headers, text


def metric(address, sample):
    text = ask(address, "/metrics")[2]
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    assert found, (sample, text)
    return float(found[1])


def failed_handshakes(gate):
    """The reasons that have been counted."""
    text = ask(gate.http, "/metrics")[2]
    return set(re.findall(r'^stanzagate_tls_handshake_failures_total\{reason="(\w+)"\} [1-9]', text, re.MULTILINE))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool (apt-get install prometheus)")
def test_promtool_has_nothing_to_say(watched_gate, prosody):
    gate = watched_gate({DOMAIN: [backend("a", prosody.address), backend("b", prosody.address, 1)]})
    wait_until(lambda: metric(gate.http, 'stanzagate_backend_up{pool="pool0",backend="a"}') == 1, "a is up")
    text = ask(gate.http, "/metrics")[2]
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_metrics_count_what_clients_count(watched_gate, tmp_path):
    sink = Sink(tmp_path / "sink")
    gate = watched_gate({DOMAIN: [backend("a", sink.address)]}, health={"checks": False}, pool={"route": "domain"})
    done = Load(tmp_path / "logins", gate, DOMAIN, "logins", count=150).wait_for_success()
    assert done
    logins = 'stanzagate_backend_logins_total{pool="pool0",backend="a"}'
    wait_until(lambda: metric(gate.http, logins) == 150, "each login is counted once")
    idle = Load(tmp_path / "idle", gate, DOMAIN, "idle", sessions=40)
    idle.wait_until_ready()
    wait_until(lambda: metric(gate.http, "stanzagate_sessions") == 40, "the sessions of others are gone")
    assert metric(gate.http, 'stanzagate_backend_sessions{pool="pool0",backend="a"}') == 40
    assert metric(gate.http, logins) == 190
    assert metric(gate.http, 'stanzagate_route_decisions_total{by="domain"}') == 190
    assert json.loads(ask(gate.http, "/status.json")[2])["sessions"] == 40
    idle.stop()
    sink.end()


@pytest.mark.parametrize("mode", ["tcp", "websocket"])
def test_stanzas_bytes_and_ends_are_what_the_clients_have_counted(mode, watched_gate, new_session, tmp_path):
    """Each message comes back from the sink, byte for byte."""
    sink = Sink(tmp_path / "sink")
    web = {"web": {}} if mode == "websocket" else {}
    gate = watched_gate({DOMAIN: [backend("a", sink.address)]}, health={"checks": False}, pool={"route": "domain"}, **web)
    before = metric(gate.http, 'stanzagate_stanzas_total{from="client",kind="message"}')
    assert before == 0 and metric(gate.http, 'stanzagate_session_ends_total{reason="client_closed"}') == 0
    port = {"port": WEB, "websocket": "/xmpp-websocket"} if mode == "websocket" else {}
    load = Load(tmp_path / "stanzas", gate, DOMAIN, "stanzas", sessions=20, size=300, seconds=2, warmup=0, **port)
    load.wait_for_success()
    told = re.search(r"echoes_ever=(\d+)", load.log())
    echoes = int(told[1])
    assert echoes > 100
    for side in ("client", "backend"):
        sample = f'stanzagate_stanzas_total{{from="{side}",kind="message"}}'
        wait_until(lambda: metric(gate.http, sample) == echoes, f"{sample} is {echoes}")
    wait_until(lambda: metric(gate.http, 'stanzagate_session_ends_total{reason="client_closed"}') == 20, "all have ended")
    received = metric(gate.http, 'stanzagate_received_bytes_total{from="client"}')
    assert echoes * 300 <= received <= echoes * 300 + 20 * 2000  # and what a login takes
    assert metric(gate.http, 'stanzagate_tls_handshakes_total{version="1.3",resumed="no"}') == 20
    assert metric(gate.http, "stanzagate_tls_handshake_seconds_count") == 20
    assert failed_handshakes(gate) <= {"silent"}  # the test that it listens
    kind = "web" if mode == "websocket" else "c2s-tls"
    listener = f"{gate.address}:{WEB if kind == 'web' else C2S_TLS}"
    accepted = metric(gate.http, f'stanzagate_listener_accepted_total{{listener="{listener}",kind="{kind}"}}')
    assert accepted - 20 in (0, 1)  # the test that it listens, too
    assert metric(gate.http, "stanzagate_login_seconds_count") == 20
    # Nothing is left out or put in between the two sides but what a login needs.
    sent = metric(gate.http, 'stanzagate_sent_bytes_total{to="backend"}')
    assert echoes * 300 <= sent <= received
    assert metric(gate.http, 'stanzagate_sent_bytes_total{to="client"}') >= echoes * 300
    assert metric(gate.http, 'stanzagate_logins_total{pool="pool0",result="success"}') == 20
    assert metric(gate.http, "stanzagate_backend_connect_seconds_count") == 20
    transport = "websocket" if mode == "websocket" else "c2s-tls"
    assert metric(gate.http, f'stanzagate_transport_sessions{{transport="{transport}"}}') == 0
    work = gate.ask("status")["work"]
    assert work["stanzas"]["client"]["message"] == echoes and work["ends"]["client_closed"] == 20
    sink.end()


def test_each_stanza_is_counted_by_its_kind_and_each_byte_on_both_sides(watched_gate, prosody, new_session):
    gate = watched_gate({DOMAIN: [backend("a", prosody.address)]})
    gate.wait_for_offers(DOMAIN)
    session = new_session(gate, DIRECT)
    jid = session.log_in("juliet", DOMAIN)

    def counts():
        names = [f'stanzagate_stanzas_total{{from="client",kind="{kind}"}}' for kind in ("message", "presence", "iq")]
        names += ['stanzagate_received_bytes_total{from="client"}', 'stanzagate_sent_bytes_total{to="backend"}']
        return [metric(gate.http, name) for name in names]

    before = counts()
    stanzas = [f"<message to='{jid}'><body>one</body></message>", f"<message to='{jid}'><body>two</body></message>",
               "<presence/>", "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"]
    for stanza in stanzas:
        session.wire.send(stanza.encode())
    size = sum(map(len, stanzas))
    wait_until(lambda: [now - then for now, then in zip(counts(), before)] == [2, 1, 1, size, size], "all are counted")
    assert metric(gate.http, 'stanzagate_transport_sessions{transport="c2s-tls"}') == 1
    assert metric(gate.http, 'stanzagate_logins_total{pool="pool0",result="success"}') == 1


def test_ends_and_errors_are_counted_by_their_reason(watched_gate, prosody, new_session):
    gate = watched_gate({DOMAIN: [backend("a", prosody.address)], "b.example": [backend("b", "127.0.0.1", 1)]})
    gate.wait_for_offers(DOMAIN)

    def comes(sample):
        before = metric(gate.http, sample)
        return lambda: wait_until(lambda: metric(gate.http, sample) == before + 1, sample)

    ended = 'stanzagate_session_ends_total{{reason="{}"}}'
    told = 'stanzagate_stream_errors_total{{from="proxy",condition="{}"}}'
    unknown = comes(ended.format("host_unknown")), comes(told.format("host-unknown"))
    session = new_session(gate, DIRECT)
    session.secure(DOMAIN)
    session.wire.send(header("nowhere.example"))
    [each() for each in unknown]
    lost = comes(ended.format("client_lost"))
    session = new_session(gate, DIRECT)
    session.log_in("juliet", DOMAIN)
    session.wire.cut()
    lost()
    kicked = comes(ended.format("kicked"))
    session = new_session(gate, DIRECT)
    session.log_in("juliet", DOMAIN)
    gate.say("kick", next(each["id"] for each in gate.ask("sessions")["sessions"] if each["state"] == "relaying"))
    kicked()
    broken = comes(ended.format("bad_client_xml")), comes(told.format("not-well-formed"))
    session = new_session(gate, DIRECT)
    session.log_in("juliet", DOMAIN)
    session.wire.send(b"<message></presence>")
    [each() for each in broken]
    refused = comes('stanzagate_logins_total{pool="pool0",result="refused"}')
    session = new_session(gate, DIRECT)
    with pytest.raises(AssertionError, match="not-authorized"):
        session.authenticate("juliet", DOMAIN, "wrong")
    refused()


def test_backends_that_are_passed_over_are_counted(watched_gate, prosody, new_session):
    gate = watched_gate({DOMAIN: [backend("gone", "127.0.0.1", 1), backend("a", prosody.address)]},
                        pool={"route": "domain", "balance": "round-robin"}, health={"checks": False})
    failed = 'stanzagate_backend_connect_failures_total{reason="unreachable"}'
    for _ in range(2):
        session = new_session(gate, DIRECT)
        session.log_in("juliet", DOMAIN)
    assert metric(gate.http, failed) >= 1
    assert metric(gate.http, "stanzagate_backend_connect_seconds_count") == 2


def test_changes_of_health_are_counted(watched_gate, start_prosody):
    server = start_prosody()
    gate = watched_gate({DOMAIN: [backend("a", server.address)]})
    changes = 'stanzagate_backend_transitions_total{{pool="pool0",to="{}"}}'
    wait_until(lambda: metric(gate.http, changes.format("up")) == 1, "it is up")
    server.end()
    wait_until(lambda: metric(gate.http, changes.format("down")) == 1, "it is missed")


def test_what_the_web_front_answers_is_counted(watched_gate, prosody, authority):
    gate = watched_gate({DOMAIN: [backend("a", prosody.address)]}, web={})
    gate.wait_for_offers(DOMAIN)
    bosh = 'stanzagate_bosh_requests_total{{result="{}"}}'
    session = BoshSession(gate.address, authority.certificate)
    session.log_in("juliet", DOMAIN)
    assert metric(gate.http, 'stanzagate_transport_sessions{transport="bosh"}') == 1
    assert session.terminate() is None
    assert metric(gate.http, bosh.format("answered")) >= 4
    requests = Requests(gate.address, authority.certificate, DOMAIN)
    requests.post(f"<body rid='1' sid='{1:048x}' xmlns='http://jabber.org/protocol/httpbind' ver='1.6'/>")
    assert metric(gate.http, bosh.format("unknown_session")) == 1
    requests.post("<body")
    assert metric(gate.http, bosh.format("bad_request")) == 1
    socket_session = WebSocketSession(gate.address, authority.certificate)
    socket_session.log_in("juliet", DOMAIN)
    assert metric(gate.http, 'stanzagate_transport_sessions{transport="websocket"}') == 1
    assert socket_session.close_stream() == 1000
    assert metric(gate.http, 'stanzagate_websocket_closes_total{code="1000"}') == 1
    socket_session.wire.close()


def handshake(gate, most, least=ssl.TLSVersion.TLSv1_2, session=None, trusting=True):
    """The session that a handshake leaves, and whether it was resumed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version, context.maximum_version = least, most
    if trusting:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if session:
        context = session[0]
    with socket.create_connection((gate.address, C2S_TLS), PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname=DOMAIN, session=session and session[1]) as secure:
            return (context, secure.session), secure.session_reused


def test_handshakes_are_told_apart(watched_gate):
    gate = watched_gate({DOMAIN: [backend("a", "127.0.0.1", 1)]}, limits={"handshake": "300ms"})
    kept, reused = handshake(gate, ssl.TLSVersion.TLSv1_2)
    assert not reused
    assert handshake(gate, ssl.TLSVersion.TLSv1_2, session=kept)[1]
    handshake(gate, ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)
    for sample, count in (('version="1.2",resumed="no"', 1), ('version="1.2",resumed="yes"', 1),
                          ('version="1.3",resumed="no"', 1), ('version="1.3",resumed="yes"', 0)):
        wait_until(lambda: metric(gate.http, f"stanzagate_tls_handshakes_total{{{sample}}}") == count, sample)
    assert metric(gate.http, "stanzagate_tls_handshake_seconds_count") == 3

    def fails(why):
        sample = f'stanzagate_tls_handshake_failures_total{{reason="{why}"}}'
        before = metric(gate.http, sample)
        return lambda: wait_until(lambda: metric(gate.http, sample) == before + 1, why)

    is_counted = fails("bad_certificate")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(gate, ssl.TLSVersion.TLSv1_3, trusting=False)
    is_counted()
    for sent, why in ((b"<stream:stream>", "not_tls"), (b"\x16\x03\x01", "closed"), (b"", "silent")):
        is_counted = fails(why)
        with socket.create_connection((gate.address, C2S_TLS), PATIENCE) as wire:
            wire.sendall(sent)
        is_counted()
    is_counted = fails("timeout")
    with socket.create_connection((gate.address, C2S_TLS), PATIENCE):
        is_counted()


def test_metrics_are_there_and_zero_before_anybody_comes(watched_gate):
    gate = watched_gate({DOMAIN: [backend("a", "127.0.0.1", 1)]})
    text = ask(gate.http, "/metrics")[2]
    for line in text.splitlines():
        if re.match(r"stanzagate_(stanzas|received_bytes|login_seconds_count)", line):
            assert float(line.rpartition(" ")[2]) == 0, line
    assert metric(gate.http, 'stanzagate_loop_lag_seconds{worker="1"}') >= 0


def test_ready_says_why_not(watched_gate, start_prosody):
    server = start_prosody()
    gate = watched_gate({DOMAIN: [backend("a", server.address)]})
    wait_until(lambda: ask(gate.http, "/ready")[0] == 200, "it is ready")
    assert ask(gate.http, "/live")[::2] == (200, "alive\n")
    gate.say("drain", "pool0/a")
    status, _, text = ask(gate.http, "/ready")
    assert (status, text.splitlines()[0]) == (503, "not ready: no backend of pool pool0 takes sessions")
    gate.say("ready", "pool0/a")
    assert ask(gate.http, "/ready")[0] == 200
    server.end()
    wait_until(lambda: ask(gate.http, "/ready")[0] == 503, "the server is missed")
    assert "a: down" in ask(gate.http, "/ready")[2]


def test_what_is_not_asked_well_is_refused(watched_gate, prosody):
    gate = watched_gate({DOMAIN: [backend("a", prosody.address)]})
    assert ask(gate.http, "/", host="evil.example")[0] == 421
    assert ask(gate.http, "/nothing")[0] == 404
    status, fields, _ = ask(gate.http, "/metrics", method="POST")
    assert (status, fields["Allow"]) == (405, "GET, HEAD")
    status, fields, text = ask(gate.http, "/metrics", method="HEAD")
    assert status == 200 and text == "" and int(fields["Content-Length"]) > 1000
    bad = Wire(gate.http, HTTP)
    bad.send(b"GET / HTTP/1.1\nHost: localhost\n\n")
    assert bad.receive_until(b"\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    bad.close()
    # Those who wait keep nobody out for long, and the process serves on.
    silent = [socket.create_connection((gate.http, HTTP), PATIENCE) for _ in range(40)]
    wait_until(lambda: can_ask(gate.http), "silent visitors are shown out", PATIENCE * 4)
    for each in silent:
        each.close()


def can_ask(address):
    try:
        return ask(address, "/live")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_browser_shows_it_in_both_schemes_and_on_a_telephone(watched_gate, prosody, tmp_path, new_session):
    gate = watched_gate({DOMAIN: [backend("a", prosody.address), backend("gone", prosody.address, 1)]})
    wait_until(lambda: metric(gate.http, 'stanzagate_backend_up{pool="pool0",backend="a"}') == 1, "a is up")
    session = new_session(gate, DIRECT)
    session.log_in("juliet", DOMAIN)
    browser = Browser(tmp_path / "browser", {})
    page = browser.new_page()
    kept = Path(os.environ.get("STANZAGATE_ARTEFACTS") or tmp_path)
    for scheme in ("light", "dark"):
        for width in (1200, 360):
            page.show_as(scheme, width)
            page.open(f"http://{gate.http}:{HTTP}/")
            page.wait_for("document.readyState == 'complete' && document.querySelectorAll('table').length > 1",
                          "the page is there")
            assert page.value("document.documentElement.scrollWidth") <= width, "it is no wider than the screen"
            page.save_screenshot(kept / f"status-{scheme}-{width}.png")
    words = page.value("document.body.innerText")
    assert "ready" in words and "down" in words and "Pool pool0" in words
    assert page.value("document.querySelectorAll('svg polyline').length") == 5
    assert page.value("document.scripts.length") == 0
    browser.end()


RULES = Path(__file__).parents[2] / "conf/monitoring"
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool (apt-get install prometheus)")


@needs_promtool
@pytest.mark.parametrize("words", ["test rules alerts_test.yml", "check config prometheus.yml"])
def test_rules_alert_when_they_should(words):
    done = subprocess.run(["promtool", *words.split()], cwd=RULES, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_rules_and_dashboard_ask_for_what_is_there(watched_gate, tmp_path):
    """Each metric that they name is one of ours, and each expression is one."""
    gate = watched_gate({DOMAIN: [backend("a", "127.0.0.1", 1)]})
    families = set(re.findall(r"^# TYPE (\S+)", ask(gate.http, "/metrics")[2], re.MULTILINE))
    # Those that only a pool or a certificate of some kind has.
    families |= {"stanzagate_dns_records", "stanzagate_dns_answers_stale"}
    dashboard = json.loads((RULES / "grafana.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    text = (RULES / "alerts.yml").read_text() + "\n".join(asked)
    named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\b(?:stanzagate|process)_\w+", text)}
    assert len(named) > 25 and named - families == set()
    rules = [{"record": f"panel:{number}", "expr": asked[number].replace("$instance", ".*")} for number in range(len(asked))]
    whole = tmp_path / "panels.yml"
    whole.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", whole], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
