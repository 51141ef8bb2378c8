"""./quickstart as a newcomer runs it, on ports of the test's own."""

import os
import pty
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from support.accounts import PASSWORDS
from support.addresses import C2S, C2S_TLS, WEB, free_address
from support.browser import Browser
from support.certificates import Authority
from support.client import DIRECT, STARTTLS
from support.known_secrets import new_secret, remember
from support.making import made_on_demand
from support.page_server import PageServer
from support.process import Process
from support.start_node import StanzanodeCluster
from support.start_stanzagate import plain_binary
from support.waiting import wait_until
from support.web_client import installed_packages

DOMAIN = "prosody.test"  # of the shared certificates
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BUILD_PATIENCE = 600  # seconds: it may have to build the release preset first
ACCOUNT = re.compile(r"account\s+(\S+)@localhost\s+password (\S+)")


@pytest.fixture
def quickstart(tmp_path):
    def start(_, address, port, tls_port, *options):
        return Process("quickstart", [ROOT / "quickstart", "--host", address, "--port", port, "--tls-port", tls_port,
                                      *options], tmp_path)

    yield from made_on_demand(start, Process.end)


def children(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(child) for child in listed.stdout.split()]


def pids_of_programs():
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has ended
        return ""


def progress_of(said, folder, is_terminal=False, **variables):
    """What quickstart shows of a build that says `said`."""
    (folder / "build").mkdir()
    script = f"source <(sed -n '/^say()/p; /^show_progress()/,/^}}/p' {ROOT}/quickstart); show_progress"
    ours, theirs = pty.openpty() if is_terminal else os.pipe()
    shower = subprocess.Popen(["bash", "-c", script], cwd=folder, stdin=subprocess.PIPE, stdout=theirs,
                              env={**os.environ, **variables})
    shower.communicate(said.encode(), timeout=30)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert (folder / "build/quickstart.log").read_text() == said
    return shown


def test_a_build_shows_how_far_it_is(tmp_path_factory):
    said = "Re-checking\n[1/40] Building CXX object a.o\na.cpp: warning\n[2/40] Linking b\n"
    lines = progress_of(said, tmp_path_factory.mktemp("pipe"), PROGRESS_SECONDS="0").splitlines()
    assert re.fullmatch(r"==> building: 1 of 40 steps, \d+ s", lines[0])
    assert re.fullmatch(r"==> building: 2 of 40 steps, \d+ s", lines[-1])
    shown = progress_of(said, tmp_path_factory.mktemp("terminal"), is_terminal=True)
    assert re.search(r"\r==> building: 1 of 40 steps, \d+ s ", shown)
    assert shown.count("\n") == 1 and shown.endswith("\n")


def wait_until_ready(process):
    def is_ready():
        assert process.is_running, process.log()
        return "Ready." in process.log()

    wait_until(is_ready, f"quickstart says Ready, see {process.log_path}", BUILD_PATIENCE)


def test_both_printed_accounts_log_in_and_ctrl_c_ends_everything(quickstart, client_loop):
    address, port, tls_port = free_address(), 15322, 15323
    process = quickstart(address, port, tls_port)
    wait_until_ready(process)
    accounts = dict(ACCOUNT.findall(process.log()))
    certificate = ROOT / "build/quickstart" / str(port) / "certs/localhost/fullchain.pem"
    clients = [client_loop.client(certificate) for _ in accounts]
    assert len(accounts) == 2
    for client, (user, password), transport in zip(clients, accounts.items(), (STARTTLS, DIRECT)):
        client.log_in(f"{user}@localhost", address, transport, password=remember(password),
                      port=tls_port if transport == DIRECT else port)
    keepers = children(process.pid)
    nodes = [pid for keeper in keepers for pid in children(keeper)]
    assert len(keepers) == 4 and len(nodes) == 3
    assert not [pid for pid in pids_of_programs() if f"{address}:{port}" in command_of(pid) and
                "s_client" in command_of(pid)], "the client that tried the accounts is still there"
    socket_path = re.search(r"export STANZAGATE_SOCKET=(\S+)", process.log()).group(1)
    status = subprocess.run([plain_binary(), "status"], env=dict(os.environ, STANZAGATE_SOCKET=socket_path),
                            capture_output=True, text=True)
    assert status.returncode == 0 and f"{address}:{port} c2s" in status.stdout, status.stderr
    lost = nodes[0]
    os.kill(lost, signal.SIGKILL)
    wait_until(lambda: len([pid for keeper in keepers for pid in children(keeper) if pid != lost]) == 3,
               "the node that was killed has been started again")
    nodes = [pid for keeper in keepers for pid in children(keeper)]

    process.send_signal(signal.SIGINT)

    assert process.wait() == 0
    assert not [pid for pid in keepers + nodes if Path(f"/proc/{pid}").exists()]


