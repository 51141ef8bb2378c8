"""`stanzagate check --live`: what only a look at the servers can tell. Planted faults are found, each with a remedy; where
there is none, it says so."""

import json
import resource
import shutil
import socket
import subprocess
import time

import pytest

from support import start_stanzagate
from support.addresses import C2S, C2S_TLS, free_address
from support.start_dnsmasq import NameServer, host, srv
from support.waiting import PATIENCE

from conftest import DOMAIN, DOMAINS


@pytest.fixture
def check(tmp_path, certificates):
    """check([{backend's keys}, ...], lines of TOML, domain): status and words of `check --live`."""
    def run(backends, *lines, domain=DOMAIN, limit=None, words=(), listen=None):
        config = tmp_path / "stanzagate.toml"
        text = ["version = 1", "[tls]", f'cert_dir = "{certificates}"', "[[listen]]", f'address = "{listen or f"{free_address()}:{C2S}"}"',
                f'[domain."{domain}"]', 'pool = "main"', *lines]
        for number, keys in enumerate(backends):
            text += ["[[pool.main.backend]]", f'name = "{"abc"[number]}"']
            text += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        config.write_text("\n".join(text) + "\n")
        limits = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))) if limit else None
        done = subprocess.run([start_stanzagate.tested_binary(), "check", config, "--live", *words], capture_output=True,
                              text=True, timeout=4 * PATIENCE, preexec_fn=limits)
        return done.returncode, done.stdout if words else " ".join((done.stdout + done.stderr).split())

    return run


@pytest.fixture
def secure(authority, start_prosody, tmp_path):
    """A Prosody with a certificate for this domain, which insists on TLS."""
    def start(name=DOMAIN):
        authority.issue(tmp_path / f"pair-{name}", name)
        return start_prosody(certificate=tuple(tmp_path / f"pair-{name}" / file for file in ("fullchain.pem", "privkey.pem")))

    return start


def at(server, port=C2S, **keys):
    return {"address": f"{server if isinstance(server, str) else server.address}:{port}", **keys}


def test_nothing_is_said_where_nothing_is_wrong(check, prosody):
    status, said = check([at(prosody)])
    assert status == 0 and "fine: 1 listener" in said and "serves nobody" not in said, said
    status, told = check([at(prosody)], words=["--json"])
    told = json.loads(told)
    assert status == 0 and told["problems"] == []
    assert [(each["pool"], each["backend"], each["health"], each["failure"]) for each in told["live"]] == [("main", "a", "up", None)]


@pytest.mark.parametrize("keys, words", [
    ({"proxy": "v1"}, ['set proxy = "off"']),
    ({"proxy": "v2"}, ['set proxy = "off"']),
    ({"tls": "direct"}, ['set tls = "off"']),
    ({"tls": "starttls"}, ["let the server offer STARTTLS"]),
])
def test_settings_that_a_clear_server_does_not_know(check, prosody, keys, words):
    status, said = check([at(prosody, **keys)])
    assert status == 1 and all(word in said for word in words), said


def test_a_header_that_is_waited_for(check, ejabberd):
    status, said = check([at(ejabberd, ejabberd.proxied_port)], domain=DOMAINS["ejabberd"])
    assert status == 1 and 'set proxy = "v' in said, said


@pytest.mark.parametrize("port, tls, right", [(C2S_TLS, "off", "direct"), (C2S, "off", "starttls"), (C2S, "direct", "starttls"),
                                              (C2S_TLS, "starttls", "direct")])
def test_tls_where_another_kind_is_spoken(check, secure, authority, port, tls, right):
    keys = {} if tls == "off" else {"ca_file": str(authority.certificate)}
    status, said = check([at(secure(), port, tls=tls, **keys)])
    assert status == 1 and f'set tls = "{right}"' in said, said


def test_a_certificate_of_an_unknown_authority(check, secure):
    status, said = check([at(secure(), tls="starttls")])
    assert status == 1 and "ca_file" in said, said


def test_a_certificate_for_another_domain(check, secure, authority):
    status, said = check([at(secure("other.example"), tls="starttls", ca_file=str(authority.certificate))])
    assert status == 1 and "certificate" in said and DOMAIN in said, said


def test_a_domain_that_the_server_does_not_serve(check, prosody):
    status, said = check([at(prosody)], domain=DOMAINS["ejabberd"])
    assert status == 1 and "serves the domain" in said, said


def test_ports_where_nobody_no_xmpp_or_nothing_is(check, start_fake):
    def http(peer):
        peer.receive()
        peer.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    web, silent = start_fake(http), start_fake(lambda peer: peer.receive())
    status, said = check([at(free_address(), 1), at(web), at(silent)])
    assert status == 1
    for backend, words in (("a", "Connection refused"), ("b", "read the server's log"), ("c", "read the server's log")):
        assert f'backend "{backend}": serves nobody' in said and words in said, (backend, said)


def test_a_silent_server_is_an_error_however_patient_sessions_are(check, start_fake):
    def listen(peer):
        while peer.receive():
            pass

    silent = start_fake(listen)
    begun = time.monotonic()
    status, said = check([at(silent)], "[pool.main]", 'connect_timeout = "40s"', 'answer_timeout = "40s"', "[pool.main.health]",
                         'timeout = "40s"', 'every = "60s"')
    assert status == 1 and 'backend "a": serves nobody' in said and "timed_out" not in said, said
    assert time.monotonic() - begun < 25


def test_a_port_that_another_program_has(check, prosody):
    with socket.socket() as other:
        other.bind((free_address(), C2S))
        other.listen()
        status, said = check([at(prosody)], listen=f"{other.getsockname()[0]}:{C2S}")
    assert status == 1 and "cannot be had: Address already in use (see who listens there: ss -ltnp)" in said, said


def test_a_domain_that_no_certificate_covers(check, start_prosody, authority, certificates, tmp_path):
    config = [{"address": start_prosody(["bare.example"]).address + f":{C2S}"}]
    status, said = check(config, domain="bare.example")
    assert status == 1 and 'domain."bare.example": no certificate covers it: its clients are refused' in said, said
    folder = certificates / "default"
    authority.issue(folder, "other.example")
    try:
        status, said = check(config, domain="bare.example")
    finally:
        shutil.rmtree(folder)
    assert status == 1 and "no certificate covers it: its clients are shown" in said, said


def test_names_and_services_that_dns_does_not_have(check, tmp_path):
    names = NameServer(tmp_path / "names", [srv("_xmpp-client._tcp.there.example", "dead.example", 1),
                                            host("dead.example", "127.0.0.1")])
    dns = ["[dns]", f'servers = ["{names.address}"]']
    status, said = check([{"address": "nowhere.example"}], *dns)
    assert status == 1 and "no such name: nowhere.example" in said, said
    status, said = check([{"srv": "_xmpp-client._tcp.nothing.example"}], *dns)
    assert status == 1 and "_xmpp-client._tcp.nothing.example" in said, said
    status, said = check([{"srv": "_xmpp-client._tcp.there.example"}], *dns)
    assert status == 1 and "Connection refused" in said, said
    names.end()


def test_strangers_in_one_pool(check, prosody, start_prosody):
    """By an account that they do not share, and by what they offer."""
    other = start_prosody(authentication="internal_hashed")
    status, said = check([at(prosody), at(other)])
    assert "b" in said and ("authentication settings" in said or "one cluster" in said), said


def test_a_limit_of_descriptors_that_is_too_low(check, prosody):
    status, said = check([at(prosody)], limit=26)
    assert status == 1 and "descriptors" in said, said
