"""The client's TLS: versions, certificates by name, both kinds of key, session tickets."""

import contextlib
import ssl
import subprocess

import pytest

from support.addresses import C2S, C2S_TLS
from support.client import DIRECT, STARTTLS
from support.raw_session import STARTTLS_REQUEST, header
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.wire import CLOSED, Wire

from conftest import DOMAIN, DOMAINS


def names(wire):
    return [name for kind, name in wire.tls.getpeercert()["subjectAltName"] if kind == "DNS"]


def after_starttls(gate, domain):
    """A wire whose clear stream named `domain` and on which TLS may begin."""
    wire = Wire(gate.address, C2S)
    wire.send(header(domain) + STARTTLS_REQUEST)
    wire.receive_until(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    return wire


def new_wire(gate, transport):
    return Wire(gate.address, C2S_TLS) if transport == DIRECT else after_starttls(gate, DOMAIN)


@pytest.mark.parametrize("domain", DOMAINS.values())
def test_certificate_is_chosen_by_sni(domain, transport, gate, authority):
    wire = new_wire(gate, transport)  # over STARTTLS the clear header names the first domain throughout
    wire.secure(authority.certificate, sni=domain)

    assert names(wire) == [domain]


@pytest.mark.parametrize("domain", DOMAINS.values())
def test_certificate_is_chosen_by_the_clear_header_without_sni(domain, gate, authority):
    wire = after_starttls(gate, domain)
    wire.secure(authority.certificate)

    assert names(wire) == [domain]


def tls_failures(gate, source):
    return [end["detail"] for end in gate.events("session_end")
            if end["reason"] == "tls_failed" and end["peer"].startswith(source + ":")]


def test_who_names_nobody_in_direct_tls_gets_the_first_domain_or_the_default(prosody, start_gate, authority):
    def shown():
        wire = Wire(gate.address, C2S_TLS)
        wire.secure(authority.certificate)
        return names(wire)

    servers = [backend("a", prosody.address)]
    first, second = DOMAINS.values()
    gate = start_gate({first: servers, second: servers})
    assert shown() == [first]

    for tls, expected in (({"default": second}, [second]), ({}, [first])):
        gate.configure({first: servers, second: servers}, tls=tls)
        gate.say("reload")
        assert shown() == expected

    gate.configure({second: servers, first: servers})
    gate.say("reload")
    assert shown() == [second]
    assert f'what="tls: default first domain \\"{first}\\" -> first domain \\"{second}\\""' in gate.log()


def test_each_refusal_of_tls_names_its_cause(prosody, start_gate, authority):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)], "bare.test": [backend("a", prosody.address)]},
                      tls={"default": "none"})

    def refused(source, sni, words):
        wire = Wire(gate.address, C2S_TLS, source=source)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            wire.secure(authority.certificate, sni=sni)
        wait_until(lambda: tls_failures(gate, source), "the failure is logged")
        (detail,) = tls_failures(gate, source)
        assert words in detail

    refused("127.0.2.1", None, "names no domain in TLS (SNI), and [tls] default is")
    refused("127.0.2.2", "unknown.test", "unknown name unknown.test (SNI)")
    refused("127.0.2.3", "bare.test", "no certificate for bare.test; put one")

    distrusting = ssl.create_default_context()
    wire = Wire(gate.address, C2S_TLS, source="127.0.2.4")
    with pytest.raises(ssl.SSLCertVerificationError):
        wire.secure(authority.certificate, sni=DOMAIN, context=distrusting)
    wait_until(lambda: tls_failures(gate, "127.0.2.4"), "the failure is logged")
    assert "unknown CA" in tls_failures(gate, "127.0.2.4")[0]

    wire = Wire(gate.address, C2S_TLS, source="127.0.2.5")
    wire.send(header(DOMAIN))
    wait_until(lambda: tls_failures(gate, "127.0.2.5"), "the failure is logged")
    assert "what came is no TLS" in tls_failures(gate, "127.0.2.5")[0]
    assert "callback failed" not in gate.log()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_speaks_tls_1_2_and_1_3(version, transport, gate, authority):
    wire = new_wire(gate, transport)
    wire.secure(authority.certificate, sni=DOMAIN, version=version)

    assert wire.tls.version() == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.*is deprecated")
