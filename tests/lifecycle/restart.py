# SPDX-License-Identifier: MIT
"""A restart through a service manager's descriptor store, seen by clients and by the kernel:
restart.py CASE, in a network namespace of its own. The manager is the test's own, and does what
sd_notify(3) and systemd.service(5) say of FDSTORE=1, FDNAME=, FDPOLL=0, FDSTOREREMOVE=1,
BARRIER=1, MAINPID= and FileDescriptorStoreMax=.

USHERD, USHERCTL and USHER_LOAD name the programs. Exits with 1 where something went wrong, or
with 77 where it could not look.
"""
import array
import fcntl
import http.client
import json
import os
import random
import re
import resource
import select
import signal
import socket
import stat
import sys
import threading
import time

import upgrade
from upgrade import (ECHO_SITE, LOCAL, PATIENCE, SITE, are_answered, ask, connect, counters, demand,
                     enter_namespace, expect_no_reset, head, is_alive, load_through, ports,
                     settle, wait_for)

NOTIFY_FDS_MAX = 253
# The manager has other things to do: its socket, which takes ten messages, is full at times.
PACE = 0.002


class Manager:
    """The service manager: one unit, and its descriptor store."""

    def __init__(self, place, most):
        self.most = most
        self.store = []  # [name, descriptor]
        self.refused = 0
        self.heard = []
        self.main = 0
        self.pace = PACE
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.name = f"{place}/notify"
        self.socket.bind(self.name)
        self.hangs_up = select.epoll()
        threading.Thread(target=self.listen, daemon=True).start()

    def has_mail(self):
        return bool(select.select([self.socket], [], [], 0)[0])

    def listen(self):
        while True:
            select.select([self.socket], [], [])
            with self.lock:
                if self.has_mail():
                    self.take_message()
            time.sleep(self.pace)

    def take_message(self):
        said, control, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(4 * NOTIFY_FDS_MAX) + 64)
        fds = array.array("i")
        pid = 0
        for level, kind, data in control:
            if kind == socket.SCM_RIGHTS:
                fds.frombytes(data[:len(data) - len(data) % 4])
            elif kind == socket.SCM_CREDENTIALS:
                pid = int.from_bytes(data[:4], sys.byteorder)
        self.drop_hung_up()
        self.hear(said.decode(), list(fds), pid)

    def hear(self, said, fds, pid):
        words = dict(line.split("=", 1) for line in said.split("\n") if "=" in line)
        self.heard.append(said)
        if words.get("BARRIER") == "1" or pid != self.main:
            if words.get("BARRIER") != "1":
                self.heard.append("REFUSED " + said)
            for fd in fds:
                os.close(fd)
            return
        if "MAINPID" in words:
            self.main = int(words["MAINPID"])
        if words.get("FDSTOREREMOVE") == "1":
            self.remove(words["FDNAME"])
        elif words.get("FDSTORE") == "1":
            for fd in fds:
                self.keep(words.get("FDNAME", "stored"), fd, words.get("FDPOLL") != "0")

    def keep(self, name, fd, is_polled):
        status = os.fstat(fd)
        demand(0 < len(name) <= 255 and re.fullmatch(r"[ -9;-~]+", name), f"a name: {name!r}")
        if len(self.store) >= self.most:
            self.refused += 1
            os.close(fd)
        elif any((os.fstat(other).st_dev, os.fstat(other).st_ino) == (status.st_dev, status.st_ino)
                 for _, other in self.store):
            os.close(fd)
        else:
            self.store.append([name, fd])
            if is_polled and not stat.S_ISREG(status.st_mode):
                self.hangs_up.register(fd, 0)

    def drop(self, condition):
        for item in self.store:
            if not condition(item):
                continue
            try:
                self.hangs_up.unregister(item[1])
            except OSError:  # not polled
                pass
            os.close(item[1])
        self.store = [item for item in self.store if not condition(item)]

    def drop_hung_up(self):
        hung_up = {fd for fd, _ in self.hangs_up.poll(0, 65536)}
        self.drop(lambda item: item[1] in hung_up)

    def remove(self, name):
        self.drop(lambda item: item[0] == name)

    def names(self, kind=""):
        with self.lock:
            return sorted(name for name, _ in self.store if name.startswith("~" + kind))

    def release(self):
        """What the manager does once the unit is inactive."""
        with self.lock:
            self.drop(lambda item: True)

    def start(self, program, log):
        with self.lock:
            while self.has_mail():  # of the process before
                self.take_message()
            self.drop_hung_up()
            items = list(self.store)
            random.shuffle(items)
            pid = os.fork()
            if pid == 0:
                self.become(program, log, items)
            self.main = pid
        return pid

    def become(self, program, log, items):
        try:
            environment = dict(os.environ, NOTIFY_SOCKET=self.name)
            count = len(items)
            if count:
                environment.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count),
                                   LISTEN_FDNAMES=":".join(name for name, _ in items))
            os.dup2(log, 1)
            os.dup2(log, 2)
            high = [self.move_up(fd, count) for _, fd in items]
            for index, fd in enumerate(high):
                os.dup2(fd, 3 + index)
            os.closerange(3 + count, 65536)
            os.execve(program[0], program, environment)
        finally:
            os._exit(127)

    @staticmethod
    def move_up(fd, count):
        return fcntl.fcntl(fd, fcntl.F_DUPFD, 3 + count + 64)


