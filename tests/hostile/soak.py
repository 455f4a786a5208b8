# SPDX-License-Identifier: MIT
"""A soak: honest and hostile clients at once, with reloads, and a verdict.

    USHERD=… python3 tests/hostile/soak.py MINUTES
"""
import collections
import json
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
import forms
import usherd as harness

CONFIG = """
admin = "unix:@dir@/admin.sock"
log { connections = "@dir@/connections.log" }
listener "web" { address = "127.0.0.1" port = 0 service = {"web"} send_buffer = 16k }
service "web" {
  route "/" { files = "@dir@/root" autoindex = html }
  route "/echo" { echo = true }
  route "/hello" { respond = 200 body = "hello" }
}
limits {
  connections = 500 overload = @policy@ memory = "6m" output_bytes = "64k" lingering = 100
  connections_per_address = 100
  requests_per_second_per_address = 2000 request_burst = 4000
  min_rate = "200" min_rate_window = 1s
}
timeouts { head = 2s body = 2s write = 2s idle = 3s linger = 1s }
drain { deadline = 15s idle_grace = 1s }
"""
BODY = bytes(range(256)) * 512
RELOAD_EVERY = 5  # seconds
UNDER_LOAD = 5  # seconds of load before the end
STEADY = 20  # connections of usher-load's

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


def connect_from(address, port):
    """A connection from an address of the loopback: what one client takes may not bring
    another to the limits of its address."""
    sock = socket.socket()
    sock.settimeout(harness.PATIENCE)
    try:
        sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((address, 0))
        sock.connect(("127.0.0.1", port))
    except BaseException:
        sock.close()
        raise
    return sock


