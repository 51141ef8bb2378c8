"""A small part of one core for a process, as a busy machine or a container's quota would leave it: through a control
group where this user may make one, else by stopping the process and letting it go on ten times a second."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PERIOD = 0.1  # seconds, of both ways


class ProcessorShare:
    """While it is entered, the process `pid` has `percent` of one core. `way` says how."""

    def __init__(self, pid, percent):
        self._pid, self._percent = pid, percent
        self.way = None

    def __enter__(self):
        self._group = _new_group(self._percent)
        if self._group:
            (self._group / "cgroup.procs").write_text(str(self._pid))
            self.way = "a control group"
        else:
            self._pacer = subprocess.Popen([sys.executable, "-B", __file__, str(self._pid), str(self._percent)],
                                           stdin=subprocess.PIPE)
            self.way = "stop and go"
        return self

    def __exit__(self, *_):
        if not self._group:
            self._pacer.stdin.close()  # which tells it to let the process go on, and to end
            self._pacer.wait(10)
            return
        _write_if_there(self._group.parent / "cgroup.procs", self._pid)
        for _ in range(100):  # a process that has just ended keeps its group for a moment
            try:
                return self._group.rmdir()
            except OSError:
                time.sleep(0.02)


def _new_group(percent):
    """A control group with that quota, or None."""
    name = f"stanzagate-test-{os.getpid()}-{time.monotonic_ns()}"
    quota, period = round(percent / 100 * PERIOD * 1e6), round(PERIOD * 1e6)
    for group, settings in ((_own_group("cpu"), {"cpu.cfs_period_us": f"{period}", "cpu.cfs_quota_us": f"{quota}"}),
                            (_own_group(""), {"cpu.max": f"{quota} {period}"})):
        if group is None:
            continue
        new = group / name
        try:
            new.mkdir()
        except OSError:
            continue
        try:
            for setting, value in settings.items():
                if not (new / setting).exists():
                    raise OSError("this controller is not given on")
                (new / setting).write_text(value)
            return new
        except OSError:
            new.rmdir()
    return None


def _own_group(controller):
    """The directory of the group that this process is in: of version 1's `controller`, or of version 2 ("")."""
    own = None
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if (controller in controllers.split(",")) if controller else not controllers:
            own = path
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, options = line.split()[:4]
        is_it = kind == "cgroup" and controller in options.split(",") if controller else kind == "cgroup2"
        if own is not None and is_it:
            return Path(where + own.rstrip("/"))
    return None


def _write_if_there(path, value):
    try:
        path.write_text(str(value))
    except OSError:
        pass  # the process has ended


def _stop_and_go(pid, percent):
    """Until standard input ends."""
    os.set_blocking(0, False)
    run = percent / 100 * PERIOD
    while True:
        for what, seconds in ((signal.SIGCONT, run), (signal.SIGSTOP, PERIOD - run)):
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                return
            time.sleep(seconds)
        try:
            if os.read(0, 1) == b"":
                return os.kill(pid, signal.SIGCONT)
        except BlockingIOError:
            pass


if __name__ == "__main__":
    _stop_and_go(int(sys.argv[1]), float(sys.argv[2]))