class Unit(upgrade.Server):
    """A usherd that the manager starts, stops, and starts again."""

    def __init__(self, most=4096, **more):
        self.most = most
        self.manager = None
        self.main = 0
        super().__init__(**more)

    def start(self):
        if not self.manager:
            self.manager = Manager(self.dir, self.most)
        ready = self.said().count("ready\n")
        self.main = self.manager.start([os.environ["USHERD"], "-c", f"{self.dir}/usher.conf"],
                                       self.log.fileno())
        wait_for(lambda: self.said().count("ready\n") > ready or not is_alive(self.main), "ready")
        if not demand(is_alive(self.main), "the process starts"):
            print(self.said()[-3000:])
            sys.exit(1)

    def expect_stored(self, count):
        wait_for(lambda: len(self.manager.names("l")) == count and not self.manager.names("p")
                 and f"the service manager keeps {count} listening" in self.said(),
                 f"{count} listening sockets in the store, not {self.manager.store}")

    def stop(self, number):
        """Returns how the process ended."""
        os.kill(self.main, number)
        return self.await_end()

    def await_end(self):
        until = time.monotonic() + PATIENCE * 2
        while time.monotonic() < until:
            try:
                pid, status = os.waitpid(self.main, os.WNOHANG)
            except ChildProcessError:  # a successor is nobody's child
                wait_for(lambda: not is_alive(self.main), "the end")
                return 0
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        demand(False, "the process ends")
        print(self.said()[-3000:])
        sys.exit(1)

    def restart(self):
        kept = self.said().count("for the next process")
        status = self.stop(signal.SIGQUIT)
        demand(status == 0, f"exit status {status}")
        demand("kept " in self.said(), "it says what is kept")
        demand(self.said().count("for the next process") > kept, "it says what is kept")
        self.start()

    def kept(self):
        """Of the last restart: connections, listening sockets, drained."""
        found = re.findall(r"kept (\d+) connections and (\d+) listening sockets for the next process; "
                           r"(\d+) drained", self.said())
        return tuple(map(int, found[-1]))

    def end(self):
        for sock in self.clients:
            sock.close()
        status = self.stop(signal.SIGTERM)
        demand(status == 0, f"exit status {status}")
        said = self.said()
        demand("runtime error" not in said and "Sanitizer" not in said and "WARNING: Thr" not in said,
               "no sanitizer speaks")
        wait_for(lambda: not self.manager.store, f"an empty store: {self.manager.store}")
        with self.manager.lock:
            demand(not any("REFUSED FDSTORE" in words for words in self.manager.heard),
                   "only the main process speaks of the store")
        if upgrade.failures:
            print(said[-6000:])


# --- Cases ---------------------------------------------------------------------------


def under_load():
    """200 keep-alive clients through restarts: no request fails, no connection is lost."""
    unit = Unit()
    unit.expect_stored(len(unit.manager.names("l")) or 1)
    load_through(unit, 8, unit.restart)
    unit.end()


