"""Client libraries come back to their sessions as their users have them do, before three servers of which each resumes
only what it holds: what came meanwhile is there, and the address is the old one."""

import pytest

from support.accounts import PASSWORDS
from support.client import DIRECT
from support.coming_back import routes
from support.im import body_of
from support.known_secrets import new_secret
from support.making import made_on_demand
from support.messenger import Messenger
from support.strophe import StropheClient

from conftest import DOMAIN


@pytest.fixture
def new_slixmpp(client_loop, authority):
    """Logs in by slixmpp: new_slixmpp(gate, user)."""
    def make(_, gate, user):
        client = client_loop.client(authority.certificate, Messenger, plugins=["xep_0198"])
        client.log_in(f"{user}@{DOMAIN}", gate.address, DIRECT)
        return client

    yield from made_on_demand(make, Messenger.log_out)


@pytest.fixture
def new_strophe(authority, tmp_path):
    """The same by libstrophe, which compares the id that <resumed/> has with its own."""
    def make(number, gate, user):
        client = StropheClient(tmp_path / f"strophe{number}", f"{user}@{DOMAIN}", PASSWORDS[user], gate.address, DIRECT,
                               authority.certificate)
        client.connect()
        client.say("<presence/>")
        client.take("presence", sender=client.jid)
        return client

    yield from made_on_demand(make, StropheClient.log_out)


@pytest.mark.parametrize("library", ["new_slixmpp", "new_strophe"])
def test_library_has_its_session_back(library, request, prosodys, gate_before, new_session):
    gate = gate_before(prosodys)
    new_client = request.getfixturevalue(library)
    clients = {user: new_client(gate, user) for user in PASSWORDS}
    homes = dict(zip(PASSWORDS, [home for _, home in routes(gate)]))
    assert len(set(homes.values())) == 3

    for user, client in clients.items():
        jid = client.jid
        desk = new_session(gate, DIRECT)
        desk_jid = desk.log_in(user, DOMAIN)
        assert routes(gate)[-1] == ("remembered", homes[user]), "that session does not take the client's place"
        for _ in range(3):
            body = new_secret("body")
            client.cut()
            desk.send_message(jid, body)
            desk.ping()
            client.resume()
            assert body_of(client.take("message", sender=desk_jid)) == body
            assert client.jid == jid
            assert routes(gate)[-1] == ("remembered", homes[user])
    assert gate.ask("status")["resumes"]["resumed"] == 3 * len(clients)
