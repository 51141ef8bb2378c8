"""What became of clients that load_client sent, so many a second."""

import re
from dataclasses import dataclass

_LINE = re.compile(r"^attempt (\d+) (\d+) (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Attempt:
    begun: float  # seconds since the first client
    took: float   # seconds until it was in, was refused or gave up
    outcome: str  # "in", "refused" or "gave-up"


class Arrivals:
    def __init__(self, text):
        """`text`: what load_client has printed."""
        assert "\ndone attempts=" in f"\n{text}", f"load_client did not come to its end: {text[-2000:]}"
        self.attempts = [Attempt(int(begun) / 1000, int(took) / 1000, outcome)
                         for begun, took, outcome in _LINE.findall(text)]

    def goodput(self, begin, end):
        """Logins a second, of those that were in between these times."""
        done = [each for each in self.attempts if each.outcome == "in" and begin <= each.begun + each.took < end]
        return len(done) / (end - begin)

    def begun(self, begin, end):
        return [each for each in self.attempts if begin <= each.begun < end]

    def share_in(self, begin, end):
        """Of those that came between these times, how many were let in."""
        came = self.begun(begin, end)
        return sum(each.outcome == "in" for each in came) / len(came)

    def slowest(self, share, begin, end):
        """Seconds within which that share of those was in that came between these times and were let in; 0 for none."""
        took = sorted(each.took for each in self.begun(begin, end) if each.outcome == "in")
        return took[min(len(took) - 1, int(share * len(took)))] if took else 0.0