def idle():
    """1,000 idle connections outlive two restarts, with what is known of them."""
    unit = Unit(more="loops = 2")
    unit.expect_stored(2)
    before = counters()
    socks = settle(unit, 1000)
    clients = ports(unit)
    unit.restart()
    demand(unit.kept() == (1000, 2, 0), f"all are kept: {unit.kept()}")
    wait_for(lambda: not unit.manager.names("c"),
             "connections leave the store when they are taken back")
    demand(are_answered(socks), "each is answered")
    unit.restart()
    demand(ports(unit) == clients and len(clients) == 1000, "the same ports")
    figures = json.loads(unit.ctl("status", "--json").stdout)["connections"]
    demand(figures["taken_over"] == 1000 and figures["accepted"] == 0, f"they are counted: {figures}")
    said = json.loads(unit.ctl("connections", "--json").stdout)
    demand(all(conn["requests"] == 2 for conn in said["connections"]) and said["connections"],
           f"their requests are counted on: {said}"[:600])
    demand(are_answered(socks), "each is answered again")
    demand(ports(unit) == clients, "the same ports after it")
    expect_no_reset(before)
    unit.end()


def downloads():
    """Answers in progress arrive whole; meanwhile others are served, old ones and new ones."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    other = connect(unit)
    ask(other)
    socks = [connect(unit, 4096) for _ in range(8)]
    for sock in socks:
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    answers = [http.client.HTTPResponse(sock) for sock in socks]
    for answer in answers:
        answer.begin()
    os.kill(unit.main, signal.SIGQUIT)
    wait_for(lambda: "leaving for a restart" in unit.said(), "the signal to be heard")
    demand(ask(other) == b"small\n", "an idle connection is served meanwhile")
    demand(ask(connect(unit)) == b"small\n", "a new one, too")
    demand(is_alive(unit.main), "the old process is at it still")
    demand(all(answer.read() == unit.big for answer in answers), "every answer is whole")
    demand(unit.await_end() == 0, "exit status 0")
    unit.start()
    demand(unit.kept()[0] == 10, f"all connections are kept: {unit.kept()}")
    demand(are_answered(socks + [other]), "the same connections go on")
    expect_no_reset(before)
    unit.end()


def crash():
    """After SIGKILL the queue is the next process's, and who connects meanwhile."""
    unit = Unit(more="loops = 2")
    unit.expect_stored(2)
    os.kill(unit.main, signal.SIGSTOP)
    before = counters()
    early = [connect(unit) for _ in range(20)]
    for sock in early:
        sock.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    demand(unit.stop(signal.SIGKILL) == -signal.SIGKILL, "it is killed")
    late = [connect(unit) for _ in range(20)]
    unit.start()
    for sock in early:
        demand(sock.recv(12) == b"HTTP/1.1 200", "who waited in the queue is answered")
    demand(are_answered(late), "who came meanwhile, too")
    demand(ask(connect(unit)) == b"small\n", "and a new one")
    expect_no_reset(before)
    unit.end()


def until_fin(sock):
    """What comes until the server's FIN."""
    said = b""
    while True:
        more = sock.recv(4096)
        if not more:
            return said
        said += more


def bound():
    """Beyond store.connections they drain."""
    unit = Unit(more="store { connections = 100 }")
    unit.expect_stored(1)
    before = counters()
    socks = settle(unit, 300)
    unit.restart()
    demand(unit.kept() == (100, 1, 200), f"a hundred are kept: {unit.kept()}")
    expect_parted(unit, socks, 100)
    expect_no_reset(before)
    unit.end()


def expect_parted(unit, socks, kept):
    """So many are kept and served; the others have got a FIN."""
    alive = 0
    for sock in socks:
        sock.settimeout(0)
        try:
            demand(sock.recv(1) == b"", "a FIN")
        except BlockingIOError:
            sock.settimeout(PATIENCE)
            alive += ask(sock) == b"small\n"
    demand(alive == kept, f"{alive} of them are served")


