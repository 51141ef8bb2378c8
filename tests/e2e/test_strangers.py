"""A pool is one cluster: checks say which members are strangers to the others, though all of them are up."""

from support.accounts import PASSWORDS
from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN

NAME = next(iter(PASSWORDS))
ACCOUNT = f"{NAME}@{DOMAIN}"
QUICKLY = {"every": "200ms", "timeout": "2s", "rise": 1, "fall": 1}


def pool_of(start_gate, *servers, account=ACCOUNT):
    return start_gate({DOMAIN: [backend(f"b{number}", server.address) for number, server in enumerate(servers)]},
                      health={**QUICKLY, "account": account})


def test_two_servers_with_the_same_names_are_strangers(start_prosody, start_gate):
    servers = [start_prosody(authentication="internal_hashed") for _ in range(2)]
    gate = pool_of(start_gate, *servers)

    wait_until(lambda: gate.events("pool_strangers"), "the strangers are told of")

    told = gate.events("pool_strangers")
    assert len(told) == 1
    assert f"b0 knows {ACCOUNT} as one of its own" in told[0]["detail"]
    assert f"b1 knows {ACCOUNT} as one of its own" in told[0]["detail"]
    assert all(each["health"] == "up" for each in gate.backends().values())
    assert "strangers" in gate.backends()["b0"]["warning"]


def test_one_that_lacks_the_account_is_a_stranger(start_prosody, start_gate):
    first = start_prosody(authentication="internal_hashed")
    second = start_prosody(authentication="internal_hashed")
    lacking = next(second.data.glob(f"*/accounts/{NAME}.dat"))
    lacking.unlink()
    gate = pool_of(start_gate, first, second)

    wait_until(lambda: gate.events("pool_strangers"), "the strangers are told of")

    assert f"b1 does not know {ACCOUNT}" in gate.first_event("pool_strangers")["detail"]


def test_two_servers_of_one_store_are_one_cluster(start_prosody, start_gate):
    first = start_prosody(authentication="internal_hashed")
    second = start_prosody(authentication="internal_hashed", data=first.data)
    gate = pool_of(start_gate, first, second)
    for name in ("b0", "b1"):
        gate.wait_for_health(name, "up")
    questions = wait_for_checks(first, second)

    assert questions and not gate.events("pool_strangers")


def wait_for_checks(*servers):
    """Until each server has seen enough connections for both answers of the question."""
    def seen():
        return all(server.process.log().count("Client connected") >= 6 for server in servers)

    return wait_until(lambda: seen() or None, "the checks have come")


def test_salts_that_change_are_not_compared(start_prosody, start_gate):
    gate = pool_of(start_gate, start_prosody(), start_prosody())

    wait_until(lambda: gate.events("account_incomparable"), "that they cannot be compared is told")

    assert not gate.events("pool_strangers")


def test_servers_of_two_kinds_are_strangers(start_fake, start_gate):
    def running(node):
        def behaviour(peer):
            peer.read_until(b"http://etherx.jabber.org/streams")
            peer.send(b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='x' "
                      b"version='1.0'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>"
                      b"PLAIN</mechanism></mechanisms><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='"
                      + node + b"' ver='x'/></stream:features>")
            peer.wait_for_close()
        return behaviour

    gate = pool_of(start_gate, start_fake(running(b"http://prosody.im")), start_fake(running(b"urn:other")), account="")

    wait_until(lambda: gate.events("pool_strangers"), "the strangers are told of")

    assert "b0 runs http://prosody.im" in gate.first_event("pool_strangers")["detail"]
