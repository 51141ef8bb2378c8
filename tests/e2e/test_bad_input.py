"""Whatever a client sends, it is told what was wrong in one stream error, its connection is closed cleanly,
one log line says why, nothing of it reaches the other side, and nobody else notices."""

import ssl

import pytest

from support.addresses import C2S, C2S_TLS, free_address
from support.client import DIRECT, STARTTLS
from support.known_secrets import new_secret
from support.raw_session import STARTTLS_REQUEST, RawSession, header
from support.start_stanzagate import backend
from support.strict_xml import SASL, TLS, stream_error, whole_stream
from support.wire import CLOSED, Wire

from conftest import DOMAIN

CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(190)
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHg=</auth>"
RESUME = b"<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>"
COMPRESS = b"<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>"
STREAM = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "


def opened(rest):
    """A stream header of our domain with `rest` behind it."""
    return header(DOMAIN) + rest


@pytest.fixture(scope="module")
def witness(gate, authority):
    """A session that was there before and must be there after."""
    session = RawSession(gate.address, STARTTLS, authority.certificate)
    session.jid = session.log_in("juliet", DOMAIN)
    yield session
    assert session.ping() == []
    session.wire.close()


def assert_refused(gate, witness, wire, source, condition, reason):
    assert wire.receive_to_end() == CLOSED
    assert stream_error(wire.received) == condition
    assert gate.wait_for_session_end(source)["reason"] == reason
    assert witness.ping() == []


# What is sent in clear on a new connection to the STARTTLS port: bytes, condition, reason.
IN_CLEAR = {
    "http request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "policy-violation", "data_before_tls"),
    "tls client hello": (CLIENT_HELLO, "policy-violation", "data_before_tls"),
    "stanza before a header": (b"<message/>", "bad-format", "bad_client_xml"),
    "stanza before tls": (opened(b"<message to='a@b'/>"), "not-authorized", "data_before_tls"),
    "logins before tls": (opened(AUTH * 6), "policy-violation", "data_before_tls"),
    "resumption before tls": (opened(RESUME), "not-authorized", "data_before_tls"),
    "comment": (opened(b"<!-- -->"), "restricted-xml", "bad_client_xml"),
    "dtd": (b"<!DOCTYPE a>" + header(DOMAIN), "restricted-xml", "bad_client_xml"),
    "bad utf-8": (opened(b"<a b='\xc3\x28'/>"), "unsupported-encoding", "bad_client_xml"),
    "utf-16": (b"<?xml version='1.0' encoding='UTF-16'?>" + STREAM + b"to='a' version='1.0'>",
               "unsupported-encoding", "bad_client_xml"),
    "no domain": (STREAM + b"version='1.0'>", "improper-addressing", "bad_header"),
    "unknown domain": (header("nowhere.test"), "host-unknown", "host_unknown"),
    "no version": (STREAM + f"to='{DOMAIN}'>".encode(), "unsupported-version", "bad_header"),
    "wrong stream namespace": (b"<stream:stream xmlns='jabber:client' xmlns:stream='urn:x' to='a' "
                               b"version='1.0'>", "invalid-namespace", "bad_client_xml"),
    "wrong content namespace": (b"<stream:stream xmlns='jabber:server' to='a' version='1.0' "
                                b"xmlns:stream='http://etherx.jabber.org/streams'>",
                                "invalid-namespace", "bad_header"),
    "header without end": (STREAM + b"a='" + b"x" * 5000, "policy-violation", "bad_client_xml"),
    "endless white space": (opened(b" " * 5000), "policy-violation", "data_before_tls"),
}


@pytest.mark.parametrize("sent, condition, reason", IN_CLEAR.values(), ids=IN_CLEAR)
def test_refuses_in_clear(sent, condition, reason, gate, witness):
    source = free_address()
    wire = Wire(gate.address, C2S, source)

    wire.send(sent)

    assert_refused(gate, witness, wire, source, condition, reason)


