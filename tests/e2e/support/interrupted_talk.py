"""A talk whose connection is cut in the middle, so that what each of the two has said can be compared."""

from support.known_secrets import new_secret


class InterruptedTalk:
    """Romeo (a RawSession that is logged in) and Juliet (a client) talk; his connection is lost while stanzas are
    under way in both directions, and she goes on."""

    def __init__(self, romeo, romeo_jid, juliet, juliet_jid, reset):
        self._romeo, self._juliet, self._juliet_jid = romeo, juliet, juliet_jid
        self._sm_id = romeo.enable_resumption()
        self._to_romeo = [new_secret("body") for _ in range(30)]
        self._to_juliet = [new_secret("body") for _ in range(20)]

        for body in self._to_romeo[:20]:
            juliet.send(romeo_jid, body)
        self._received = [romeo.next_body() for _ in range(5)]
        for body in self._to_juliet[:15]:
            romeo.send_message(juliet_jid, body)
        romeo.wire.cut(reset)
        for body in self._to_romeo[20:]:
            juliet.send(romeo_jid, body)

    def go_on(self, again):
        """He comes back by `again`, authenticated, is told what arrived of his, and sends the rest again. Asserts that
        nothing was lost, doubled or reordered."""
        again.handled = self._romeo.handled
        taken = again.resume(self._sm_id, self._romeo.handled)
        for body in self._to_juliet[taken:]:
            again.send_message(self._juliet_jid, body)
        while len(self._received) < len(self._to_romeo):
            self._received.append(again.next_body())

        assert self._received == self._to_romeo
        assert [self._juliet.next_message() for _ in self._to_juliet] == self._to_juliet
