"""What a client received, read by a parser that forgives nothing."""

import xml.etree.ElementTree as ElementTree

STREAMS = "{http://etherx.jabber.org/streams}"
ERRORS = "{urn:ietf:params:xml:ns:xmpp-streams}"
TLS = "{urn:ietf:params:xml:ns:xmpp-tls}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
SASL2 = "{urn:xmpp:sasl:2}"
BIND = "{urn:ietf:params:xml:ns:xmpp-bind}"
SM = "{urn:xmpp:sm:3}"
CLIENT = "{jabber:client}"


def whole_stream(received):
    """`received` as one complete, well-formed stream, from header to closing tag."""
    try:
        root = ElementTree.fromstring(bytes(received))
    except ElementTree.ParseError as error:
        raise AssertionError(f"not a well-formed stream ({error}): {bytes(received)!r}") from None
    assert root.tag == STREAMS + "stream", root.tag
    assert root.get("version") == "1.0" and root.get("id"), root.attrib
    return root


def stream_error(received):
    """The condition of the stream error that ends `received`, a whole stream with exactly one error."""
    children = list(whole_stream(received))
    errors = [child for child in children if child.tag == STREAMS + "error"]
    assert len(errors) == 1 and errors[0] is children[-1], bytes(received)
    conditions = [child.tag for child in errors[0] if child.tag != ERRORS + "text"]
    assert conditions and conditions[0].startswith(ERRORS), bytes(received)
    return conditions[0].removeprefix(ERRORS)


def has_ended(received):
    """Was the stream ended in words, by an error or a closing tag? A lost one, which may be resumed, was not."""
    return b"</stream:stream>" in received or b"<stream:error" in received
