# SPDX-License-Identifier: MIT
"""What connects to a server: one request to see that it answers as it should,
wrk for the load, and connections that were used once and stay."""
import json
import resource
import select
import socket
import subprocess
from pathlib import Path

from .process import Failure, pin

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 10
WRK_SCRIPT = Path(__file__).resolve().parent.parent / "wrk" / "load.lua"
CHUNK = 100  # idle connections opened at once


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return sock.getsockname()[1]


def raise_descriptor_limit():
    """As many descriptors as the system allows: they are inherited."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def request_for(path):
    """A plain request that asks for `path`."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


def read_answer(sock):
    """Reads one answer with a Content-Length: its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            raise Failure("it closed the connection before the end of a head")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
              if line.lower().startswith(b"content-length:")]
    if not length:
        raise Failure("its answer has no Content-Length")
    while len(body) < length[0]:
        piece = sock.recv(1 << 20)
        if not piece:
            raise Failure("it closed the connection before the end of a body")
        body += piece
    return head, body


def connect(port):
    """A connection to the server."""
    return socket.create_connection((HOST, port), timeout=TIMEOUT_SECONDS)


def is_listening(port):
    """True if a connection can be made."""
    try:
        connect(port).close()
        return True
    except OSError:
        return False


def check_answers(port, path, expected, times):
    """Asks `times` times, on one connection where the server keeps it open, and
    sees that each answer is right: 200, and the file's bytes."""
    try:
        sock = connect(port)
        with sock:
            for _ in range(times):
                sock.sendall(request_for(path))
                head, body = read_answer(sock)
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise Failure("it answered " + head.split(b"\r\n")[0].decode("latin-1"))
                if body != expected:
                    raise Failure(f"its answer has {len(body)} bytes that are not the file's")
                if b"\r\nconnection: close" in head.lower():
                    return
    except OSError as error:
        raise Failure(f"it does not answer: {error}") from error


def run_wrk(workload, port, seconds, cpu):
    """Drives a workload and returns what wrk/load.lua says came of it."""
    argv = ["wrk", "--threads", "1", "--connections", str(workload.connections), "--duration",
            f"{seconds}s", "--timeout", f"{TIMEOUT_SECONDS}s", "--latency", "--script",
            str(WRK_SCRIPT), f"http://{HOST}:{port}{workload.path}", "--", workload.head,
            str(workload.together)]
    try:
        run = subprocess.run(argv, capture_output=True, text=True, check=False,
                             timeout=seconds + 60, preexec_fn=lambda: pin(cpu))
    except subprocess.TimeoutExpired as error:
        raise Failure("wrk did not come to its end") from error
    last = run.stdout.strip().splitlines()[-1:] or [""]
    if run.returncode != 0 or not last[0].startswith("{"):
        raise Failure("wrk failed: " + (run.stderr.strip() or last[0] or "it said nothing"))
    return json.loads(last[0])


class IdleConnections:
    """Connections of which each was used for one request. Use in a `with`
    statement."""

    def __init__(self):
        self.sockets = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in self.sockets:
            sock.close()

    def open(self, port, path, count):
        """Opens `count` and asks for `path` once on each."""
        request = request_for(path)
        try:
            while len(self.sockets) < count:
                chunk = []
                for _ in range(min(CHUNK, count - len(self.sockets))):
                    chunk.append(connect(port))
                    self.sockets.append(chunk[-1])
                for sock in chunk:
                    sock.sendall(request)
                for sock in chunk:
                    read_answer(sock)
        except OSError as error:
            raise Failure(f"connection {len(self.sockets) + 1} of {count}: {error}") from error

    def count_ended(self):
        """How many the server has closed meanwhile."""
        poll = select.poll()
        for sock in self.sockets:
            poll.register(sock, select.POLLIN)
        return len(poll.poll(0))
