# SPDX-License-Identifier: MIT
"""What is measured, and how good usherd has to be at it.

A goal is a ratio within one run: usherd's figure divided by the other's. The
figure is server CPU per request; of `idle` it is the private memory.
"""
import os
import time
from dataclasses import dataclass
from typing import Optional

CPU = "cpu"  # wrk drives requests, and the server's CPU time is divided by them
MEMORY = "memory"  # connections are opened, used once and left idle


@dataclass(frozen=True)
class Workload:
    """One row of the comparison."""

    name: str
    title: str
    size: int = 13  # bytes of the file that is asked for
    connections: int = 64
    head: str = "plain"  # of the request: a key of `heads` in wrk/load.lua
    together: int = 1  # requests sent before the first answer is waited for
    logs: bool = False  # every server writes an access log
    kind: str = CPU
    to_peer: Optional[float] = None  # at most this ratio to the best peer
    to_floor: Optional[float] = None  # at most this ratio to the bare epoll loop
    to_nginx: Optional[float] = None  # at most this ratio to nginx
    p99_to_peer: Optional[float] = None  # of the latency, to the best peer's

    @property
    def path(self):
        """Where the file stands below the root of the site."""
        return f"/{self.size}.html"


WORKLOADS = (
    Workload("small", "13-byte file, 64 keep-alive connections", to_peer=0.88, to_floor=1.12),
    Workload("browser", "1 KiB file, a browser's request headers", size=1024, head="browser",
             to_peer=0.85),
    Workload("10k", "10 KiB file", size=10 * 1024, to_peer=0.90),
    Workload("100k", "100 KiB file", size=100 * 1024, to_peer=0.95),
    Workload("1m", "1 MiB file", size=1024 * 1024, to_peer=0.95),
    Workload("pipelined", "13-byte file, 16 requests pipelined", together=16, to_peer=0.20,
             to_floor=2.0),
    Workload("connections", "13-byte file, a new connection for each request", head="close",
             to_peer=0.95),
    Workload("many", "13-byte file, 4,000 keep-alive connections", connections=4000, to_peer=0.90,
             to_floor=1.15, p99_to_peer=1.0),
    Workload("log", "13-byte file, access log on (combined)", logs=True, to_peer=0.85),
    Workload("idle", "8,000 idle connections, private memory in all", connections=8000,
             kind=MEMORY, to_nginx=0.60),
)


def write_site(directory):
    """The files that the workloads ask for: no page of zeros, by which somebody's
    figure might profit, and not of this minute, which a cache may distrust."""
    line = "".join(chr(33 + i * 7 % 90) for i in range(90)) + "\n"
    for size in {workload.size for workload in WORKLOADS}:
        text = "Hello, world\n" if size == 13 else (line * (size // len(line) + 1))[:size]
        path = directory / f"{size}.html"
        path.write_text(text, encoding="ascii")
        yesterday = time.time() - 86400
        os.utime(path, (yesterday, yesterday))
