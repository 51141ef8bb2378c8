"""After an outage all clients come back at once: what each server gets of that, who is first, and what the others
hear ([pool.NAME] login_rate)."""

import time

import pytest

from support.login_storm import Storm, StormClient
from support.nodes_apart import NodesApart
from support.start_stanzagate import backend
from support.strict_xml import SASL
from support.waiting import wait_until
from support.wire import CLOSED

from conftest import DOMAIN

HEALTH = {"every": "200ms", "rise": 1, "fall": 1, "slow_start": "0s"}
PEOPLE = {f"user{number}": "secret" for number in range(30)}


class Doorkeeper:
    """A server's part that grants every login, and knows when each came. While it is closed it answers nobody."""

    def __init__(self):
        self.logins = []
        self.is_closed = False

    def serve(self, peer):
        if self.is_closed:
            return
        peer.open_stream(DOMAIN, b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                                 b"<mechanism>PLAIN</mechanism></mechanisms>")
        peer.read_until(b"</auth>")
        self.logins.append(time.monotonic())
        peer.send(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        peer.wait_for_close()

    def most_within(self, seconds):
        times = sorted(self.logins)
        return max(sum(1 for each in times if start <= each < start + seconds) for start in times)


@pytest.fixture
def storm():
    running = Storm()
    yield running
    running.end()


@pytest.fixture
def new_clients(authority):
    def make(gate, count, prefix="new"):
        return [StormClient(gate.address, DOMAIN, authority.certificate, f"{prefix}{number}") for number in range(count)]

    return make


@pytest.fixture
def gate_of(start_fake, start_gate):
    """A stanzagate before doorkeepers, called a, b, c: gate, doorkeepers, and the domains for configure()."""
    def start(count, login_rate, health=None, **pool):
        keepers = [Doorkeeper() for _ in range(count)]
        domains = {DOMAIN: [backend(name, start_fake(keeper.serve).address)
                            for name, keeper in zip("abc", keepers)]}
        gate = start_gate(domains, pool={"login_rate": login_rate, **pool}, health={**HEALTH, **(health or {})})
        for name in "abc"[:count]:
            gate.wait_for_health(name, "up")
        gate.wait_for_offers(DOMAIN)
        return gate, keepers, domains

    return start


def wait_for_line(gate, count, name="a"):
    wait_until(lambda: gate.backends()[name]["logins_waiting"] == count, f"{count} wait for {name}")


def test_no_server_gets_more_than_its_rate_and_all_come_in(gate_of, storm, new_clients):
    gate, keepers, _ = gate_of(2, 20)
    clients = new_clients(gate, 120)
    storm.wait(storm.begin(clients, StormClient.log_in_at_last))

    assert sum(len(keeper.logins) for keeper in keepers) == len(clients)
    for keeper in keepers:
        taken = max(keeper.logins) - min(keeper.logins)
        # Three may come at once. A thread of the test that is late sees two moments as one.
        assert len(keeper.logins) <= 20 * (taken + 0.5) + 3
        assert keeper.most_within(1) <= 20 * 1.5 + 3
    assert sum(gate.backends()[name]["logins"] for name in "ab") == len(clients)


def test_who_would_wait_too_long_is_told_to_come_back(gate_of, storm, new_clients):
    gate, keepers, _ = gate_of(1, 1)
    clients = new_clients(gate, 20)
    storm.wait(storm.begin(clients))

    told_back = sum(client.told_back for client in clients)
    came = sum(client.came is not None for client in clients)
    assert came + told_back == len(clients)
    assert 6 <= came <= 9, "one at once, those who come in within five seconds, and what time has passed meanwhile"
    assert len(keepers[0].logins) == came
    status = gate.backends()["a"]
    assert (status["logins_waiting"], status["logins_told_to_come_back"]) == (0, told_back)
    assert f"{told_back} told to come back" in gate.say("status")
    ends = [end["reason"] for end in gate.events("session_end")]
    assert ends.count("login_rate") == told_back
    assert gate.events("login_failed") == [], "which fail2ban would count"
    line = gate.first_event("session_refused")
    assert (line["reason"], line["pool"], line["backend"]) == ("login_rate", "pool0", "a")
    assert int(line["count"]) <= told_back
    assert len(gate.events("session_refused")) <= 2


def test_what_is_said_to_who_shall_come_back(gate_of, storm, new_clients, new_session):
    gate, _, _ = gate_of(1, 1)
    storm.begin(new_clients(gate, 12))
    wait_until(lambda: gate.backends()["a"]["logins_told_to_come_back"] > 0, "the line is full")
    session = new_session(gate)
    session.secure(DOMAIN).open_stream(DOMAIN)
    session.wire.send(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHg=</auth>")
    refusal = session.next_element()

    assert refusal.find(SASL + "temporary-auth-failure") is not None
    assert refusal.findtext(SASL + "text") == "too many log in now, try again in a while"
    assert session.wire.receive_to_end() == CLOSED


def test_who_leaves_the_line_makes_room(gate_of, storm, new_clients):
    gate, keepers, _ = gate_of(1, 1)
    clients = new_clients(gate, 5)
    storm.begin(clients)
    wait_until(lambda: gate.backends()["a"]["logins_waiting"] >= 3, "some wait")
    assert gate.ask("explain", f"late@{DOMAIN}")["logins_ahead"] >= 1
    assert "a second (login_rate)" in gate.say("explain", f"late@{DOMAIN}")
    waiting = [client for client in clients if client.came is None]
    storm.cut(waiting)
    wait_for_line(gate, 0)
    before = len(keepers[0].logins)
    assert before < len(clients)
    late = new_clients(gate, 1, "late")
    storm.wait(storm.begin(late))
    assert late[0].came, "there is nobody before it"
    assert len(keepers[0].logins) == before + 1, "none is spent on those who have gone"


def test_another_rate_counts_for_who_waits(gate_of, storm, new_clients):
    gate, keepers, domains = gate_of(1, 1)
    clients = new_clients(gate, 5)
    coming = storm.begin(clients)
    wait_until(lambda: gate.backends()["a"]["logins_waiting"] >= 3, "some wait")
    before = len(keepers[0].logins)
    gate.configure(domains, pool={"login_rate": 100}, health=HEALTH)
    storm.wait(coming)
    assert all(client.came for client in clients)
    later = sorted(keepers[0].logins)[before + 1:]  # one more may have come before the reload
    assert later[-1] - later[0] < 0.9 * (len(later) - 1)
    wait_until(lambda: gate.events("reloaded"), "the reload is logged")
    assert "login_rate 1 -> 100" in gate.log()


def test_a_server_in_its_slow_start_gets_a_share(gate_of, storm, new_clients):
    gate, keepers, _ = gate_of(1, 20, health={"slow_start": "60s"})
    keepers[0].is_closed = True
    gate.wait_for_health("a", "down")
    keepers[0].is_closed = False
    gate.wait_for_health("a", "up")
    assert gate.backends()["a"]["ramp_percent"] <= 20
    clients = new_clients(gate, 8)
    start = time.monotonic()
    storm.wait(storm.begin(clients, StormClient.log_in_at_last))
    # At 20 a second it would be a quarter of a second, at 2 to 4 it is 1.7 at least.
    assert time.monotonic() - start > 1.2


def test_who_waits_for_a_server_that_leaves_goes_to_another(gate_of, storm, new_clients):
    gate, keepers, _ = gate_of(2, 2, balance="hash-user")
    clients = new_clients(gate, 14)
    coming = storm.begin(clients, StormClient.log_in_at_last)
    wait_until(lambda: gate.backends()["a"]["logins_waiting"] >= 3, "some wait for a")
    at_a = len(keepers[0].logins)
    gate.say("drain", "pool0/a")
    wait_for_line(gate, 0)
    storm.wait(coming)
    assert len(keepers[0].logins) <= at_a + 2
    assert len(keepers[0].logins) + len(keepers[1].logins) == len(clients)


def test_failover_gives_no_server_more_than_its_rate(gate_of, storm, new_clients):
    """One of two has died, and no check has seen it yet."""
    gate, keepers, _ = gate_of(2, 4, health={"every": "10m", "fall": 100, "passive_failures": 0},
                               balance="round-robin")
    keepers[0].is_closed = True
    clients = new_clients(gate, 20)
    storm.wait(storm.begin(clients, StormClient.log_in_at_last))
    times = keepers[1].logins
    assert len(times) == len(clients)
    assert len(times) <= 4 * (max(times) - min(times) + 0.5) + 2


def test_a_stop_ends_who_waits_in_words(gate_of, storm, new_clients):
    gate, _, _ = gate_of(1, 1)
    clients = new_clients(gate, 5)
    coming = storm.begin(clients)
    wait_until(lambda: gate.backends()["a"]["logins_waiting"] >= 3, "some wait")
    gate.end()
    storm.wait(coming)
    waited = [client for client in clients if client.came is None]
    assert waited
    assert {client.ended for client in waited} == {"system-shutdown"}


def test_the_operator_sees_who_waits(gate_of, storm, new_clients):
    gate, _, _ = gate_of(1, 1)
    storm.begin(new_clients(gate, 4))
    wait_until(lambda: gate.backends()["a"]["logins_waiting"] >= 2, "some wait")
    sessions = gate.ask("sessions")["sessions"]
    waiting = [each for each in sessions if each["state"] == "waiting"]
    assert waiting
    assert all((each["pool"], each["backend"]) == ("pool0", "a") for each in waiting)
    assert "at most 1 logins a second" in gate.say("backends")


# Real servers.

@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    running = NodesApart(tmp_path_factory.mktemp("nodes"), DOMAIN, PEOPLE)
    yield running
    running.end()


@pytest.mark.parametrize("is_inline", [True, False], ids=["tag", "memory"])
def test_who_resumes_passes_new_logins(nodes, start_gate, crowd_before, storm, authority, is_inline):
    """Also when it comes last."""
    gate = start_gate({DOMAIN: nodes.backends()[:1]}, health=HEALTH)
    gate.wait_for_offers(DOMAIN)
    crowd = crowd_before(gate, dict(list(PEOPLE.items())[:3]), is_inline=is_inline)
    crowd.come()
    gate.configure({DOMAIN: nodes.backends()[:1]}, pool={"login_rate": 1}, health=HEALTH)
    wait_until(lambda: gate.ask("backends")["pools"][0]["login_rate"] == 1, "the rate counts")
    crowd.cut()
    new = [StormClient(gate.address, DOMAIN, authority.certificate, f"user{number}") for number in range(20, 25)]
    coming = storm.begin(new)
    wait_until(lambda: gate.backends()["a"]["logins_waiting"] >= 4, "new logins wait")
    assert crowd.come() == 3
    resumed = time.monotonic()
    storm.wait(coming)
    assert sum(client.came > resumed for client in new if client.came) >= 2


def test_a_crowd_comes_back_to_its_sessions_at_the_rate(nodes, start_gate, crowd_before):
    gate = nodes.gate(start_gate, pool={"balance": "round-robin", "login_rate": 8})
    crowd = crowd_before(gate, is_inline=True)
    start = time.monotonic()
    crowd.come()
    assert time.monotonic() - start > (len(PEOPLE) / 3 - 1.8) / 8 - 0.1
    for _ in range(2):
        crowd.cut()
        assert crowd.come() == len(PEOPLE)


def test_a_crowd_comes_back_to_prosodys_by_classic_logins(start_prosody, gate_before, crowd_before):
    """The proxy remembers where each user's session is, so these cost a quarter, too."""
    gate = gate_before([start_prosody(people=PEOPLE) for _ in range(3)],
                       pool={"balance": "round-robin", "login_rate": 5})
    crowd = crowd_before(gate)
    crowd.come()
    crowd.cut()
    before = {name: each["logins"] for name, each in gate.backends().items()}
    start = time.monotonic()
    assert crowd.come() == len(PEOPLE)
    taken = time.monotonic() - start
    for name, each in gate.backends().items():
        assert each["logins"] - before[name] <= 4 * (5 * taken + 1.5)
        assert each["logins_told_to_come_back"] == 0
