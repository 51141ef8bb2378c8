"""A stream that its client has given up because the server was silent, still open: what comes over it when the server
speaks again, beside the session that goes on elsewhere."""

import asyncio

from support.accounting import read_body
from support.strict_xml import CLIENT, SM
from support.xml_stream import StreamEnded


class GivenUp:
    def __init__(self, stream):
        self.end = None             # how the server closed it: the condition of a stream error, or "cut"
        self.mistakes = []          # what only the owner of the session may do
        self._stream = stream
        self._highest_h = 0         # ever acknowledged here
        self._resumed_h = None      # what the server had handled when the session went on elsewhere
        self._sent_before = {}      # by sender: the last number on its way by then
        self._watching = asyncio.create_task(self._watch())

    def on_resumed(self, h, sent_before, contact):
        """The session goes on elsewhere. Only the first time counts; then something is sent here, too, which nobody
        may get, for it is in no account."""
        if self._resumed_h is not None:
            return
        self._resumed_h, self._sent_before = h, sent_before
        self._judge_count()
        self._stream.write(f"<message to='{contact}' type='chat'><body>from a lost stream</body></message>"
                           "<r xmlns='urn:xmpp:sm:3'/>")

    async def _watch(self):
        try:
            while True:
                self._judge(await self._stream.next_element())
        except StreamEnded as end:
            self.end = str(end)
        except (OSError, EOFError):
            self.end = "cut"

    def _judge(self, element):
        """What was on its way before is harmless, for the client has left; but no count may be taken back."""
        if element.tag == SM + "a":
            self._highest_h = max(self._highest_h, int(element.get("h")))
            self._judge_count()
        if element.tag == CLIENT + "message" and self._resumed_h is not None:
            sender, _, number = read_body(element.findtext(CLIENT + "body"))
            if number > self._sent_before.get(sender, 0):
                self.mistakes.append(f"delivered {number} of {sender}")

    def _judge_count(self):
        if self._resumed_h is not None and self._highest_h > self._resumed_h:
            self.mistakes.append(f"acknowledged {self._highest_h}, where the session went on with {self._resumed_h}")