# What is sent inside TLS before login, behind a header that was answered.
BEFORE_LOGIN = {
    "stanza": (b"<message to='a@b'><body>x</body></message>", "not-authorized", "not_authorized"),
    "starttls again": (STARTTLS_REQUEST, "unsupported-stanza-type", "not_offered"),
    "compression": (COMPRESS * 6, "policy-violation", "not_offered"),
    "resumption": (RESUME, "not-authorized", "not_authorized"),
    "enable": (b"<enable xmlns='urn:xmpp:sm:3'/>", "not-authorized", "not_authorized"),
    "more than 10,000 bytes": (AUTH.replace(b"AHJv", b"A" * 12000), "policy-violation", "bad_client_xml"),
    "processing instruction": (b"<?php evil ?>", "restricted-xml", "bad_client_xml"),
    "depth of 17": (b"<a>" * 17, "policy-violation", "bad_client_xml"),
    "33 attributes": (b"<a " + b" ".join(b"a%d=''" % n for n in range(33)) + b">", "policy-violation",
                      "bad_client_xml"),
}


@pytest.mark.parametrize("sent, condition, reason", BEFORE_LOGIN.values(), ids=BEFORE_LOGIN)
def test_refuses_before_login(sent, condition, reason, transport, gate, witness, new_session):
    source = free_address()
    session = new_session(gate, transport, source=source)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)

    session.wire.send(sent)

    assert_refused(gate, witness, session.wire, source, condition, reason)


# What is sent after login; MARK stands for a body that nobody may receive.
AFTER_LOGIN = {
    "comment in a stanza": (b"<message to='TO'><body>MARK<!-- --></body></message>", "restricted-xml"),
    "comment between stanzas": (b"<!-- MARK -->", "restricted-xml"),
    "processing instruction": (b"<message to='TO'><?MARK?><body>MARK</body></message>", "restricted-xml"),
    "dtd": (b"<!DOCTYPE MARK [<!ENTITY a 'b'>]>", "restricted-xml"),
    "entity": (b"<message to='TO'><body>MARK&nbsp;</body></message>", "restricted-xml"),
    "bad utf-8": (b"<message to='TO'><body>MARK\xff</body></message>", "unsupported-encoding"),
    "utf-8 lead byte before a tag": (b"<message to='TO'><body>MARK\xeb</body></message>",
                                     "unsupported-encoding"),
    "control character": (b"<message to='TO'><body>MARK\x01</body></message>", "not-well-formed"),
    "reference to nul": (b"<message to='TO'><body>MARK&#0;</body></message>", "not-well-formed"),
    "wrong end tag": (b"<message to='TO'><body>MARK</bod></message>", "not-well-formed"),
    "unbound prefix": (b"<message to='TO'><body>MARK</body><x:y/></message>", "not-well-formed"),
    "duplicate attribute": (b"<message to='TO' to='TO'><body>MARK</body></message>", "not-well-formed"),
    "duplicate attribute by namespace": (
        b"<message to='TO'><body>MARK</body><x xmlns:a='u' xmlns:b='u' a:c='' b:c=''/></message>",
        "not-well-formed"),
    "end of cdata in text": (b"<message to='TO'><body>MARK]]></body></message>", "not-well-formed"),
    "less-than in an attribute": (b"<message to='TO' id='<'><body>MARK</body></message>", "not-well-formed"),
    "text between stanzas": (b"MARK", "bad-format"),
    "stream in a stream": (header(DOMAIN).replace(b"<?xml version='1.0'?>", b""), "bad-format"),
    "100,000 nested elements": (b"<message to='TO'>" + b"<a>" * 100_000, "policy-violation"),
    "10,000 attributes": (b"<message " + b" ".join(b"a%d=''" % n for n in range(10_000)) + b">",
                          "policy-violation"),
    "100,000 elements": (b"<message to='TO'>" + b"<a/>" * 100_000, "policy-violation"),
    "over 256 KiB": (b"<message to='TO'><body>MARK" + b"x" * 262_144 + b"</body></message>",
                     "policy-violation"),
}


@pytest.mark.parametrize("sent, condition", AFTER_LOGIN.values(), ids=AFTER_LOGIN)
def test_refuses_after_login(sent, condition, gate, witness, new_session):
    source = free_address()
    session = new_session(gate, DIRECT, source=source)
    session.log_in("romeo", DOMAIN)
    sent = sent.replace(b"MARK", new_secret("body").encode()).replace(b"TO", witness.jid.encode())

    session.wire.send_while_unanswered(sent[at:at + 4096] for at in range(0, len(sent), 4096))

    assert_refused(gate, witness, session.wire, source, condition, "bad_client_xml")