def crowd(unit, count=3500):
    """More idle connections than a carrier has room for."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < count + 1000:
        print("SKIP there are not enough descriptors")
        sys.exit(upgrade.SKIPPED)
    return settle(unit, count)


def many():
    """Several carriers, while the loops go on giving."""
    unit = Unit(more="loops = 2")
    unit.expect_stored(2)
    before = counters()
    socks = crowd(unit)
    unit.manager.pace = 10 * PACE  # longer than a loop takes for another batch
    unit.restart()
    demand(unit.kept() == (len(socks), 2, 0), f"all are kept: {unit.kept()}")
    demand(any("FDNAME=~c1" in words for words in unit.manager.heard), "by several carriers")
    demand(are_answered(socks), "each is answered")
    expect_no_reset(before)
    unit.end()


def full():
    """A store that is smaller than it should be: what it does not take drains."""
    unit = Unit(most=3)
    unit.expect_stored(1)
    before = counters()
    socks = crowd(unit)
    unit.restart()
    kept = unit.kept()
    demand(0 < kept[0] < len(socks) and kept[0] + kept[2] == len(socks),
           f"what fits is kept: {kept}")
    demand("no room for more" in unit.said(), "the log says why")
    expect_parted(unit, socks, kept[0])
    expect_no_reset(before)
    unit.end()


def none():
    """Where there is no store, the signal for a restart drains."""
    unit = Unit(most=0)
    sock = connect(unit)
    ask(sock)
    wait_for(lambda: unit.manager.refused == 1, "the question")
    before = counters()
    demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
    demand(sock.recv(1) == b"", "a FIN")
    demand("kept " not in unit.said(), "nothing is kept")
    unit.start()
    expect_no_reset(before)
    unit.end()


def stop():
    """A stop empties the store and loses nobody in the queue."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    idle_sock = connect(unit)
    ask(idle_sock)
    os.kill(unit.main, signal.SIGSTOP)
    queued = [connect(unit) for _ in range(20)]
    for sock in queued:
        sock.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    os.kill(unit.main, signal.SIGTERM)
    os.kill(unit.main, signal.SIGCONT)
    for sock in queued:
        demand(b"HTTP/1.1 200" in until_fin(sock), "who waited in the queue is answered")
    demand(idle_sock.recv(1) == b"", "the idle one gets a FIN")
    demand(unit.await_end() == 0, "exit status 0")
    wait_for(lambda: not unit.manager.store, f"an empty store: {unit.manager.store}")
    unit.manager.release()
    expect_no_reset(before)
    unit.start()
    unit.end()


def at_once():
    """A signal that comes while the manager is asked still: a stop leaves nothing behind, a
    restart keeps what there is."""
    unit = Unit()
    unit.expect_stored(1)
    sock = connect(unit)
    ask(sock)
    unit.restart()
    unit.restart()
    demand(ask(sock) == b"small\n", "the same connection goes on")
    demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
    unit.start()
    unit.end()
    time.sleep(20 * PACE)
    demand(not unit.manager.store, f"nothing is put there afterwards: {unit.manager.store}")


def on_term():
    """store.on_term = keep makes SIGTERM a restart."""
    unit = Unit(more="store { on_term = keep }")
    unit.expect_stored(1)
    sock = connect(unit)
    ask(sock)
    demand(unit.stop(signal.SIGTERM) == 0, "exit status 0")
    unit.start()
    demand(ask(sock) == b"small\n", "the same connection goes on")
    unit.configure()
    demand(unit.ctl("reload").returncode == 0, "the reload succeeds")
    unit.end()


TWO = SITE + 'listener "second" { address = "127.0.0.1" port = 8081 service = {"site"} }\n'


def dropped():
    """A listener that is gone from the configuration: its connections and its queue get a FIN."""
    unit = Unit(text=TWO)
    unit.expect_stored(2)
    before = counters()
    first = connect(unit)
    ask(first)
    unit.port = 8081
    second = connect(unit)
    ask(second)
    unit.port = 8080
    demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
    unit.port = 8081
    waiting = connect(unit)
    waiting.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    unit.port = 8080
    unit.configure(text=SITE)
    unit.start()
    demand(ask(first) == b"small\n", "the one of the listener that stays goes on")
    demand(until_fin(second) == b"" and until_fin(waiting) == b"", "the others get a FIN")
    wait_for(lambda: len(unit.manager.names("l")) == 1, "its socket to leave the store")
    try:
        socket.create_connection(("127.0.0.1", 8081), PATIENCE)
        demand(False, "nobody listens there")
    except ConnectionRefusedError:
        before["OutRsts"] += 1  # that answer
    expect_no_reset(before)
    unit.end()


