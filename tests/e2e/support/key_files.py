"""Files with keys that several stanzagates share: [tls] ticket_keys and [resumption] keys."""

import base64
import os

from support.known_secrets import remember


def new_key():
    """One line of such a file: 80 bytes in base64."""
    return remember(base64.b64encode(os.urandom(80)).decode())


def write_keys(file, *keys):
    """These lines, in one step, for this user alone; the last but one makes tags. Returns the file."""
    new = file.with_suffix(".new")
    new.touch(0o600)
    new.write_text("\n".join(keys) + "\n")
    return new.rename(file)
