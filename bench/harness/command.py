"""What the commands share that print a table of figures, each with a verdict: options, building, an end in time."""

import argparse
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import processes

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 900


@dataclasses.dataclass
class Row:
    figure: str
    measured: str
    wanted: str = ""
    is_reached: bool = True


def run(name, description, figures, make_bench, targets, programs=(), seconds_max=SECONDS_MAX):
    """`figures`: functions by name, from a bench to rows; make_bench(directory, bin_dir, is_quick); `targets` are built,
    `programs` have to be there, as (program, package)."""
    try:
        _run(name, description, figures, make_bench, targets, programs, seconds_max)
    except (processes.RunError, AssertionError) as error:
        sys.exit(f"{name}: {error}")
    except KeyboardInterrupt:
        sys.exit(f"{name}: interrupted")


def _run(name, description, figures, make_bench, targets, programs, seconds_max):
    options = _arguments(description, figures)
    for program, package in programs:
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            print(f"{name}: {program} is missing: apt-get install {package}", file=sys.stderr)
            sys.exit(2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # runs every `with` to its end
    signal.signal(signal.SIGALRM, lambda *_: _on_alarm(seconds_max))
    signal.alarm(seconds_max)
    processes.allow_descriptors()
    bin_dir = options.bin.resolve() if options.bin else _build(targets)
    os.environ["STANZAGATE_BIN"] = str(bin_dir / "stanzagate")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stanzagate-bench-") as directory:
        bench = make_bench(pathlib.Path(directory), bin_dir, options.quick)
        _print_table(_measure(bench, figures, options.only))
    print(f"\n{time.monotonic() - start:.0f} s", file=sys.stderr)


def _arguments(description, figures):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", metavar="FIGURES", default=",".join(figures), help="comma-separated (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="small crowds: does everything run?")
    parser.add_argument("--bin", type=pathlib.Path, metavar="FOLDER",
                        help="folder of the programs (built if not given)")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(figures)
    if unknown:
        parser.error(f"no such figure: {', '.join(unknown)}")
    return options


def _build(targets):
    """Builds what is measured; quick when nothing changed."""
    print("building release ...", file=sys.stderr)
    for command in (["cmake", "--preset", "release"],
                    ["cmake", "--build", "--preset", "release", "--target", *targets]):
        done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise processes.RunError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
    return ROOT / "build" / "release" / "bin"


def _on_alarm(seconds):
    raise processes.RunError(f"not done in {seconds} s")


def _measure(bench, figures, names):
    rows = []
    for name in names:
        for row in figures[name](bench):
            print(f"{row.figure}: {row.measured}", file=sys.stderr)
            rows.append(row)
    return rows


def _print_table(rows):
    print("\n| figure | measured | wanted | verdict |\n|---|---|---|---|")
    for row in rows:
        verdict = ("reached" if row.is_reached else "missed") if row.wanted else ""
        print(f"| {row.figure} | {row.measured} | {row.wanted} | {verdict} |")
