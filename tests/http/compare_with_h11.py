#!/usr/bin/python3
"""What our reader of requests accepts, a parser of other people reads alike: method, target, version, fields, body,
and where the next request begins. The other parser is h11 (python3-h11). Inputs are the seeds of the fuzz target, and each
of them with every trick of smuggling at every place.

usage: compare_with_h11.py READ_REQUESTS CORPUS    exit status 77: h11 is not installed"""

import json
import pathlib
import subprocess
import sys

try:
    import h11
except ImportError:
    print("h11 is not installed (python3-h11); skipped")
    sys.exit(77)

# What may be put in front of any byte of a request, or in its place.
TRICKS = [b"\r", b"\n", b"\r\n", b"\r\n ", b"\n ", b" ", b"\t", b"\0", b"\x0b", b"\x0c", b"\x7f", b"\x80",
          b":", b",", b";", b"0", b"+", b"%", b"#", b"\\", b"/../", b"\r\nContent-Length: 3", b"\r\nTransfer-Encoding: chunked",
          b"\r\nTransfer-Encoding: x", b"\r\nHost: b", b"\r\n\r\n", b"x"]

def variants(seed):
    yield seed
    for place in range(len(seed) + 1):
        yield seed[:place] + seed[place + 1:]
        for trick in TRICKS:
            yield seed[:place] + trick + seed[place:]
            yield seed[:place] + trick + seed[place + 1:]


def ours(program, inputs):
    packed = b"".join(len(each).to_bytes(4, "big") + each for each in inputs)
    lines = subprocess.run([program], input=packed, stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def theirs(request):
    """The same of h11; None where it refuses the head."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    # RFC 9112 section 2.2 lets one empty line stand in front; h11 knows none.
    connection.receive_data(request.removeprefix(b"\r\n"))
    try:
        head = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    if not isinstance(head, h11.Request):
        return None
    read = {"method": head.method, "target": head.target, "version": head.http_version.decode(),
            "fields": [list(field) for field in head.headers], "body": b"", "complete": False, "left": b""}
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                read["body"] += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                read["complete"] = True
                read["left"] = connection.trailing_data[0]
                return read
            else:
                return read
    except h11.RemoteProtocolError:
        read["body"] = "refused"
        return read


def readable(outcome):
    """Ours in the form of theirs: bytes, names in lower case as h11 gives them."""
    def raw(text):
        return bytes.fromhex(text)

    def value(name, text):
        return raw(text).lower() if name == b"transfer-encoding" else raw(text)

    names = [(raw(name).lower(), text) for name, text in outcome["fields"]]
    return {"method": raw(outcome["method"]), "target": raw(outcome["target"]), "version": outcome["version"],
            "fields": [[name, value(name, text)] for name, text in names],
            "body": "refused" if outcome["body"] == "refused" else raw(outcome["body"]),
            "complete": outcome.get("complete", False), "left": raw(outcome.get("left", ""))}


def same(mine, other):
    """A body that one of them refuses does no harm; else nothing may differ."""
    if other is None:
        return False
    if "refused" in (mine["body"], other["body"]):
        return {**mine, "body": 0, "complete": 0, "left": 0} == {**other, "body": 0, "complete": 0, "left": 0}
    return mine == other


def main():
    program, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
    seeds = [path.read_bytes() for path in sorted(corpus.iterdir())]
    inputs = sorted({variant for seed in seeds for variant in variants(seed)})
    outcomes = ours(program, inputs)
    assert len(outcomes) == len(inputs)
    accepted = differing = 0
    for request, outcome in zip(inputs, outcomes):
        if outcome["state"] != "complete":
            continue
        accepted += 1
        mine, other = readable(outcome), theirs(request)
        if same(mine, other):
            continue
        differing += 1
        if differing <= 10:
            print(f"{request!r}\n  ours:   {mine}\n  theirs: {other}")
    print(f"{len(inputs)} requests, {accepted} accepted, {differing} of them read in another way by h11")
    return 1 if differing or accepted < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