def moved():
    """A wildcard in the place of an address: who waited at the one is served by the other."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
    waiting = connect(unit)
    unit.configure(text=SITE.replace('"127.0.0.1"', '"*"'))
    unit.start()
    demand(ask(waiting) == b"small\n", "it is answered")
    demand(ask(connect(unit)) == b"small\n", "a new one, too")
    expect_no_reset(before)
    unit.end()


def loops():
    """More loops, fewer loops: every socket and connection finds its place."""
    unit = Unit(more="loops = 2")
    unit.expect_stored(2)
    before = counters()
    socks = settle(unit, 100)
    clients = ports(unit)
    for count in (3, 1, 2):
        unit.configure(more=f"loops = {count}")
        demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
        waiting = [connect(unit) for _ in range(20)]
        unit.start()
        demand(are_answered(waiting), f"loops = {count}: the queues")
        demand(are_answered(socks), f"loops = {count}: all answered")
        wait_for(lambda: len(unit.manager.names("l")) == count, f"{count} sockets in the store")
    demand(clients <= ports(unit), "the same ports")
    expect_no_reset(before)
    unit.end()


def reload():
    """The store follows a reload that brings a listener and takes one away."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    unit.configure(text=TWO)
    demand(unit.ctl("reload").returncode == 0, "the reload succeeds")
    wait_for(lambda: len(unit.manager.names("l")) == 2, "two sockets in the store")
    two = unit.manager.names("l")
    unit.configure(text=TWO.replace('listener "web"', 'listener "other"'))
    demand(unit.ctl("reload").returncode == 0, "the reload succeeds")
    unit.configure()
    demand(unit.ctl("reload").returncode == 0, "the reload succeeds")
    wait_for(lambda: len(unit.manager.names("l")) == 1, "one socket in the store")
    demand(unit.manager.names("l")[0] in two, "the one that was there")
    sock = connect(unit)
    ask(sock)
    unit.restart()
    demand(ask(sock) == b"small\n", "the same connection goes on")
    expect_no_reset(before)
    unit.end()


def after_upgrade():
    """After an upgrade the store is the successor's, and a restart keeps what there is."""
    unit = Unit(text=TWO)
    unit.expect_stored(2)
    before = counters()
    names = unit.manager.names("l")
    sock = connect(unit)
    ask(sock)
    unit.configure(text=SITE)
    done = unit.ctl("upgrade", "--json")
    demand(done.returncode == 0, f"the upgrade succeeds: {done.stdout}{done.stderr}")
    demand(unit.await_end() == 0, "the old process leaves")
    unit.main = json.loads(done.stdout)["pid"]
    wait_for(lambda: unit.said().count("the service manager keeps") == 2, "the successor's word")
    wait_for(lambda: not unit.manager.names("p"), "its question")
    demand(len(unit.manager.names("l")) == 1 and unit.manager.names("l")[0] in names,
           f"the same socket by the same name: {unit.manager.names('l')} of {names}")
    unit.restart()
    demand(ask(sock) == b"small\n", "the same connection goes on")
    expect_no_reset(before)
    unit.end()


def streams():
    """What cannot be kept drains, before the others wait; what can is kept."""
    unit = Unit(text=ECHO_SITE)
    unit.expect_stored(2)
    before = counters()
    sock = connect(unit)
    ask(sock)
    stream = socket.create_connection(("127.0.0.1", 8081), PATIENCE)
    stream.sendall(b"owed")
    demand(stream.recv(4, socket.MSG_WAITALL) == b"owed", "the stream echoes")
    os.kill(unit.main, signal.SIGQUIT)
    demand(stream.recv(1) == b"", "the stream gets a FIN")
    demand(ask(sock) == b"small\n", "the other one is served meanwhile")
    late = socket.create_connection(("127.0.0.1", 8081), PATIENCE)
    late.settimeout(PATIENCE)
    late.sendall(b"late")
    stream.close()
    demand(unit.await_end() == 0, "exit status 0")
    unit.start()
    demand(late.recv(4, socket.MSG_WAITALL) == b"late", "who waits for the stream is served")
    demand(ask(sock) == b"small\n", "the connection goes on")
    late.close()
    expect_no_reset(before)
    unit.end()


