"""Which programs are measured, and with which OpenSSL: half of what an idle session takes is that library's."""

import re
import subprocess

# What a program says of itself, and where its own version and that of the OpenSSL that it runs with stand in it.
_ASKED = {
    "haproxy": (["-vv"], r"HAProxy version ([\w.]+)", r"Running on OpenSSL version : OpenSSL ([\w.]+)"),
    "nginx": (["-V"], r"nginx version: nginx/([\w.]+)",
              r"(?:running with|built with) OpenSSL ([\w.]+)(?!.*running with)"),
    "stanzagate": (["version"], r"stanzagate ([\w.]+)", r"OpenSSL ([\w.]+)"),
}


def read(name, said):
    """The two versions out of what the program says, "?" for one that is not in it."""
    return tuple(found.group(1) if (found := re.search(pattern, said)) else "?" for pattern in _ASKED[name][1:])


def of(target):
    """{"version": ..., "openssl": ...} of a target."""
    asked = subprocess.run([target.program, *_ASKED[target.name][0]], text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    return dict(zip(("version", "openssl"), read(target.name, asked.stdout)))


def sentence(versions):
    """"haproxy 2.6.12 with OpenSSL 3.0.19, nginx ..." of {name: of(target)}."""
    return ", ".join(f"{name} {facts['version']} with OpenSSL {facts['openssl']}" for name, facts in versions.items())
