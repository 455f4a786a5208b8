# SPDX-License-Identifier: MIT
"""Clients take every descriptor that there is: the admin service answers all the same,
the loop does not spin, and clients are served again when some have gone.

    USHERD=… python3 tests/hostile/descriptors.py
"""
import json
import os
import resource
import signal
import socket
import sys
import time

sys.dont_write_bytecode = True
import usherd as harness

CONFIG = """
admin = "unix:@dir@/admin.sock"
listener "web" { address = "127.0.0.1" port = 0 service = {"web"} }
service "web" { route "/" { respond = 200 body = "well" } }
timeouts { linger = 1s }
drain { deadline = 5s idle_grace = 100ms }
"""
FILES = 128
CLIENTS = 150


def ask(directory, method, path):
    """An answer's body from the admin socket, or None."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(harness.PATIENCE)
        sock.connect(os.path.join(directory, "admin.sock"))
        sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
                     "Connection: close\r\n\r\n".encode())
        answer = b""
        while (piece := sock.recv(65536)):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if b" 200 " in head.split(b"\r\n")[0] else None


def listener(directory):
    """What the status says of the listener."""
    return json.loads(ask(directory, "GET", "/listeners"))["listeners"][0]


def processor_seconds(pid):
    """What a process has used so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    verdict = harness.Verdict("descriptors")
    server = harness.Usherd(CONFIG)
    pid, clients = server.process.pid, []
    try:
        # The soft limit alone, so that the configuration still fits; a reload sees it.
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (FILES, hard))
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda said: "reload: generation 2" in said, "the reload")
        for _ in range(CLIENTS):
            clients.append(harness.connect(server.ports[0]))
        verdict.demand(
            harness.wait_for(lambda: "descriptors" in listener(server.directory)["paused"]),
            "the listener pauses for want of descriptors")
        before = processor_seconds(pid)
        open_files = [len(os.listdir(f"/proc/{pid}/fd"))]
        time.sleep(1)
        open_files.append(len(os.listdir(f"/proc/{pid}/fd")))
        verdict.demand(max(open_files) <= FILES - 16, f"a reserve is left: {open_files}")
        for path in ("/status", "/metrics", "/connections"):
            verdict.demand(ask(server.directory, "GET", path) is not None, f"{path} is answered")
        verdict.demand(ask(server.directory, "POST", "/reload") is not None, "a reload works")
        verdict.demand(processor_seconds(pid) - before < 2, "the loop does not spin")
        verdict.demand(server.said().count(": accept: ") < 10, "the log is not flooded")
        for client in clients:
            client.close()
        verdict.demand(harness.wait_for(lambda: not listener(server.directory)["paused"]),
                       "it goes on by itself")
        verdict.demand(harness.get(server.ports[0], "/")[0] == 200, "clients are served again")
        verdict.demand(server.stop(), "usherd ends in good order")
    finally:
        server.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
