# SPDX-License-Identifier: MIT
"""A fleet: three usherd with conf/fleet/usher.conf behind Debian's HAProxy with
conf/fleet/haproxy.cfg, and a load on it.

The files are used as they stand; only addresses, the tree that is served and the
place of the admin socket are replaced. Each fleet has a network of 127.0.0.0/8 of its
own, so that a server keeps its address over a restart and no other test takes it.
"""
import csv
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/hostile"))
import usherd as harness

CONF = ROOT / "conf/fleet"
PATIENCE = 60.0  # seconds, for what has to happen
SERVERS = ("usher1", "usher2", "usher3")
# Besides what the files have: something that takes a body, and small buffers in the
# kernels between, so that a slow reader's answer is still usherd's business.
ECHO = '\troute "/echo" {\n\t\techo = true\n\t}\n'
SMALL = '\tsend_buffer = "64k"\n'
GLOBAL = """
global
    maxconn 512
    log stdout format raw local0 info
    stats socket {place}/stats.sock level admin
    tune.rcvbuf.server 65536
    tune.sndbuf.client 65536
"""


def own_network():
    """The first three numbers of addresses that no other process of this machine
    uses: its process number, and 16 for the loopback's own."""
    pid = os.getpid()
    return f"127.{16 + (pid >> 16) % 200}.{(pid >> 8) & 255}.", pid & 255


def is_alive(pid):
    """Whether there is such a process, and it has not ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] not in "ZX"


def connections_to(address, port):
    """The clients' ports of the established connections to a server's address."""
    server = "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
    found = set()
    for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if words[1] == f"{server}:{port:04X}" and words[3] == "01":
            found.add(int(words[2].split(":")[1], 16))
    return found


def wait_until(is_so, what):
    """Waits until it is so."""
    until = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > until:
            raise RuntimeError(f"it does not come to pass: {what}")
        time.sleep(0.02)


class Balancer:
    """HAProxy with conf/fleet/haproxy.cfg, in which `changes` are made: pairs of what
    has to stand there and what stands there instead."""

    def __init__(self, place, changes):
        self.place = place
        text = (CONF / "haproxy.cfg").read_text()
        for old, new in changes:
            if old not in text:
                raise RuntimeError(f"haproxy.cfg does not say {old!r}")
            text = text.replace(old, new)
        (place / "global.cfg").write_text(GLOBAL.format(place=place))
        (place / "haproxy.cfg").write_text(text)
        with open(place / "haproxy.log", "wb") as words:
            self.process = subprocess.Popen(
                ["haproxy", "-db", "-f", place / "global.cfg", "-f", place / "haproxy.cfg"],
                stdout=words, stderr=words)

    def ask(self, command):
        """What its stats socket answers."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(harness.PATIENCE)
            sock.connect(str(self.place / "stats.sock"))
            sock.sendall(command.encode() + b"\n")
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        return answer.decode()

    def server(self, name):
        """One row of its statistics, as a dictionary."""
        rows = csv.DictReader(self.ask("show stat").removeprefix("# ").splitlines())
        return next(row for row in rows if row["svname"] == name)

    def _is(self, name, state):
        try:
            return self.server(name)["status"] == state
        except OSError:
            if self.process.poll() is not None:
                raise RuntimeError("haproxy does not run\n"
                                   + (self.place / "haproxy.log").read_text()) from None
            return False

    def wait_for(self, name, state):
        """Waits until it thinks so of a server; not "UP 1/2", which is on the way down."""
        wait_until(lambda: self._is(name, state), f"{name} is {state}")

    def stop(self):
        """Ends it."""
        self.process.terminate()
        self.process.wait(PATIENCE)