def kinds():
    """Uploads, half-closed clients, requests behind a slow answer: each gets from the old
    process what it is owed; who may stay is kept."""
    unit = Unit(text=SITE.replace('route "/"', 'route "/echo" { echo = true } route "/"'))
    unit.expect_stored(1)
    before = counters()
    upload, half_closed, pipelined, begun = (connect(unit, 4096) for _ in range(4))
    upload.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
    for sock in (half_closed, pipelined):
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    pipelined.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    half_closed.shutdown(socket.SHUT_WR)
    begun.sendall(b"GET /small HTT")
    readers = [sock.makefile("rb") for sock in (half_closed, pipelined)]
    lengths = [head(reader) for reader in readers]
    os.kill(unit.main, signal.SIGQUIT)
    wait_for(lambda: "leaving for a restart" in unit.said(), "the signal to be heard")
    upload.sendall(b"half")
    answer = http.client.HTTPResponse(upload)
    answer.begin()
    demand(answer.read() == b"halfhalf", "the upload is answered whole")
    begun.sendall(b"P/1.1\r\nHost: a\r\n\r\n")
    answer = http.client.HTTPResponse(begun)
    answer.begin()
    demand(answer.read() == b"small\n", "the request that had begun is answered")
    demand(all(reader.read(length) == unit.big for reader, length in zip(readers, lengths)),
           "every answer is whole")
    demand(readers[0].read() == b"", "a FIN for the half-closed")
    readers[0].close()
    half_closed.close()
    demand(readers[1].read(head(readers[1])) == b"small\n", "the request behind the slow answer is answered")
    demand(unit.await_end() == 0, "exit status 0")
    upload.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    unit.start()
    said = b""
    while said.count(b"small\n") < 2:
        said += upload.recv(4096) or sys.exit("requests that came meanwhile are not answered")
    demand(ask(pipelined) == b"small\n" and ask(begun) == b"small\n", "these go on")
    expect_no_reset(before)
    unit.end()


def half_heads():
    """Whose request has come in part goes along with it, and nobody waits for the rest."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    socks = [connect(unit) for _ in range(3)]
    ask(socks[0])
    for sock in socks:
        sock.sendall(b"GET /small HTTP/1.1\r\nHost")
    wait_for(lambda: json.loads(unit.ctl("status", "--json").stdout)["connections"]["busy"] == 3,
             "the beginnings")
    unit.restart()
    demand(unit.kept()[0] == 3, f"all are kept: {unit.kept()}")
    unit.restart()
    for sock in socks:
        sock.sendall(b": a\r\n\r\n")
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        demand(answer.read() == b"small\n", "it is answered when the rest has come")
    expect_no_reset(before)
    unit.end()


def failing():
    """A next process that cannot start leaves everything to the one after it."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    sock = connect(unit)
    ask(sock)
    demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
    waiting = connect(unit)
    waiting.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    for words in ("nonsense = 1\n",
                  SITE + 'listener "no" { address = "203.0.113.1" port = 1 service = {"site"} }\n'):
        unit.configure(text=words)
        unit.main = unit.manager.start([os.environ["USHERD"], "-c", f"{unit.dir}/usher.conf"],
                                       unit.log.fileno())
        demand(unit.await_end() == 1, "it does not start")
    unit.configure()
    unit.start()
    demand(waiting.recv(12) == b"HTTP/1.1 200", "who waits in the queue is answered")
    demand(ask(sock) == b"small\n", "the connection goes on")
    expect_no_reset(before)
    unit.end()