# What only a server may say, from a client that is logged in.
SERVER_WORDS = {
    "success": b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "sasl2 success": b"<success xmlns='urn:xmpp:sasl:2'/>",
    "proceed": b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "enabled": b"<enabled xmlns='urn:xmpp:sm:3' id='x' resume='true'/>",
    "resumed": b"<resumed xmlns='urn:xmpp:sm:3' previd='x' h='0'/>",
    "compressed": b"<compressed xmlns='http://jabber.org/protocol/compress'/>",
    "features": b"<stream:features/>",
}


@pytest.mark.parametrize("word", SERVER_WORDS.values(), ids=SERVER_WORDS)
def test_refuses_what_only_servers_say(word, gate, witness, new_session):
    source = free_address()
    session = new_session(gate, DIRECT, source=source)
    session.log_in("romeo", DOMAIN)

    session.wire.send(word)

    assert_refused(gate, witness, session.wire, source, "unsupported-stanza-type", "not_offered")


def test_stream_error_of_a_client_ends_its_session(gate, witness, new_session):
    source = free_address()
    session = new_session(gate, DIRECT, source=source)
    session.log_in("romeo", DOMAIN)

    session.wire.send(b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                      b"</stream:stream>")

    assert_refused(gate, witness, session.wire, source, "unsupported-stanza-type", "client_error")


def test_login_before_tls_is_told_so_and_may_go_on(gate, authority):
    session = RawSession(gate.address, STARTTLS, authority.certificate)
    session.open_stream(DOMAIN)
    session.wire.send(AUTH)
    failure = session.next_element()
    assert failure.tag == SASL + "failure" and failure.find(SASL + "encryption-required") is not None
    session.wire.send(COMPRESS)
    assert session.next_element().tag == "{http://jabber.org/protocol/compress}failure"

    session.wire.send(STARTTLS_REQUEST)
    assert session.next_element().tag == TLS + "proceed"
    session.wire.secure(authority.certificate, sni=DOMAIN)
    session.open_stream(DOMAIN)
    session.wire.close()


def test_request_for_compression_is_refused_and_the_session_goes_on(transport, gate, new_session):
    session = new_session(gate, transport)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)
    session.wire.send(COMPRESS)
    failure = session.next_element()
    assert failure.tag == "{http://jabber.org/protocol/compress}failure"
    assert failure[0].tag == "{http://jabber.org/protocol/compress}unsupported-method"
    logged_in = new_session(gate, transport)
    logged_in.log_in("romeo", DOMAIN)
    logged_in.wire.send(COMPRESS)
    assert logged_in.next_element().tag == "{http://jabber.org/protocol/compress}failure"
    assert logged_in.ping() == []


def test_error_comes_behind_a_header_where_the_backend_has_sent_none(start_gate, start_fake, new_session):
    """Behind SASL success both sides begin anew (RFC 6120 section 4.9.1.2): the backend is slow, the client wrong."""
    def forgets_its_header(peer):
        peer.open_stream(DOMAIN, b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                                 b"<mechanism>PLAIN</mechanism></mechanisms>")
        peer.read_until(b"</auth>")
        peer.send(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("a", start_fake(forgets_its_header).address)]})
    session = new_session(gate, DIRECT)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)
    session.wire.send(AUTH)
    assert session.next_element().tag == SASL + "success"
    session.wire.forget()

    session.wire.send(header(DOMAIN) + b"<!-- -->")

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "restricted-xml"


