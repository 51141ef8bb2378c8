"""Logins at a steady pace, whatever becomes of those before, and how long each of them took."""

import time
from concurrent.futures import ThreadPoolExecutor

from support.client import DIRECT
from support.raw_session import RawSession
from support.waiting import PATIENCE


class SteadyLogins:
    """`count` clients of `user`, `rate` a second, from now on; each leaves when it is in."""

    def __init__(self, gate, authority, user, domain, count, rate):
        begin = time.monotonic()
        self._pool = ThreadPoolExecutor(max_workers=count)
        self._logins = [self._pool.submit(self._log_in, gate, authority, user, domain, begin + number / rate)
                        for number in range(count)]

    def seconds(self, patience=2 * PATIENCE):
        """How long each took, in their order; fails with the first that was not let in."""
        took = [login.result(patience) for login in self._logins]
        self._pool.shutdown()
        return took

    @staticmethod
    def _log_in(gate, authority, user, domain, due):
        time.sleep(max(0.0, due - time.monotonic()))  # the pace
        begin = time.monotonic()
        session = RawSession(gate.address, DIRECT, authority.certificate)
        try:
            session.log_in(user, domain)
            took = time.monotonic() - begin
            session.wire.send(b"</stream:stream>")
            session.wire.receive_to_end()
            return took
        finally:
            session.wire.close()
