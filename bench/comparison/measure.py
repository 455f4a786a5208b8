# SPDX-License-Identifier: MIT
"""One sample: a server started, used for one workload, measured and ended."""
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import client
from .process import Failure, Server, cpu_busy_ns, wait_until
from .servers import Setting
from .workloads import CPU

START_SECONDS = 10
WARM_REQUESTS = 100
SETTLE_SECONDS = 0.05  # for the server to see the last connections out
# Idle memory is read when it has stayed the same for so long, or at the latest
# after so long: a server may give memory back after a while.
STEADY_SECONDS = 6
STEADY_BYTES = 64 * 1024
STEADY_AT_LATEST_SECONDS = 40


@dataclass(frozen=True)
class Rig:
    """What all samples of a run share."""

    site: Path  # the directory of the files
    place: Path  # where a directory for each sample is made
    build: Path
    server_cpu: int
    load_cpu: int
    seconds: int
    logs: bool  # access logs in every workload
    descriptors: int  # that a process may have open

    def lacks(self, server, workload):
        """Why `server` cannot be measured at `workload`, or None."""
        needed = 2 * workload.connections + 500
        if workload.connections >= 4000 and self.descriptors < needed:
            return f"it takes {needed} descriptors, and {self.descriptors} are allowed (ulimit -n)"
        return server.missing(self.build) or server.lacks(workload, self.logs or workload.logs)


def start(rig, server, workload, place):
    """Starts a server and sees that its answers are right; it and its port."""
    port = client.free_port()
    setting = Setting(workload, rig.logs or workload.logs, port, rig.site, place, rig.build)
    running = Server(server.command(setting), rig.server_cpu, place / "said")
    try:
        wait_until(lambda: running.has_ended() or client.is_listening(port), START_SECONDS)
        if running.has_ended():
            raise Failure("it does not start: " + running.last_words())
        expected = (rig.site / workload.path.lstrip("/")).read_bytes()
        client.check_answers(port, workload.path, expected, WARM_REQUESTS)
    except BaseException:
        running.end()
        raise
    return running, port


def measure_cpu(rig, running, port, workload):
    """Server CPU per request, under wrk."""
    began = time.monotonic_ns()
    busy = cpu_busy_ns(rig.server_cpu)
    cpu = running.cpu_ns()
    sample = client.run_wrk(workload, port, rig.seconds, rig.load_cpu)
    time.sleep(SETTLE_SECONDS)
    cpu = running.cpu_ns() - cpu
    busy = cpu_busy_ns(rig.server_cpu) - busy
    took = time.monotonic_ns() - began
    if running.has_ended():
        raise Failure("it ended under load: " + running.last_words())
    if sample["requests"] == 0:
        raise Failure("it answered nothing")
    if sample["errors"]["status"] > 0:
        raise Failure(f"{sample['errors']['status']} answers were no success")
    sample["cpu_ns"] = cpu
    sample["value"] = cpu / 1000 / sample["requests"]
    sample["requests_per_second"] = sample["requests"] * 1e6 / sample["duration_us"]
    sample["others_on_cpu"] = max(0, busy - cpu) / took
    return sample


def steady_private_bytes(running):
    """Private memory, once it does not change any more: in all, and dirty."""
    since = began = time.monotonic()
    size = running.private_bytes()[0]
    while True:
        time.sleep(0.5)
        now = time.monotonic()
        current = running.private_bytes()
        if abs(current[0] - size) > STEADY_BYTES:
            since = now
            size = current[0]
        if now - since >= STEADY_SECONDS or now - began >= STEADY_AT_LATEST_SECONDS:
            return current


def measure_memory(running, port, workload):
    """Private memory with idle connections, and what it was before them."""
    before, dirty_before = running.private_bytes()
    with client.IdleConnections() as connections:
        connections.open(port, workload.path, workload.connections)
        after, dirty = steady_private_bytes(running)
        ended = connections.count_ended()
    if running.has_ended():
        raise Failure("it ended: " + running.last_words())
    if ended > 0:
        raise Failure(f"it closed {ended} of the connections")
    return {"value": after / 1e6, "private_bytes": after, "private_bytes_before": before,
            "dirty_bytes": dirty, "dirty_bytes_before": dirty_before,
            "bytes_per_connection": (dirty - dirty_before) / workload.connections}


def take(rig, server, workload):
    """One sample of `server` at `workload`. Raises Failure."""
    with tempfile.TemporaryDirectory(dir=rig.place) as place:
        running, port = start(rig, server, workload, Path(place))
        with running:
            if workload.kind == CPU:
                return measure_cpu(rig, running, port, workload)
            return measure_memory(running, port, workload)