def test_refuses_tls_1_1(transport, gate, authority):
    with pytest.raises(ssl.SSLError):
        new_wire(gate, transport).secure(authority.certificate, sni=DOMAIN, version=ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("alpn", [["xmpp-client"], ["h2", "xmpp-client"], []], ids=str)
def test_takes_the_alpn_of_xmpp_and_none(alpn, gate, authority):
    wire = Wire(gate.address, C2S_TLS)
    wire.secure(authority.certificate, sni=DOMAIN, alpn=alpn)

    assert wire.tls.selected_alpn_protocol() == ("xmpp-client" if alpn else None)


def test_ecdsa_and_rsa_serve_side_by_side(authority, prosody, start_gate, tmp_path):
    certificates = tmp_path / "certificates"
    for key in ("ecdsa", "rsa"):
        authority.issue(certificates / DOMAIN, DOMAIN, key, stem=f"-{key}")
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, certificates=certificates)

    for cipher in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"):
        wire = Wire(gate.address, C2S_TLS)
        wire.secure(authority.certificate, sni=DOMAIN, version=ssl.TLSVersion.TLSv1_2, ciphers=cipher)
        assert wire.tls.cipher()[0] == cipher


def test_chain_that_openssl_refuses_ends_the_session_and_nothing_else(authority, prosody, start_gate, tmp_path):
    """Beside a second key pair, OpenSSL weighs each link of a chain: one of RSA with 1024 bits is too light."""
    certificates = tmp_path / "certificates"
    for key in ("ecdsa", "rsa"):
        chain, _ = authority.issue(certificates / DOMAIN, DOMAIN, key, stem=f"-{key}")
    weak = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=weak",
                           "-keyout", tmp_path / "weak.key"], capture_output=True, check=True).stdout
    chain.write_bytes(chain.read_bytes() + weak)
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, certificates=certificates)

    for transport in (STARTTLS, DIRECT):
        wire = new_wire(gate, transport)
        assert wire.receive_to_end() == CLOSED


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_session_ticket_shortens_the_next_handshake(version, transport, gate, authority):
    first = new_wire(gate, transport)
    first.secure(authority.certificate, sni=DOMAIN, version=version)
    first.send(header(DOMAIN))
    first.forget()
    first.receive_until(b"</stream:features>")  # a TLS 1.3 ticket comes behind the handshake
    assert not first.tls.session_reused

    second = new_wire(gate, transport)
    second.secure(authority.certificate, sni=DOMAIN, context=first.tls.context, session=first.tls.session)

    assert second.tls.session_reused


def test_who_uses_each_ticket_once_resumes_each_time(transport, gate, authority):
    """As clients do that RFC 8446 appendix C.4 tells to: a ticket that has been used is no good to them."""
    context = ssl.create_default_context(cafile=authority.certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    ticket, seen = None, set()
    for visit in range(10):
        wire = new_wire(gate, transport)
        wire.secure(authority.certificate, sni=DOMAIN, context=context, session=ticket)
        wire.send(header(DOMAIN))
        wire.forget()
        wire.receive_until(b"</stream:features>")
        assert wire.tls.session_reused == (visit > 0)
        ticket = wire.tls.session
        assert ticket.id not in seen
        seen.add(ticket.id)


def test_wildcard_certificate_serves_the_names_below_it(authority, prosody, start_gate, tmp_path):
    certificates = tmp_path / "certificates"
    authority.issue(certificates / "*.wild.test", "*.wild.test")
    gate = start_gate({"a.wild.test": [backend("a", prosody.address)]}, certificates=certificates)

    wire = Wire(gate.address, C2S_TLS)
    wire.secure(authority.certificate, sni="a.wild.test")

    assert names(wire) == ["*.wild.test"]


def test_resumed_handshake_that_ends_after_its_deadline_holds_nothing(prosody, start_gate, authority):
    """In TLS 1.2 the client has the last word of a resumption, so no answer to it can fail: a session that
    took it for a beginning would stay for ever."""
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, limits={"handshake": "1s", "close": "1s"})
    context = ssl.create_default_context(cafile=authority.certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    first = Wire(gate.address, C2S_TLS)
    first.secure(authority.certificate, sni=DOMAIN, context=context)
    wire = Wire(gate.address, C2S_TLS)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=DOMAIN, session=first.tls.session)

    def next_flight():
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        return outgoing.read()

    wire.send(next_flight())
    while not (last_flight := next_flight()):
        incoming.write(wire.receive_some())
    assert tls.session_reused
    assert wire.receive_to_end() == CLOSED  # the deadline
    wire.send(last_flight)

    def is_gone():
        tls.write(b" ")
        try:
            wire.send(outgoing.read())
        except ConnectionError:
            return True

    wait_until(is_gone, "the connection is closed")
