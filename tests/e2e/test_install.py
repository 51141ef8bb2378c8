"""`cmake --install`, as README has it, into a prefix of the test's own."""

import re
import shutil
import subprocess

import pytest

from support import start_stanzagate
from support.schemas import schema_names

CONFIG = """version = 1
[tls]
cert_dir = "{certificates}"
[[listen]]
address = "127.0.0.1:5222"
[domain."{domain}"]
pool = "main"
[[pool.main.backend]]
address = "127.0.0.2:5222"
[admin]
socket = "{prefix}/admin.sock"
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    made = tmp_path_factory.mktemp("prefix")
    build = start_stanzagate.tested_binary().parents[1]
    done = subprocess.run(["cmake", "--install", build, "--prefix", made], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return made


def test_what_was_installed_runs(prefix, certificates):
    config = prefix / "stanzagate.toml"
    config.write_text(CONFIG.format(certificates=certificates, domain="prosody.test", prefix=prefix))

    checked = subprocess.run([prefix / "bin/stanzagate", "check", config], capture_output=True, text=True)
    helped = subprocess.run([prefix / "bin/stanzanode", "help"], capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert helped.returncode == 0 and "user add" in helped.stdout
    assert {path.stem for path in (prefix / "share/stanzagate/schemas").iterdir()} == set(schema_names())
    assert not list(prefix.glob("bin/*_test")), "nothing but the two programs is installed"


@pytest.mark.parametrize("name", ["stanzagate", "stanzanode"])
def test_the_service_names_what_was_installed(prefix, name):
    documents = prefix / "share/doc/stanzagate"
    service = (documents / f"{name}.service").read_text()

    program, verb, _ = re.search(r"^ExecStart=(.+)$", service, re.MULTILINE).group(1).split()

    assert verb == "run" and (prefix / program.removeprefix("/usr/local/")).exists()
    for file in re.findall(r"^Documentation=file:/usr/local/(\S+)$", service, re.MULTILINE):
        assert (prefix / file).exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.parametrize("name", ["stanzagate", "stanzanode"])
def test_the_service_is_locked_in(prefix, name):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           prefix / f"share/doc/stanzagate/{name}.service"], capture_output=True, text=True)
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", done.stdout).group(1)) <= 2.0, done.stdout