def paths():
    """A Unix socket: its path is there at every moment, its connections stay."""
    unit = Unit(text=LOCAL)
    unit.expect_stored(2)
    path = f"{unit.dir}/web.sock"

    def local():
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        sock.settimeout(PATIENCE)
        unit.clients.append(sock)
        return sock

    sock = local()
    ask(sock)
    demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
    late = local()
    unit.start()
    demand(ask(sock) == b"small\n" and ask(late) == b"small\n", "both are answered")
    demand(unit.stop(signal.SIGKILL) == -signal.SIGKILL, "it is killed")
    late = local()
    unit.start()
    demand(ask(late) == b"small\n", "after a crash, too")
    unit.end()
    demand(not os.path.exists(path), "a stop removes it")


def garbage():
    """Whatever stands in the store, the server starts and serves."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    sock = connect(unit)
    ask(sock)
    demand(unit.stop(signal.SIGQUIT) == 0, "exit status 0")
    manager = unit.manager

    def put(name, thing):
        manager.store.append([name, os.dup(thing if isinstance(thing, int) else thing.fileno())])

    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    one, other = socket.socketpair()
    dead, gone = socket.socketpair()
    gone.close()
    junk = os.memfd_create("junk")
    carriers = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(4)]
    carriers[0][0].send(os.urandom(500))
    carriers[1][0].send(b"sher\1\0\7\0")
    carriers[2][0].send(b"sher\x63\0\5\0" + bytes(12))
    socket.send_fds(carriers[3][0], [b"sher\1\0\5\0" + bytes(12)], [one.fileno()])
    with manager.lock:
        for name, thing in (("~l1", udp), ("~l2", listening), ("~l2", listening), ("~l3", one),
                            ("~c1", one), ("~c1", one), ("~c2", dead), ("~c3", listening),
                            ("~c4", udp), ("~c5", junk), ("~l4", junk), ("~c6", self_pipe()),
                            ("~c7", carriers[0][1]), ("~c8", carriers[1][1]),
                            ("~c9", carriers[2][1]), ("~ca", carriers[3][1]),
                            ("~p", one), ("~", one), ("~lzz", listening),
                            ("~l5~a%zz", listening), ("~q", junk), ("stored", junk),
                            ("~" + "x" * 254, one)):
            put(name, thing)
    unit.start()
    demand(ask(sock) == b"small\n", "the connection that was kept goes on")
    demand(ask(connect(unit)) == b"small\n", "and a new one is served")
    said = unit.said()
    for words in ("it is a socket of datagrams", "it is no socket", "it does not listen",
                  "it cannot carry connections", "nobody knows what it is for",
                  "connections are lost"):
        demand(words in said, f"the log says: {words}")
    wait_for(lambda: len(manager.store) == 1, "the store to be cleared")
    for thing in (udp, listening, one, other, dead, *sum(carriers, ())):
        thing.close()
    expect_no_reset(before)
    unit.end()


def self_pipe():
    reading, _ = os.pipe()
    return reading


def silent():
    """A manager that never answers: nothing is kept, and nothing is lost."""
    unit = Unit()
    unit.expect_stored(1)
    before = counters()
    sock = connect(unit)
    ask(sock)
    with unit.manager.lock:
        os.kill(unit.main, signal.SIGQUIT)
        wait_for(lambda: "does not keep" in unit.said(), "the end of its patience")
        demand(until_fin(sock) == b"", "the connection drains")
    sock.close()
    demand(unit.await_end() == 0, "exit status 0")
    demand("kept " not in unit.said(), "nothing is kept")
    unit.start()
    demand(ask(connect(unit)) == b"small\n", "the next process serves")
    expect_no_reset(before)
    unit.end()


CASES = {case.__name__: case for case in (
    under_load, idle, downloads, crash, bound, many, full, none, stop, at_once, on_term, dropped, moved, loops,
    reload, after_upgrade, streams, kinds, half_heads, failing, paths, garbage, silent)}

if __name__ == "__main__":
    enter_namespace()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard < 65536 else 65536, hard))
    CASES[sys.argv[1]]()
    print(f"[{sys.argv[1]}] {'failed' if upgrade.failures else 'as it should be'}")
    sys.exit(1 if upgrade.failures else 0)
