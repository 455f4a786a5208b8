# SPDX-License-Identifier: MIT
"""A soak: honest and hostile clients at once, with reloads, and a verdict.

    USHERD=… python3 tests/hostile/soak.py MINUTES
"""
import collections
import json
import os
import random
import signal
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
import forms
import usherd as harness

CONFIG = """
log { connections = "@dir@/connections.log" }
listener "web" { address = "127.0.0.1" port = 0 service = {"web"} }
service "web" {
  route "/" { files = "@dir@/root" autoindex = html }
  route "/echo" { echo = true }
  route "/hello" { respond = 200 body = "hello" }
}
limits {
  connections = 500 overload = 503 memory = "64m" lingering = 100
  connections_per_address = 100
  requests_per_second_per_address = 10000 request_burst = 10000
  min_rate = "200" min_rate_window = 1s
}
timeouts { head = 2s body = 2s write = 2s idle = 3s linger = 1s }
drain { deadline = 10s idle_grace = 200ms }
"""
BODY = bytes(range(256)) * 512

# ip(7): the port is chosen by connect(2), which may take one that is in TIME_WAIT.
IP_BIND_ADDRESS_NO_PORT = 24

# Causes that this load explains. drain_deadline, out_of_memory, read_error,
# write_error and stopped are not among them.
EXPLAINED = {"client_closed", "response_close", "request_limit", "idle_timeout", "head_timeout",
             "body_timeout", "write_timeout", "bad_request", "too_large", "drained",
             "too_slow", "address_limit", "overloaded", "reset_by_peer", "peer_left",
             "linger_expired", "linger_overflow", "cut_short"}


def prepare(directory):
    """The files that are asked for."""
    os.mkdir(os.path.join(directory, "root"))
    with open(os.path.join(directory, "root", "file.bin"), "wb") as file:
        file.write(BODY)


class Load:
    """The clients, each a thread that goes on until it is told to stop."""

    def __init__(self, server):
        self.server = server
        self.port = server.ports[0]
        self.is_over = threading.Event()
        self.own = threading.local()
        self.done = collections.Counter()
        self.wrong = []
        self.forms = [form.replace(b"@@", b"1") for form, _ in forms.all_forms().values()]

    def connect(self):
        """A connection from the address of this thread: what one client takes may
        not bring another to the limits of its address."""
        sock = socket.socket()
        sock.settimeout(harness.PATIENCE)
        try:
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((self.own.address, 0))
            sock.connect(("127.0.0.1", self.port))
        except BaseException:
            sock.close()
            raise
        return sock

    def honest(self):
        """Asks and checks, some requests on each connection."""
        path, wanted = random.choice((("/hello", b"hello"), ("/file.bin", BODY)))
        with self.connect() as sock, sock.makefile("rb") as answers:
            for _ in range(random.randint(1, 20)):
                sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                status = answers.readline()
                length, is_last = 0, False
                while (line := answers.readline().strip()):
                    name, _, value = line.partition(b": ")
                    length = int(value) if name == b"Content-Length" else length
                    is_last |= name == b"Connection" and value == b"close"
                if b" 200 " not in status or answers.read(length) != wanted:
                    self.wrong.append(f"{path}: {status!r}")
                    return
                if is_last:
                    return

    def smuggler(self):
        """A form that is refused."""
        harness.converse(self.port, random.choice(self.forms), 1.0)

    def slow_head(self):
        """A byte of a head now and then, until it is told to go."""
        with self.connect() as sock:
            for byte in b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200:
                sock.sendall(bytes([byte]))
                if harness.wait_readable(sock, 0.2):
                    return

    def stopped_reader(self):
        """Asks for much and reads nothing."""
        with self.connect() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(b"GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n" * 50)
            self.is_over.wait(random.random() * 4)

    def resetter(self):
        """Leaves by a reset, in the middle of something."""
        with self.connect() as sock:
            sock.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
                         BODY[:random.randint(0, 60000)])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def greedy(self):
        """More connections from one address, and more requests, than it may have."""
        socks = []
        try:
            for _ in range(150):
                socks.append(self.connect())
            for sock in socks:
                sock.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n" * 200)
            self.is_over.wait(1)
        finally:
            for sock in socks:
                sock.close()

    def go_on(self, client, number):
        """One client after the other, of one kind."""
        self.own.address = f"127.0.1.{number}"
        while not self.is_over.is_set():
            try:
                client()
                self.done[client.__name__] += 1
            except (OSError, ValueError) as error:
                if client.__name__ == "honest":
                    self.wrong.append(repr(error))

    def start(self):
        """All threads."""
        kinds = [self.honest] * 4 + [self.smuggler] * 2 + [self.slow_head] * 8 + [
            self.stopped_reader] * 8 + [self.resetter, self.greedy]
        threads = [threading.Thread(target=self.go_on, args=(kind, number + 1))
                   for number, kind in enumerate(kinds)]
        for thread in threads:
            thread.start()
        return threads


def figures(pid):
    """Private memory in KiB, and descriptors."""
    memory = 0
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Private_Dirty:"):
                memory = int(line.split()[1])
    return memory, len(os.listdir(f"/proc/{pid}/fd"))


def soak(server, load, seconds):
    """Runs the load; the figures of each five seconds."""
    threads, samples = load.start(), []
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.process.poll() is None:
        time.sleep(min(5, max(until - time.monotonic(), 0.1)))
        server.process.send_signal(signal.SIGHUP)
        samples.append(figures(server.process.pid))
    load.is_over.set()
    for thread in threads:
        thread.join()
    time.sleep(6)  # what idles is over by then
    return samples


def endings(server):
    """How often each cause ended a connection."""
    causes = collections.Counter()
    with open(os.path.join(server.directory, "connections.log"), encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            causes[record.get("cause", record.get("ending"))] += 1
    return causes


def judge(verdict, server, load, samples, idle_before):
    """Flat, right and explained."""
    memory, descriptors = figures(server.process.pid)
    third = max(len(samples) // 3, 1)
    early = max(sample[0] for sample in samples[:third])
    late = max(sample[0] for sample in samples[-third:])
    print(f"memory under load: {early} KiB, later {late} KiB, at rest {memory} KiB")
    print(f"descriptors at rest: {idle_before[1]} before, {descriptors} after")
    print("clients:", dict(load.done))
    verdict.demand(late <= early * 1.25 + 2048, "memory is flat")
    verdict.demand(descriptors <= idle_before[1] + 4, "descriptors are flat")
    verdict.demand(not load.wrong, f"each honest answer is right: {load.wrong[:3]}")
    verdict.demand(load.done["honest"] > 0, "there were honest clients")
    verdict.demand("refused for the limits of an address" in server.said(),
                   "whoever took more than his address may was refused")
    verdict.demand(server.stop(), "usherd ends in good order")
    causes = endings(server)
    print("endings:", dict(causes))
    verdict.demand(not set(causes) - EXPLAINED, f"unexplained: {set(causes) - EXPLAINED}")


def main():
    verdict = harness.Verdict("soak")
    server = harness.Usherd(CONFIG, prepare=prepare)
    try:
        load = Load(server)
        before = figures(server.process.pid)
        samples = soak(server, load, float(sys.argv[1]) * 60)
        if verdict.demand(server.process.poll() is None, "usherd lives"):
            judge(verdict, server, load, samples, before)
    finally:
        server.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