class Load:
    """The clients, each a thread that goes on until it is told to stop."""

    def __init__(self, server):
        self.server = server
        self.port = server.ports[0]
        self.is_over = threading.Event()
        self.is_ending = threading.Event()  # the server was told to stop
        self.own = threading.local()
        self.done = collections.Counter()
        self.wrong = []
        self.forms = [form.replace(b"@@", b"1") for form, _ in forms.all_forms().values()]

    def connect(self):
        """A connection from the address of this thread."""
        return connect_from(self.own.address, self.port)

    def honest(self):
        """Asks and checks, some requests on each connection."""
        path, wanted = random.choice((("/hello", b"hello"), ("/file.bin", BODY)))
        with self.connect() as sock, sock.makefile("rb") as answers:
            for _ in range(random.randint(1, 20)):
                sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                if not self.check(path, answers, wanted):
                    return

    def check(self, path, answers, wanted):
        """One answer: the right one, or that there is no room. Whether another may follow."""
        status = answers.readline()
        length, is_last = 0, False
        while (line := answers.readline().strip()):
            name, _, value = line.partition(b": ")
            length = int(value) if name == b"Content-Length" else length
            is_last |= name == b"Connection" and value == b"close"
        body = answers.read(length)
        if not status and self.is_ending.is_set():
            # Its idle time was over; nothing of an answer was lost.
            self.done["too late"] += 1
        elif b" 503 " in status:
            self.done["told 503"] += 1
        elif b" 200 " not in status or body != wanted:
            self.wrong.append(f"{path}: {status!r}, {len(body)} bytes")
            return False
        else:
            self.done["right answers"] += 1
        return bool(status) and not is_last

    def smuggler(self):
        """A form that is refused."""
        harness.converse(self.port, random.choice(self.forms), 1.0)

    def slow_head(self):
        """A byte of a head now and then, until it is told to go."""
        self.trickle(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")

    def slow_body(self):
        """A byte of a body now and then, each before its time is over."""
        self.trickle(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")

    def trickle(self, beginning):
        """Sends that at once, and then hardly anything."""
        with self.connect() as sock:
            sock.sendall(beginning)
            for _ in range(200):
                sock.sendall(b"y")
                if harness.wait_readable(sock, 0.2) and not sock.recv(65536):
                    return

    def slow_reader(self):
        """Asks for much, and takes a little now and then."""
        with self.connect() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(b"GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n" * 50)
            for _ in range(20):
                if not sock.recv(10) or self.is_over.wait(0.2):
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
            except ConnectionRefusedError as error:
                if not self.is_ending.is_set():
                    self.wrong.append(repr(error))
                time.sleep(0.1)
            except (OSError, ValueError) as error:
                if client.__name__ == "honest":
                    self.wrong.append(repr(error))

    def start(self):
        """All threads."""
        kinds = [self.honest] * 4 + [self.smuggler] * 2 + [self.slow_head] * 6 + [
            self.slow_body] * 6 + [self.slow_reader] * 4 + [self.stopped_reader] * 6 + [
            self.resetter, self.greedy]
        self.is_over.clear()
        threads = [threading.Thread(target=self.go_on, args=(kind, number + 1))
                   for number, kind in enumerate(kinds)]
        for thread in threads:
            thread.start()
        return threads

    def stop(self, threads):
        """All of them."""
        self.is_over.set()
        for thread in threads:
            thread.join()


class Waves:
    """One after the other the limits of the server are met, by crowds that come and go, and
    after each it has to be as before by itself."""

    def __init__(self, server):
        self.server = server
        self.pid = server.process.pid
        self.failures = []
        self.done = collections.Counter()
        self.files = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)

    def status(self, path="/status"):
        """What the admin service says, which is to be reachable whatever happens."""
        address = os.path.join(self.server.directory, "admin.sock")
        status, body = harness.get(address, path)
        return json.loads(body) if status == 200 else self.failures.append(f"admin: {status}")

    def crowd(self, count, request):
        """So many clients from several addresses."""
        socks = []
        for number in range(count):
            try:
                sock = connect_from(f"127.0.2.{1 + number // 90}", self.server.ports[0])
                socks.append(sock)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.setblocking(False)
                sock.send(request)
            except OSError:
                pass  # it may be told to go before it has said what it wants
        return socks

    def memory(self):
        """Echoes that nobody reads."""
        socks = self.crowd(250, b"POST /echo HTTP/1.1\r\nHost: a\r\n"
                           b"Content-Length: 1000000\r\n\r\n")
        for sock in socks * 4:
            try:
                sock.send(BODY)
            except OSError:
                pass  # it is full, or was told that there is no room
        return socks

    def connections(self):
        """More than there may be."""
        return self.crowd(650, b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")

    def descriptors(self):
        """More than there are descriptors, which are few for a while."""
        most = len(os.listdir(f"/proc/{self.pid}/fd")) + 90
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (most, self.files[1]))
        self.configure("queue")
        socks = self.crowd(250, b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        until = time.monotonic() + harness.PATIENCE
        while "descriptors" not in (self.status("/listeners") or {"listeners": [{"paused": []}]}
                                    )["listeners"][0]["paused"] and time.monotonic() < until:
            time.sleep(0.05)
        self.done["paused for descriptors"] += time.monotonic() < until
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, self.files)
        return socks

    def configure(self, policy):
        """A reload with another policy."""
        write_config(self.server.directory, policy)
        self.server.process.send_signal(signal.SIGHUP)

    def has_room(self):
        """Whether nothing is short and nobody kept waiting."""
        status, listeners = self.status(), self.status("/listeners")
        return (status and listeners and status["limits"]["memory_short_loops"] == 0 and
                status["limits"]["connections_full_loops"] == 0 and
                not listeners["listeners"][0]["paused"])

    def recover(self, wave):
        """Waits until it is as before, and is served."""
        until = time.monotonic() + harness.PATIENCE
        while not (self.has_room() and harness.get(self.server.ports[0], "/hello")[0] == 200):
            if time.monotonic() > until:
                self.failures.append(f"{wave}: it does not recover: {self.status()}")
                return
            time.sleep(0.2)
        self.done["recovered"] += 1

    def go_on(self, is_over):
        """One wave after the other."""
        while not is_over.is_set():
            for wave in (self.memory, self.connections, self.descriptors):
                self.configure(("queue", "503")[self.done["memory"] % 2])
                socks = wave()
                is_over.wait(2)
                self.status()
                for sock in socks:
                    sock.close()
                self.configure("503")
                self.recover(wave.__name__)
                self.done[wave.__name__] += 1
                if is_over.is_set():
                    return


def write_config(directory, policy):
    """The configuration with that policy, whole at any moment."""
    path = os.path.join(directory, "usher.conf")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(CONFIG.replace("@policy@", policy).replace("@dir@", directory))
    os.replace(path + ".new", path)


class Steady:
    """usher-load: clients of a steady rate that lose nothing, but are told that there is no
    room, and find nobody any more in the end."""

    def __init__(self, server, seconds):
        program = os.environ.get("USHER_LOAD")
        self.process = program and subprocess.Popen(
            [program, "-c", str(STEADY), "-R", "200", "-T", "30s", "-d",
             f"{int(seconds) + 120}s", "--source", "127.0.3.1-127.0.3.4", "--json", "-",
             f"http://127.0.0.1:{server.ports[0]}/hello"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def judge(self, verdict):
        """What became of its requests."""
        if not self.process:
            return
        self.process.send_signal(signal.SIGINT)
        said = json.loads(self.process.communicate(timeout=60)[0])["whole"]["outcomes"]
        outcomes = {name: counts for name, one in said.items()
                    if any(counts := (one.get("requests", 0), one.get("connections", 0)))}
        print("usher-load:", outcomes)
        verdict.demand(not set(outcomes) & LOSSES, f"usher-load lost nothing: {outcomes}")


# What usher-load calls losses; but "refused" is whoever came after the end, and "unasked"
# whoever was turned away (503) before he had a request.
LOSSES = {"connect_timeout", "fin_before_answer", "reset_before_answer", "fin_in_answer",
          "reset_in_answer", "timeout", "malformed", "wrong_body"}


def figures(pid):
    """Private memory in KiB, and descriptors."""
    memory = 0
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Private_Dirty:"):
                memory = int(line.split()[1])
    return memory, len(os.listdir(f"/proc/{pid}/fd"))


def soak(server, load, waves, seconds):
    """Runs the load; the figures of each second."""
    threads, samples = load.start(), []
    threads.append(threading.Thread(target=waves.go_on, args=(load.is_over,)))
    threads[-1].start()
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.process.poll() is None:
        time.sleep(min(1, max(until - time.monotonic(), 0.1)))
        if len(samples) % RELOAD_EVERY == 0:
            server.process.send_signal(signal.SIGHUP)
        samples.append(figures(server.process.pid))
    load.stop(threads)
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


def judge_rest(verdict, server, samples, idle_before):
    """Flat, after the load."""
    memory, descriptors = figures(server.process.pid)
    third = max(len(samples) // 3, 1)
    early = max(sample[0] for sample in samples[:third])
    late = max(sample[0] for sample in samples[-third:])
    print(f"memory under load: {early} KiB, later {late} KiB, at rest {memory} KiB")
    print(f"descriptors at rest: {idle_before[1]} before, {descriptors} after")
    verdict.demand(late <= early * 1.25 + 2048, "memory is flat")
    verdict.demand(descriptors <= idle_before[1] + 4 + STEADY, "descriptors are flat")


def judge_limits(verdict, server, waves):
    """Each limit was met, and left again."""
    status = waves.status()
    limits, causes = status["limits"], status["endings"]["by_cause"]
    print("waves:", dict(waves.done))
    print("limits:", limits)
    for what, count in (("limits.memory", limits["memory_shortages"]),
                        ("limits.connections", limits["connections_full"]),
                        ("overload = 503", causes["overloaded"]),
                        ("connections_per_address", causes["address_limit"]),
                        ("requests_per_second_per_address", limits["requests_refused_rate"]),
                        ("min_rate", causes["too_slow"]),
                        ("descriptors", waves.done["paused for descriptors"])):
        verdict.demand(count > 0, f"{what} was reached")
    verdict.demand(not waves.failures, f"it recovers, and says so: {waves.failures[:3]}")
    verdict.demand(waves.done["recovered"] >= 3, "it recovered from each")
    verdict.demand("refused for the limits of an address" in server.said(),
                   "whoever took more than his address may was refused")


def end_under_load(verdict, server, load):
    """SIGTERM while everybody is there."""
    threads = load.start()
    time.sleep(UNDER_LOAD)
    load.is_ending.set()
    verdict.demand(server.stop(), "usherd ends in good order under load")
    load.stop(threads)


def judge_end(verdict, server, load):
    """Right and explained."""
    causes = endings(server)
    print("clients:", dict(load.done))
    print("endings:", dict(causes))
    verdict.demand(not set(causes) - EXPLAINED, f"unexplained: {set(causes) - EXPLAINED}")
    verdict.demand(not load.wrong, f"each honest answer is right: {load.wrong[:3]}")
    verdict.demand(load.done["right answers"] > 0, "honest clients were served")


def main():
    verdict = harness.Verdict("soak")
    seconds = float(sys.argv[1]) * 60
    server = harness.Usherd(CONFIG.replace("@policy@", "503"), prepare=prepare)
    steady = None
    try:
        load, waves = Load(server), Waves(server)
        before = figures(server.process.pid)
        steady = Steady(server, seconds)
        samples = soak(server, load, waves, seconds)
        if verdict.demand(server.process.poll() is None, "usherd lives"):
            judge_rest(verdict, server, samples, before)
            judge_limits(verdict, server, waves)
            end_under_load(verdict, server, load)
            judge_end(verdict, server, load)
            steady.judge(verdict)
    finally:
        server.process.kill()
        if steady and steady.process:
            steady.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
