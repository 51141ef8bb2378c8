"""The programs that are compared: how each is configured and started."""

import contextlib
import os
import pathlib
import random
import shutil
import socket
import string
import subprocess
import time

from .processes import Process, RunError

CONFIGS = pathlib.Path(__file__).resolve().parent.parent / "configs"
STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"
DOMAIN = "example.org"
NAMES = ("haproxy", "nginx", "stanzagate")
WEBSOCKET_PATH = "/xmpp-websocket"


def make_certificate(directory):
    """A self-signed P-256 certificate in the three shapes that the targets want."""
    chain, key = directory / "fullchain.pem", directory / "privkey.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={DOMAIN}",
         "-addext", f"subjectAltName=DNS:{DOMAIN}",
         "-keyout", key, "-out", chain], check=True, capture_output=True)
    (directory / "both.pem").write_bytes(chain.read_bytes() + key.read_bytes())
    own = directory / "certs" / DOMAIN
    own.mkdir(parents=True)
    for file in (chain, key):
        shutil.copy(file, own / file.name)


def free_endpoint():
    """A port that nobody uses on a loopback address of our own; HAProxy and nginx cannot say which
    port the kernel chose, so it is chosen before."""
    address = f"127.77.{random.randint(2, 250)}.{random.randint(1, 250)}"
    with socket.socket() as probe:
        probe.bind((address, 0))
        return f"{address}:{probe.getsockname()[1]}"


class Target:
    """`templates`: its configuration for direct TLS, and for WebSocket."""

    def __init__(self, name, templates, program, arguments, package):
        self.name = name
        self.templates = templates
        self.program = program
        self.arguments = arguments
        self.package = package

    def missing(self):
        """What to install, or None."""
        if self.program is None or (self.name == "nginx" and not os.path.exists(STREAM_MODULE)):
            return self.package
        return None

    @contextlib.contextmanager
    def run(self, bench, backend, websocket=False):
        """Runs it in front of `backend`; gives the process and its endpoint once it accepts."""
        template = self.templates[websocket]
        directory, settings = bench.directory, bench.settings
        listen = free_endpoint()
        values = {"dir": directory, "listen": listen, "backend": backend,
                  "stream_module": STREAM_MODULE,
                  "reuseport": " reuseport" if settings["threads"] > 1 else "", **settings}
        config = directory / template
        config.write_text(string.Template((CONFIGS / template).read_text()).substitute(values))
        command = [self.program] + [word.format(config=config, dir=directory)
                                    for word in self.arguments]
        with Process(command, bench.target_core, log=directory / f"{self.name}.log") as process:
            self._wait_until_it_accepts(process, listen)
            yield process, listen

    def _wait_until_it_accepts(self, process, listen, seconds=10):
        host, port = listen.split(":")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and process.running():
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RunError(f"{self.name} does not accept on {listen}: {process.errors()}")


def all_targets(bin_dir):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    stanzagate = bin_dir / "stanzagate"
    return {target.name: target for target in (
        Target("haproxy", ("haproxy.cfg", "haproxy_websocket.cfg"), shutil.which("haproxy", path=path),
               ["-db", "-f", "{config}"], "apt-get install haproxy"),
        Target("nginx", ("nginx.conf", "nginx_websocket.conf"), shutil.which("nginx", path=path),
               ["-e", "stderr", "-p", "{dir}", "-c", "{config}"],
               "apt-get install nginx libnginx-mod-stream"),
        Target("stanzagate", ("stanzagate.toml", "stanzagate_websocket.toml"),
               str(stanzagate) if stanzagate.exists() else None,
               ["run", "{config}"], "cmake --workflow --preset release"))}
