# SPDX-License-Identifier: MIT
"""A server's processes: started on one CPU, measured, and ended without fail.

A server is the leader of a process group of its own, and all that it starts
stays in it, so the group is the server.
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """Something could not be measured; the text says why."""


def pin(cpu):
    """Pins this process to a CPU."""
    os.sched_setaffinity(0, {cpu})


def read_fields(path):
    """The blank-separated fields of a small file of /proc; [] if it is gone."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def group_of(pid):
    """The process group of `pid`, or None. Names may hold blanks and brackets."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[2])
    except (FileNotFoundError, ProcessLookupError):
        return None


def members_of(group):
    """The pids of all processes of a group."""
    return [int(name) for name in os.listdir("/proc")
            if name.isdigit() and group_of(name) == group]


class Server:
    """A running server. Use in a `with` statement."""

    def __init__(self, argv, cpu, log):
        self.log = log
        parent = os.getpid()

        def prepare():
            # Should the benchmark be killed, its servers go as well.
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)
            pin(cpu)

        with open(log, "wb") as file:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                argv, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True, preexec_fn=prepare)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Kills the whole group: there is nothing in it to be saved."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def has_ended(self):
        """True if it ended by itself."""
        return self.process.poll() is not None

    def last_words(self):
        """The end of what it said, for an error message."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return " / ".join(file.read().strip().splitlines()[-3:]) or "it said nothing"

    def cpu_ns(self):
        """User and system time of all its threads so far, in nanoseconds."""
        total = 0
        for pid in members_of(self.process.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                for thread in os.listdir(f"/proc/{pid}/task"):
                    fields = read_fields(f"/proc/{pid}/task/{thread}/schedstat")
                    total += int(fields[0]) if fields else 0
        return total

    def private_bytes(self):
        """Memory that it alone holds: in all, and what of it was written to. The
        rest are pages of programs and libraries that nobody else has loaded."""
        total = dirty = 0
        for pid in members_of(self.process.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                    for line in file:
                        if line.startswith(("Private_Clean:", "Private_Dirty:")):
                            size = int(line.split()[1]) * 1024
                            total += size
                            dirty += size if line.startswith("Private_Dirty:") else 0
        return total, dirty


def cpu_busy_ns(cpu):
    """How long a CPU was busy with anything, or taken away, since the boot."""
    with open("/proc/stat", encoding="ascii") as file:
        for line in file:
            if line.startswith(f"cpu{cpu} "):
                user, nice, system, _, _, irq, softirq, steal = map(int, line.split()[1:9])
                ticks = user + nice + system + irq + softirq + steal
                return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    return 0


def wait_until(condition, seconds, step=0.01):
    """True as soon as `condition()` is; False if it is not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True