class Load:
    """usher-load in the background, until it is interrupted."""

    def __init__(self, place, name, *arguments):
        program = os.environ.get("USHER_LOAD")
        if not program:
            harness.skip("USHER_LOAD does not name the program")
        self.path = place / (name + ".json")
        self.process = subprocess.Popen(
            [program, "-q", "-d", "10m", "--timeout", "60s", "--expect-no-loss",
             "--expect-status", "200", "--json", self.path, *arguments],
            stdout=subprocess.DEVNULL)

    def finish(self):
        """Ends it in good order: its exit status, and its figures of the whole run."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(PATIENCE)
        return status, json.loads(self.path.read_text())["whole"]


class Fleet:
    """Three usherd, HAProxy before them; `usher_changes` and `haproxy_changes` are made
    in the committed files."""

    def __init__(self, place, usher_changes=(), haproxy_changes=()):
        self.place = pathlib.Path(place)
        network, last = own_network()
        # .1 to .4 of each process, where four fit.
        self.addresses = [f"{network}{1 + (last * 4 + i) % 252}" for i in range(4)]
        self.front = f"http://{self.addresses[0]}:8000"
        self.usher_changes = usher_changes
        (self.place / "www").mkdir()
        (self.place / "www/index.html").write_text("a page\n")
        (self.place / "www/large").write_bytes(os.urandom(1 << 20))
        self.usherds = {}
        self.successors = {}  # name: process number of the one that serves now
        self.loads = []
        self.balancer = None
        try:
            self._begin(haproxy_changes)
        except BaseException:
            self.close()
            raise

    def _begin(self, haproxy_changes):
        for name in SERVERS:
            self.start(name)
        addresses = [("10.0.0.1:80", f"{self.addresses[0]}:8000")]
        addresses += [(f"10.0.0.{10 + i}:", self.addresses[i] + ":") for i in (1, 2, 3)]
        self.balancer = Balancer(self.place, [*addresses, *haproxy_changes])
        for name in SERVERS:
            self.balancer.wait_for(name, "UP")

    def start(self, name):
        """A new usherd under this name, at the address that the name has."""
        run = self.place / f"run-{name}-{time.monotonic_ns()}"
        run.mkdir()
        text = (CONF / "usher.conf").read_text()
        for old, new in (("10.0.0.11", self.addresses[1 + SERVERS.index(name)]),
                         ("/srv/www", str(self.place / "www")), ("/run/usher", str(run)),
                         ('\troute "/" {', ECHO + '\troute "/" {'),
                         ("\tbacklog =", SMALL + "\tbacklog ="), *self.usher_changes):
            if old not in text:
                raise RuntimeError(f"usher.conf does not say {old!r}")
            text = text.replace(old, new)
        self.usherds[name] = harness.Usherd(text)
        self.usherds[name].run = run

    def upgrade(self, name):
        """`usherctl upgrade` of a server; its words, or None where it fails."""
        program = os.environ.get("USHERCTL")
        if not program:
            harness.skip("USHERCTL does not name the program")
        done = subprocess.run(
            [program, "-s", f"unix:{self.usherds[name].run}/admin.sock", "upgrade", "--json"],
            capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            print(done.stdout + done.stderr)
            return None
        verdict = json.loads(done.stdout)
        self.successors[name] = verdict["pid"]
        return verdict

    def end_successor(self, name):
        """SIGTERM for the one that serves now, which is nobody's child here."""
        pid = self.successors.pop(name)
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not is_alive(pid), f"the successor of {name} ends")

    def load(self, name, *arguments):
        """A load on the front, ended with the fleet if not before."""
        self.loads.append(Load(self.place, name, *arguments))
        return self.loads[-1]

    def served(self, name):
        """How many requests HAProxy has sent to a server so far."""
        return int(self.balancer.server(name)["stot"])

    def has_served(self, name, before):
        """Whether it got some requests beyond so many; the loads have to go on."""
        for load in self.loads:
            if load.process.poll() is not None:
                raise RuntimeError(f"{load.path.name}: usher-load ended before its time")
        return self.served(name) > before + 20

    def wait_for_work(self):
        """Waits until each server has got requests from now on."""
        before = {name: self.served(name) for name in SERVERS}
        wait_until(lambda: all(self.has_served(name, before[name]) for name in SERVERS),
                   "each server gets requests")

    def close(self):
        """Ends all that is left."""
        for load in self.loads:
            if load.process.poll() is None:
                load.process.kill()
                load.process.wait()
        if self.balancer:
            self.balancer.stop()
        for pid in self.successors.values():
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        for usherd in self.usherds.values():
            if usherd.process.poll() is None:
                usherd.process.kill()
                usherd.process.wait()


def lost(figures):
    """The outcomes of a run that are losses, with their counts."""
    return {name: (row.get("requests", 0), row.get("connections", 0))
            for name, row in figures["outcomes"].items()
            if row["kind"] == "loss" and row.get("requests", 0) + row.get("connections", 0)}


def needs_haproxy():
    """Ends the program as skipped where there is no HAProxy."""
    os.environ["PATH"] += ":/usr/sbin"
    if not shutil.which("haproxy"):
        harness.skip("there is no haproxy here")
