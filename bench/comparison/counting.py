# SPDX-License-Identifier: MIT
"""What does not depend on how busy a machine is: instructions and system calls of
usherd for one request."""
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from . import client
from .client import HOST, WRK_SCRIPT
from .process import Failure, Server, members_of, wait_until
from .servers import Setting

START_SECONDS = 60  # under valgrind
END_SECONDS = 60
FEW, MANY = 200, 1200  # the difference of two runs is that of the requests alone
TRACED = 1000  # requests under strace


def heads():
    """The header fields of wrk/load.lua, by name: they are written once."""
    text = WRK_SCRIPT.read_text(encoding="utf-8")
    table = text[text.index("local heads"):text.index("function init")]
    found = {}
    for name, body in re.findall(r"^\t(\w+) = \{(.*?)\},$", table, re.DOTALL | re.MULTILINE):
        body = re.sub(r"[\"']\s*\.\.\s*[\"']", "", body)
        found[name] = [single or double
                       for double, single in re.findall(r"\"([^\"]*)\"|'([^']*)'", body)]
    return found


def batch_for(workload):
    """The bytes that wrk sends at a time."""
    lines = [f"GET {workload.path} HTTP/1.1", f"Host: {HOST}", *heads()[workload.head]]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() * workload.together


def drive(port, workload, count, then=None):
    """Makes `count` batches of requests, one after the other; `then` is called when
    the first was answered. A batch of equal answers is as long as the first."""
    batch = batch_for(workload)
    sock = client.connect(port)
    length = 0
    for number in range(count + (then is not None)):
        if number > 0 and workload.head == "close":
            sock.close()
            sock = client.connect(port)
        sock.sendall(batch)
        if not length:
            head, body = client.read_answer(sock) if workload.together == 1 else (b"", b"")
            length = len(head) + 4 + len(body)
            if workload.together > 1:
                length = workload.together * answer_length(port, workload)
                take(sock, length)
        else:
            take(sock, length)
        if number == 0 and then:
            then()
    sock.close()


def answer_length(port, workload):
    """Of one answer."""
    with client.connect(port) as sock:
        sock.sendall(client.request_for(workload.path))
        head, body = client.read_answer(sock)
        return len(head) + 4 + len(body)


def take(sock, length):
    """Reads exactly that many bytes."""
    while length > 0:
        piece = sock.recv(length)
        if not piece:
            raise Failure("it closed the connection before the end of an answer")
        length -= len(piece)


def started(rig, server, workload, place, prefix):
    """usherd behind `prefix`, and its port."""
    port = client.free_port()
    setting = Setting(workload, False, port, rig.site, place, rig.build)
    running = Server([*prefix, *server.command(setting)], rig.server_cpu, place / "said")
    if not wait_until(lambda: running.has_ended() or client.is_listening(port), START_SECONDS):
        running.end()
        raise Failure("it does not listen")
    if running.has_ended():
        raise Failure("it does not start: " + running.last_words())
    return running, port


def callgrind(rig, server, workload, count, out):
    """Instructions that usherd executes from its start to its end, with `count`
    batches between; written to `out` by function."""
    with tempfile.TemporaryDirectory(dir=rig.place) as directory:
        prefix = ["env", f"LD_PRELOAD={rig.build}/bench/openat2.so", "valgrind",
                  "--tool=callgrind", f"--callgrind-out-file={out}"]
        running, port = started(rig, server, workload, Path(directory), prefix)
        with running:
            drive(port, workload, count)
            running.process.send_signal(signal.SIGTERM)
            try:
                running.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise Failure("it does not end") from error
    for line in Path(out).read_text(encoding="utf-8").splitlines():
        if line.startswith("totals:"):
            return int(line.split()[1])
    raise Failure("valgrind wrote no sum")


def instructions(rig, server, workload, out):
    """Instructions of usherd, libevent and libc for one request, in user space."""
    few = callgrind(rig, server, workload, FEW, f"{out}.few")
    many = callgrind(rig, server, workload, MANY, out)
    return (many - few) / ((MANY - FEW) * workload.together)


def attach_strace(group, out):
    """strace on all threads of the group; returns when it has attached."""
    argv = ["strace", "-f", "-c", "-o", str(out)]
    for pid in members_of(group):
        argv += ["-p", str(pid)]
    tracer = subprocess.Popen(  # pylint: disable=consider-using-with
        argv, stderr=subprocess.PIPE, text=True)
    line = tracer.stderr.readline()
    if "attached" not in line:
        tracer.kill()
        raise Failure("strace: " + line.strip())
    return tracer


def system_calls(rig, server, workload):
    """How often each system call is made for one batch of requests."""
    with tempfile.TemporaryDirectory(dir=rig.place) as directory:
        out = Path(directory) / "calls"
        tracers = []
        running, port = started(rig, server, workload, Path(directory), [])
        with running:
            drive(port, workload, TRACED,
                  lambda: tracers.append(attach_strace(running.process.pid, out)))
            tracers[0].send_signal(signal.SIGINT)
            tracers[0].communicate(timeout=END_SECONDS)
        calls = {}
        for line in out.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if len(words) >= 5 and words[0].replace(".", "").isdigit() and words[-1] != "total":
                calls[words[-1]] = int(words[3]) / TRACED
        return calls
