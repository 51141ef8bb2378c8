"""Private loopback addresses, so that tests may use fixed port numbers and run beside each other."""

import random
import socket

C2S = 5222
C2S_TLS = 5223
WEB = 8443

_random = random.SystemRandom()
_given = set()


def free_address():
    """An address of 127.0.0.0/8 on which nobody listens at the ports of XMPP; each is given once."""
    while True:
        address = f"127.{_random.randint(16, 254)}.{_random.randint(0, 255)}.{_random.randint(1, 254)}"
        if address not in _given and _is_free(address, C2S):
            _given.add(address)
            return address


def _is_free(address, port):
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
