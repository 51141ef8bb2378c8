"""Keys and certificates by the openssl command: an authority for the run, and one per domain below it."""

import subprocess
from pathlib import Path

KEYS = {
    "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    "rsa": ["-newkey", "rsa:2048"],
}


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Authority:
    """A certificate authority in `directory`; `certificate` is its file."""

    def __init__(self, directory, name="stanzagate test authority"):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.certificate = self.directory / "authority.pem"
        self._key = self.directory / "authority.key"
        _openssl("req", "-x509", *KEYS["ecdsa"], "-nodes", "-days", 30, "-subj", f"/CN={name}",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", self._key, "-out", self.certificate)

    def issue(self, directory, domain, key="ecdsa", stem=""):
        """Writes `fullchain.pem` and `privkey.pem` for `domain` into `directory` and returns both paths.
        `stem` goes between name and ending: "-rsa" makes fullchain-rsa.pem."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        chain = directory / f"fullchain{stem}.pem"
        private = directory / f"privkey{stem}.pem"
        request = self.directory / f"{domain.replace('*', '_')}{stem}.csr"
        extensions = self.directory / f"{domain.replace('*', '_')}{stem}.ext"
        extensions.write_text(
            f"subjectAltName=DNS:{domain}\nextendedKeyUsage=serverAuth\n"
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")
        _openssl("req", "-new", *KEYS[key], "-nodes", "-subj", f"/CN={domain}",
                 "-keyout", private, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
                 "-CAcreateserial", "-days", 30, "-extfile", extensions, "-out", chain)
        return chain, private
