"""From samples to the table of medians and the verdict on each target figure."""

import dataclasses
import functools
import statistics
from typing import Callable

from . import figures


@dataclasses.dataclass(frozen=True)
class Figure:
    key: str
    title: str
    unit: str
    measure: Callable
    scale: float             # of the value, for the table
    limit: float | None      # stanzagate's median, absolute, in table units
    ratios: dict             # stanzagate's median over that target's, at most
    per_cpu_second: Callable | None  # value -> text, the same said as a rate
    beside: tuple | None = None      # another figure of stanzagate: its key, and at most how much more or how many times


FIGURES = {figure.key: figure for figure in (
    Figure("idle", "memory per idle TLS session", "KiB", figures.measure_idle, 1 / 1024, 1.5, {},
           None),
    Figure("stanzas", "CPU per 200-byte stanza", "us", figures.measure_stanzas, 1, None,
           {"haproxy": 0.75, "nginx": 0.95}, lambda us: f"{1e6 / us:,.0f} stanzas"),
    Figure("bulk", "CPU per MB of 16 KiB stanzas", "us", figures.measure_bulk, 1, None,
           {"haproxy": 1.1}, lambda us: f"{1e6 / us:,.0f} MB"),
    Figure("logins", "CPU per full login", "us", figures.measure_logins, 1, None,
           {"haproxy": 1.05}, lambda us: f"{1e6 / us:,.0f} logins"),
    Figure("websocket-idle", "memory per idle WebSocket session", "KiB",
           functools.partial(figures.measure_idle, websocket=True), 1 / 1024, None, {}, None,
           beside=("idle", "more", 0.5)),
    Figure("websocket-stanzas", "CPU per 200-byte stanza over WebSocket", "us",
           functools.partial(figures.measure_stanzas, websocket=True), 1, None,
           {"haproxy": 1.1, "nginx": 1.1}, lambda us: f"{1e6 / us:,.0f} stanzas",
           beside=("stanzas", "times", 1.25)))}


class Samples:
    """Values by figure and target, in the order of the rounds."""

    def __init__(self):
        self.results = {}

    def add(self, figure, target, result):
        self.results.setdefault(figure, {}).setdefault(target, []).append(result)

    def values(self, figure, target):
        scale = FIGURES[figure].scale
        return [result["value"] * scale for result in self.results.get(figure, {}).get(target, [])]

    def median(self, figure, target):
        values = self.values(figure, target)
        return statistics.median(values) if values else None

    def ratio(self, figure, target):
        """stanzagate's median over that target's."""
        own, other = self.median(figure, "stanzagate"), self.median(figure, target)
        return own / other if own is not None and other else None

    def round_ratios(self, figure, target):
        """The same within each round, where both ran one after the other."""
        return [own / other for own, other in zip(self.values(figure, "stanzagate"),
                                                  self.values(figure, target))]

    def syscalls(self, figure, target):
        """Per stanza; empty unless they were counted."""
        results = self.results.get(figure, {}).get(target, [])
        key = "syscalls_per_stanza"
        return [result[key] for result in results if key in result]

    def tls_facts(self):
        return sorted({result["tls"] for targets in self.results.values()
                       for results in targets.values() for result in results})


def progress(figure, target, result):
    """One measurement as it is made. A target well below 100% busy waited for others."""
    value = result["value"] * FIGURES[figure].scale
    line = f"{figure:17} {target:11} {value:9.2f} {FIGURES[figure].unit}"
    if "cpu_us" in result:
        line += f"  {result['cpu_us'] / 1e6 / result['seconds']:5.0%} busy"
    return line


def table(samples, targets):
    """A Markdown table: it goes into README and closing notes as it is."""
    others = [name for name in targets if name != "stanzagate"] if "stanzagate" in targets else []
    head = ["median (min..max)", *targets, *(f"of {name}'s" for name in others)]
    rows = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for figure in FIGURES.values():
        if figure.key not in samples.results:
            continue
        row = [f"{figure.title}, {figure.unit}"]
        row += [_cell(samples.values(figure.key, name)) for name in targets]
        row += [_cell(samples.round_ratios(figure.key, name), samples.ratio(figure.key, name))
                for name in others]
        rows.append(row)
        if figure.per_cpu_second:
            medians = [samples.median(figure.key, name) for name in targets]
            rows.append(["... per CPU-second"]
                        + [figure.per_cpu_second(median) if median else "-" for median in medians]
                        + [""] * len(others))
        calls = [samples.syscalls(figure.key, name) for name in targets]
        if any(calls):
            rows.append(["... system calls per stanza"] + [_cell(values) for values in calls]
                        + [""] * len(others))
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row, widths):
    cells = [cell.rjust(width) for cell, width in zip(row, widths)]
    cells[0] = row[0].ljust(widths[0])
    return "| " + " | ".join(cells) + " |"


def verdicts(samples):
    """One line per target figure of stanzagate; only what was measured is judged."""
    lines = []
    for figure in FIGURES.values():
        own = samples.median(figure.key, "stanzagate")
        if own is None:
            continue
        if figure.limit is not None:
            claim = f"{figure.title}: at most {figure.limit:g} {figure.unit}"
            lines.append(_verdict(claim, own, figure.limit))
        if figure.beside:
            lines += _beside(figure, own, samples)
        for other, limit in figure.ratios.items():
            ratio = samples.ratio(figure.key, other)
            if ratio is not None:
                claim = f"{figure.title}: at most {limit:g} of {other}'s"
                lines.append(_verdict(claim, ratio, limit))
    return lines


def _beside(figure, own, samples):
    """Against another figure of stanzagate, if that was measured in this run."""
    key, kind, limit = figure.beside
    other = samples.median(key, "stanzagate")
    if other is None:
        return []
    if kind == "more":
        claim = f"{figure.title}: at most {limit:g} {figure.unit} above {FIGURES[key].title}"
        return [_verdict(claim, own - other, limit)]
    return [_verdict(f"{figure.title}: at most {limit:g} of {FIGURES[key].title}", own / other, limit)]


def _verdict(claim, value, limit):
    if value <= limit:
        return f"{claim}: {value:.2f}, reached"
    return f"{claim}: {value:.2f}, missed by {100 * (value / limit - 1):.0f}%"


def _cell(values, middle=None):
    """`middle` (or the median) and the range."""
    if not values:
        return "-"
    middle = statistics.median(values) if middle is None else middle
    return f"{_number(middle)} ({_number(min(values))}..{_number(max(values))})"


def _number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
