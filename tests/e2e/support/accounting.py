"""An account of numbered stanzas: who sent what to whom, who got it, and what is wrong between the two."""

import dataclasses
import re
from collections import Counter, defaultdict

_BODY = re.compile(r"(\S+) to (\S+): (\d+)")


def body_of(sender, receiver, number):
    """What the stanza says."""
    return f"{sender} to {receiver}: {number}"


def read_body(body):
    """Sender, receiver and number of what body_of() has written; else None."""
    match = _BODY.fullmatch(body or "")
    return match and (match[1], match[2], int(match[3]))


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Stanzas as (sender, receiver, number), each set sorted; what was misdelivered has the one who got it in
    front. All is well when all are empty."""
    lost: tuple = ()
    doubled: tuple = ()
    reordered: tuple = ()
    misdelivered: tuple = ()

    def __bool__(self):
        return any(dataclasses.astuple(self))

    def __str__(self):
        return ", ".join(f"{name}: {len(stanzas)}" + (f", {stanzas[:5]} first" if stanzas else "")
                         for name, stanzas in dataclasses.asdict(self).items())


class Account:
    """Of one run; one thread. Names are opaque and have no blanks. Each sender numbers what it sends to each
    receiver, from 1."""

    def __init__(self):
        self._sent = Counter()              # (sender, receiver) -> the last number
        self._received = defaultdict(list)  # (sender, receiver) -> numbers as they came
        self._misdelivered = []

    def send(self, sender, receiver):
        """The body of the next stanza."""
        self._sent[sender, receiver] += 1
        return body_of(sender, receiver, self._sent[sender, receiver])

    def sent_to(self, receiver):
        """By sender, the last number so far."""
        return {sender: number for (sender, to), number in self._sent.items() if to == receiver}

    def received(self, by, from_, body):
        """`by` has got a stanza that says it comes from `from_`."""
        sender, receiver, number = read_body(body) or (from_, body, 0)
        if by != receiver or from_ != sender or not 1 <= number <= self._sent[sender, receiver]:
            self._misdelivered.append((by, sender, receiver, number))
        else:
            self._received[sender, receiver].append(number)

    def sent_count(self):
        return sum(self._sent.values())

    def received_count(self):
        return sum(map(len, self._received.values()))

    def verdict(self):
        """Once all that is on its way must have arrived."""
        lost, doubled, reordered = [], [], []
        for pair, last in self._sent.items():
            came = self._received[pair]
            counts = Counter(came)
            lost += [(*pair, number) for number in range(1, last + 1) if number not in counts]
            doubled += [(*pair, number) for number, count in counts.items() if count > 1]
            highest = 0
            for number in dict.fromkeys(came):  # where each came first
                if number < highest:
                    reordered.append((*pair, number))
                highest = max(highest, number)
        return Verdict(*(tuple(sorted(each)) for each in (lost, doubled, reordered, self._misdelivered)))