@pytest.fixture
def site(authority, tmp_path):
    """Where README gets strophe.js from."""
    name, path = re.search(r"https://([^/]+)(/\S+?)strophe\.esm\.js", README).groups()
    folder = tmp_path / "site"
    folder.joinpath(path[1:]).parent.mkdir(parents=True)
    folder.joinpath(path[1:-1]).symlink_to(installed_packages() / "node_modules/strophe.js/dist")
    server = PageServer(folder, authority.issue(tmp_path / "certificate", name))
    server.name = name
    yield server
    server.end()


def test_a_browsers_console_logs_in_as_readme_says(quickstart, site, tmp_path):
    address = free_address()
    process = quickstart(address, 15326, 15327)
    wait_until_ready(process)
    password = dict(ACCOUNT.findall(process.log()))["romeo"]
    browser = Browser(tmp_path / "browser", {"localhost": address, site.name: f"{site.address}:{WEB}"})
    page = browser.new_page()
    page.open(re.search(r"`(https://localhost:8443/\S+)`", README).group(1))
    page.wait_for("document.body?.innerText.includes('xmpp-websocket')", "the page is there")

    page.run_in_console("const said = []; console.log = (text) => { said.push(text); };")
    lines = re.search(r"```js\n(.*?)```", README, re.DOTALL).group(1)
    assert len(lines.splitlines()) == 5
    page.run_in_console(lines.replace("PASSWORD", remember(password)))
    page.wait_for("said.includes('to myself')", "the console shows the message")
    browser.end()


def is_open(address, port):
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


def test_try_shows_a_session_that_outlives_its_node(quickstart):
    address, port = free_address(), 15324
    process = quickstart(address, port, 15325, "--try")

    assert process.wait(BUILD_PATIENCE) == 0, process.log()
    told = re.findall(r"^ +\d+ ms  (.+)$", process.log(), re.MULTILINE)
    killed = re.findall(r"node (n\d) was killed", process.log())
    resumed = re.findall(r"resumed the session at node (n\d)", process.log())
    assert len(told) == 8, process.log()
    assert len(killed) == len(resumed) == 1 and killed != resumed
    assert not [number for number in range(21, 24) if is_open(f"127.0.52.{number}", port)]
    assert not is_open(address, port)


@pytest.mark.parametrize("flaw, reason", [
    ("password", "instead of <success/> the server said <failure"),
    ("certificate", "unable to get local issuer certificate"),
    ("command", "to where romeo@prosody.test failed"),
])
def test_try_fails_with_the_reason(flaw, reason, tmp_path, authority, start_gate):
    """Its client, where something is not as it should be."""
    cluster = StanzanodeCluster(tmp_path / "cluster", [DOMAIN], count=1)
    gate = start_gate({DOMAIN: cluster.backends()}, health={"every": "200ms"})
    gate.wait_for_health("n1", "up")
    password = new_secret("wrong") if flaw == "password" else PASSWORDS["romeo"]
    trusted = Authority(tmp_path / "other") if flaw == "certificate" else authority

    done = subprocess.run([plain_binary().parent / "try_client", f"{gate.address}:{C2S}", DOMAIN, trusted.certificate,
                           "false" if flaw == "command" else "echo"],
                          input=f"romeo {password}\njuliet {PASSWORDS['juliet']}\n",
                          capture_output=True, text=True, timeout=60)
    cluster.end()

    assert done.returncode == 1
    assert reason in done.stderr


def test_says_which_port_is_taken_and_what_to_do(quickstart, prosody):
    process = quickstart(prosody.address, C2S, C2S_TLS)

    assert process.wait() == 1
    assert f"{prosody.address}:{C2S} is taken; choose another with --port" in process.log()


@pytest.mark.parametrize("arguments", [["--port"], ["--port", "70000"], ["--nonsense"],
                                       ["--port", "9", "--tls-port", "9"], ["--port", "9", "--web-port", "9"]], ids=" ".join)
def test_wrong_options_are_a_usage_error(arguments):
    assert subprocess.run([ROOT / "quickstart", *arguments], capture_output=True).returncode == 2