def test_white_space_behind_starttls_may_come_on_its_own(gate, authority):
    """Clients that end each element with a line write it when they like: before <proceed/> or after it."""
    for number in range(40):
        session = RawSession(gate.address, STARTTLS, authority.certificate)
        session.open_stream(DOMAIN)
        session.wire.send(STARTTLS_REQUEST)
        if number % 2:
            assert session.next_element().tag == TLS + "proceed"
            session.wire.send(b"\r\n"[number % 4 // 2:])
        else:
            session.wire.send(b"\n")
            assert session.next_element().tag == TLS + "proceed"
        session.wire.secure(authority.certificate, sni=DOMAIN)
        session.open_stream(DOMAIN)
        session.wire.close()


@pytest.mark.parametrize("stowaway", [b"<iq type='get' id='1'/>", header(DOMAIN), CLIENT_HELLO, b"x"],
                         ids=["stanza", "header", "client hello", "junk"])
def test_bytes_behind_starttls_never_reach_the_tls_stream(stowaway, gate, witness):
    source = free_address()
    wire = Wire(gate.address, C2S, source)

    wire.send(opened(STARTTLS_REQUEST + stowaway))

    assert wire.receive_to_end() == CLOSED
    assert list(whole_stream(wire.received))[-1].tag == TLS + "failure"
    assert gate.wait_for_session_end(source)["reason"] == "data_before_tls"
    assert witness.ping() == []


def test_white_space_behind_starttls_is_dropped(gate, authority):
    wire = Wire(gate.address, C2S)
    wire.send(opened(STARTTLS_REQUEST + b"\n"))
    wire.receive_until(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")

    wire.secure(authority.certificate, sni=DOMAIN)
    wire.forget()
    wire.send(header(DOMAIN))

    assert wire.receive_until(b"</stream:features>")


def test_unknown_domain_inside_tls_is_host_unknown(gate, witness, new_session):
    source = free_address()
    session = new_session(gate, DIRECT, source=source)
    session.secure(DOMAIN)

    session.wire.send(header("nowhere.test"))

    assert_refused(gate, witness, session.wire, source, "host-unknown", "host_unknown")


def test_alpn_without_overlap_is_refused_in_the_handshake(gate, authority):
    source = free_address()

    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        Wire(gate.address, C2S_TLS, source).secure(authority.certificate, sni=DOMAIN, alpn=["h2"])

    assert gate.wait_for_session_end(source)["reason"] == "tls_failed"


def test_junk_in_place_of_tls_ends_the_connection(gate, witness):
    source = free_address()
    wire = Wire(gate.address, C2S_TLS, source)

    wire.send(header(DOMAIN))

    assert wire.receive_to_end() == CLOSED
    assert gate.wait_for_session_end(source)["reason"] == "tls_failed"
    assert witness.ping() == []


@pytest.fixture
def hasty_gate(start_gate, prosody):
    return start_gate({DOMAIN: [backend("a", prosody.address)]}, limits={"login": "1s", "handshake": "1s"})


def test_login_deadline_is_absolute(hasty_gate):
    """A header that comes a byte at a time is not taken for progress."""
    source = free_address()
    wire = Wire(hasty_gate.address, C2S, source)

    wire.send_slowly(header(DOMAIN) * 10, pause=0.05)

    assert wire.receive_to_end() == CLOSED
    assert stream_error(wire.received) == "connection-timeout"
    assert hasty_gate.wait_for_session_end(source)["reason"] == "login_timeout"


def test_silence_before_login_is_a_connection_timeout(hasty_gate, transport, new_session):
    source = free_address()
    session = new_session(hasty_gate, transport, source=source)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "connection-timeout"
    assert hasty_gate.wait_for_session_end(source)["reason"] == "login_timeout"


def test_white_space_before_login_is_no_sign_of_life(hasty_gate, new_session):
    source = free_address()
    session = new_session(hasty_gate, DIRECT, source=source)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)

    session.wire.send_slowly(b"\n" * 1000, pause=0.05)

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "connection-timeout"
    assert hasty_gate.wait_for_session_end(source)["reason"] == "login_timeout"


@pytest.mark.parametrize("port", [C2S, C2S_TLS], ids=["starttls", "direct"])
def test_connection_that_says_nothing_is_closed(hasty_gate, port):
    source = free_address()
    wire = Wire(hasty_gate.address, port, source)

    assert wire.receive_to_end() == CLOSED
    assert hasty_gate.wait_for_session_end(source)["reason"] in ("login_timeout", "tls_failed")


def test_logged_in_session_outlives_the_login_deadline(hasty_gate, new_session):
    session = new_session(hasty_gate, DIRECT)
    session.log_in("romeo", DOMAIN)
    source = free_address()
    assert Wire(hasty_gate.address, C2S, source).receive_to_end() == CLOSED  # another's deadline passes

    session.ping()


def test_half_open_client_gets_the_answer_to_what_it_said(gate, witness):
    """FIN behind a header: the answer still comes, then the connection ends."""
    source = free_address()
    wire = Wire(gate.address, C2S, source)

    wire.send(header(DOMAIN))
    wire.end_of_sending()

    assert wire.receive_to_end() == CLOSED
    assert b"<starttls" in wire.received
    assert gate.wait_for_session_end(source)["reason"] == "client_lost"
    assert witness.ping() == []
