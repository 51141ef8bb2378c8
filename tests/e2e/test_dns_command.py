"""`stanzagate dns`: the records that the listeners need, compared with those that a real name server has."""

import json
import subprocess
import time

import pytest

from support import start_stanzagate
from support.addresses import free_address
from support.start_dnsmasq import NameServer, host, srv
from support.waiting import PATIENCE

HOST = "gate.example.org"
CLEAR = "_xmpp-client._tcp.example.org"
DIRECT = "_xmpps-client._tcp.example.org"
RIGHT = [srv(CLEAR, HOST, 5222, weight=5), srv(DIRECT, HOST, 5223, weight=5), host(HOST, "192.0.2.7")]


@pytest.fixture
def dns(tmp_path, certificates):
    """dns(address of the name server, words of the call, domains): exit status, standard output, standard error."""
    def run(server, *words, domains=("example.org",)):
        config = tmp_path / "stanzagate.toml"
        text = ["version = 1", "[tls]", f'cert_dir = "{certificates}"', "[dns]", f'servers = ["{server}"]',
                "[[listen]]", 'address = "127.0.0.1:5222"', "[[listen]]", 'address = "127.0.0.1:5223"', 'kind = "c2s-tls"',
                "[[listen]]", 'address = "127.0.0.1:8443"', 'kind = "web"']
        for domain in domains:
            text += [f'[domain."{domain}"]', 'pool = "main"']
        text += ["[[pool.main.backend]]", 'address = "127.0.0.1:15222"']
        config.write_text("\n".join(text) + "\n")
        done = subprocess.run([start_stanzagate.tested_binary(), "dns", config, *words], capture_output=True, text=True,
                              timeout=PATIENCE)
        if "--json" not in words:
            assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def name_server(tmp_path):
    started = []

    def start(records):
        started.append(NameServer(tmp_path / "dns", records))
        return started[-1]

    yield start
    for server in started:
        server.end()


def states(answer):
    return [(finding["service"], finding["state"]) for finding in json.loads(answer)["domains"][0]["findings"]]


def test_records_as_printed_are_right(dns, name_server):
    """What it prints where there is nothing becomes a zone with which it is content."""
    server = name_server([host(HOST, "192.0.2.7")])
    status, text, _ = dns(server.address, "--host", HOST)
    lines = [line.split() for line in text.splitlines() if " IN SRV " in line]
    assert status == 1 and len(lines) == 2, text
    server.end()
    server.serve([host(HOST, "192.0.2.7"), *(
        srv(name.rstrip("."), target.rstrip("."), port, priority, weight)
        for name, _, _, priority, weight, port, target in lines)])
    status, text, _ = dns(server.address)
    assert status == 0 and text.count("; right: ") == 2, text
    assert f"href='https://{HOST}:8443/http-bind'" in text, text
    status, answer, _ = dns(server.address, "--json")
    assert status == 0 and json.loads(answer)["fine"], answer


@pytest.mark.parametrize("records, found", [
    (RIGHT, [(CLEAR, "right"), (DIRECT, "right")]),
    (RIGHT[:1] + RIGHT[2:], [(CLEAR, "right"), (DIRECT, "missing")]),
    ([srv(CLEAR, HOST, 5269), *RIGHT[1:]], [(CLEAR, "wrong port"), (CLEAR, "missing"), (DIRECT, "right")]),
    ([f"srv-host={CLEAR}", *RIGHT[1:]], [(CLEAR, "no service"), (DIRECT, "right")]),
    (RIGHT[:2], [(CLEAR, "no address"), (DIRECT, "no address")]),
])
def test_what_is_wrong_is_found(dns, name_server, records, found):
    status, answer, _ = dns(name_server(records).address, "--json")
    assert states(answer) == found
    assert status == (0 if all(state == "right" for _, state in found) else 1)


def test_there_is_no_dns(dns):
    status, answer, _ = dns(f"{free_address()}:5353", "--json")
    assert status == 1 and states(answer) == [(CLEAR, "unknown"), (DIRECT, "unknown")]


def test_a_silent_name_server_takes_five_seconds_for_any_number_of_domains(dns, name_server):
    server = name_server(RIGHT)
    begin = time.monotonic()
    with server.silent():
        status, text, _ = dns(server.address, domains=[f"d{number}.example.org" for number in range(100)])
    assert status == 1 and text.count("does not answer (timeout)") == 200
    assert time.monotonic() - begin < PATIENCE / 2


def test_many_domains(dns, name_server):
    domains = [f"d{number}.example.org" for number in range(100)]
    records = [srv(f"_xmpp{tls}-client._tcp.{domain}", HOST, port) for domain in domains
               for tls, port in (("", 5222), ("s", 5223))]
    status, text, _ = dns(name_server([*records, host(HOST, "192.0.2.7")]).address, domains=domains)
    assert status == 0 and text.count("; right: ") == 200


def test_wildcards_and_names(dns, name_server):
    address = name_server(RIGHT).address
    domains = ("example.org", "*.example.net")
    status, text, said = dns(address, domains=domains)
    assert status == 0 and "example.net" not in text and 'not looked at: "*.example.net"' in said
    status, text, _ = dns(address, "--domain", "A.example.net", domains=domains)
    assert status == 1 and "_xmpp-client._tcp.a.example.net. IN SRV 0 5 5222 NAME-OF-THIS-PROXY." in text
    for words, why in [(("--domain", "example.com"), 'there is no domain "example.com"'),
                       (("--host", "192.0.2.7"), '--host "192.0.2.7" is no name that DNS has')]:
        status, text, said = dns(address, *words, domains=domains)
        assert (status, text) == (2, "") and why in said
