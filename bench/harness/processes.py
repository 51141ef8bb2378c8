"""Child processes of a measurement: pinned, bounded, ended by pid, and weighed through /proc."""

import ctypes
import os
import resource
import select
import signal
import subprocess
import time


class RunError(Exception):
    """Something did not run as it has to; the measurement means nothing."""


def _prepare_child(core):
    def prepare():
        # If this program dies without cleaning up, its children get a SIGTERM from the kernel.
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if core is not None:
            os.sched_setaffinity(0, {core})
    return prepare


class Process:
    """One started program with its own children (nginx has workers). Use as a context manager."""

    def __init__(self, command, core=None, log=None):
        self.name = os.path.basename(command[0])
        self.log = log
        self._unread = b""
        self._has_more = True
        # A session of its own: Ctrl-C reaches us alone, and we end the others in order.
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open(log, "wb") if log else None,
            start_new_session=True, preexec_fn=_prepare_child(core))
        self.pid = self._child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ask_to_stop(self):
        self._child.terminate()

    def stop(self, seconds=5):
        """SIGTERM, then SIGKILL; returns the exit code."""
        if self._child.poll() is None:
            self.ask_to_stop()
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        return self._child.returncode

    def wait(self, seconds):
        """Waits for an end that the program reaches by itself; returns the exit code."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise RunError(f"{self.name} did not end in {seconds} s") from None

    def running(self):
        return self._child.poll() is None

    def tell(self, line):
        self._child.stdin.write(line.encode() + b"\n")
        self._child.stdin.flush()

    def expect(self, word, seconds):
        """The next line of output, which has to begin with `word`: its key=value pairs, and the
        words after the first."""
        line = self._read_line(time.monotonic() + seconds)
        if not line.startswith(word):
            code = self.stop()
            raise RunError(f"{self.name} said '{line}', not '{word}' (exit {code}) {self.errors()}")
        words = line.split()[1:]
        return dict(item.split("=", 1) for item in words if "=" in item), words

    def read_all(self, seconds):
        """All that it still says until its output ends."""
        deadline, lines = time.monotonic() + seconds, []
        while True:
            line = self._read_line(deadline)
            if not line and not self._has_more:
                return "\n".join(lines)
            lines.append(line)

    def errors(self):
        """The last lines on standard error, for a message."""
        if not self.log:
            return ""
        with open(self.log, "rb") as file:
            return file.read()[-2000:].decode(errors="replace").strip()

    def _read_line(self, deadline):
        output = self._child.stdout.fileno()
        while b"\n" not in self._unread:
            if not select.select([output], [], [], max(0, deadline - time.monotonic()))[0]:
                raise RunError(f"{self.name} said nothing in time {self.errors()}")
            got = os.read(output, 4096)
            if not got:
                self._has_more = False
                break
            self._unread += got
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode(errors="replace")

    def pids(self):
        """Its own pid and those of all its descendants."""
        found = [self.pid]
        for pid in found:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    found += [int(child) for child in file.read().split()]
        return found

    def cpu_ns(self):
        """Nanoseconds on a core, user and system, of all tasks; the scheduler's own account, since
        the clock ticks of /proc/PID/stat are too coarse."""
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                    total += int(file.read().split()[0])
        return total

    def memory_bytes(self):
        """Anonymous and shared memory that belongs to the processes: Pss_Anon + Pss_Shmem, so that
        pages which a worker still shares with its master count once. Mapped program files do not
        count, nor does what the kernel holds for sockets."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as file:
                for line in file:
                    if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                        total += int(line.split()[1]) * 1024
        return total


def allow_descriptors(wanted=20_000):
    """Raises the soft limit for this process and all it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise RunError(f"{wanted} file descriptors are needed, the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
