"""What bench/compare says of the programs it measured."""

import sys
from pathlib import Path

import pytest

from support import start_stanzagate

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from harness import versions  # noqa: E402

HAPROXY = """HAProxy version 3.0.11-1+deb13u4 2026/10/15 - https://haproxy.org/
Built with OpenSSL version : OpenSSL 3.5.7 9 Jun 2026
Running on OpenSSL version : OpenSSL 3.5.9 29 Sep 2026
"""
NGINX = """nginx version: nginx/1.26.3
built with OpenSSL 3.5.7 9 Jun 2026 (running with OpenSSL 3.5.9 29 Sep 2026)
TLS SNI support enabled
"""


class Asked:
    name = "stanzagate"
    program = start_stanzagate.tested_binary()


@pytest.mark.parametrize("name, said, expected", [
    ("haproxy", HAPROXY, ("3.0.11", "3.5.9")),
    ("nginx", NGINX, ("1.26.3", "3.5.9")),
    ("nginx", "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.11 19 Sep 2023\n", ("1.22.1", "3.0.11")),
    ("nginx", "nginx: not found", ("?", "?")),
])
def test_names_the_openssl_that_the_program_runs_with(name, said, expected):
    assert versions.read(name, said) == expected


def test_names_our_own():
    asked = versions.of(Asked)
    assert asked["version"][0].isdigit() and asked["openssl"].startswith("3.")
    assert versions.sentence({"stanzagate": asked}).startswith(f"stanzagate {asked['version']} with OpenSSL 3.")
