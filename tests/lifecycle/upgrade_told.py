# SPDX-License-Identifier: MIT
"""What the service manager sees of an upgrade, and process 1: upgrade_told.py CASE, as
upgrade.py, whose environment it takes.

The manager is the test's own. It hears by the rules of the unit file's NotifyAccess=, as
systemd does: of a message of somebody who may not speak it takes nothing.
"""
import array
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import upgrade
from upgrade import are_answered, ask, connect, demand, ports, settle, wait_for

UNIT = upgrade.previous_usherd.SOURCE / "conf/usher.service.in"


class Manager:
    """Follows the main process of a service by what it is told."""

    def __init__(self):
        self.place = tempfile.TemporaryDirectory(prefix="usher-manager-")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.sock.bind(f"{self.place.name}/notify")
        self.sock.setblocking(False)
        self.access = re.search(r"^NotifyAccess=(\w+)", UNIT.read_text(), re.M).group(1)
        self.main = 0
        self.status = ""
        self.is_ready = False
        self.is_stopping = False
        self.heard = []
        os.environ["NOTIFY_SOCKET"] = f"{self.place.name}/notify"

    def start(self, **options):
        server = upgrade.Server(**options)
        self.main = server.process.pid
        self.listen()
        demand(self.is_ready and self.status == "serving", f"it is ready: {self.heard}")
        return server

    def listen(self):
        """Takes what has come by now."""
        while True:
            try:
                words, control, _, _ = self.sock.recvmsg(4096, 1024)
            except BlockingIOError:
                return
            pid = 0
            for _, kind, data in control:
                if kind == socket.SCM_CREDENTIALS:
                    pid = struct.unpack("3i", data)[0]
                else:  # it has no store
                    for fd in array.array("i", data):
                        os.close(fd)
            if self.access == "all" or pid == self.main:
                self.take(pid, dict(line.split("=", 1) for line in words.decode().splitlines()))

    def take(self, pid, said):
        self.heard.append((pid, said))
        self.main = int(said.get("MAINPID", self.main))
        self.status = said.get("STATUS", self.status)
        self.is_ready |= said.get("READY") == "1"
        self.is_stopping |= said.get("STOPPING") == "1"

    def expect(self, main, status):
        """Waits until it knows of this main process, and its status."""
        def is_so():
            self.listen()
            return self.main == main and re.fullmatch(status, self.status)
        try:
            wait_for(is_so, f"main process {main}, {status!r}")
        except SystemExit:
            print(f"It is {self.main}, {self.status!r}, of: {self.heard}")
            raise


# --- Cases ---------------------------------------------------------------------------


def told():
    """Of an upgrade that succeeds and one that fails."""
    manager = Manager()
    server = manager.start(more="landlock = off", timeout="2s")
    pid = server.process.pid
    program = upgrade.write_program(server, "hangs", "#!/bin/sh\nexec sleep 600\n")
    demand(server.ctl("upgrade", "--exec", program).returncode == 1, "one that hangs")
    manager.expect(pid, "serving; the last upgrade failed, see the log")
    demand(not any("MAINPID" in said for _, said in manager.heard), "nobody else was main")
    for _ in range(2):
        pid = server.upgrade()
        manager.expect(pid, "serving")
    places = [i for i, (_, said) in enumerate(manager.heard) if "MAINPID" in said]
    demand(len(places) == 2, f"two others were: {manager.heard}")
    demand(all(f"handing over to pid {said['MAINPID']}" == said["STATUS"]
               for _, said in manager.heard if "MAINPID" in said), "it says to whom")
    last = [(who, said) for who, said in manager.heard if "STATUS" in said][-1]
    demand(last == (pid, {"READY": "1", "STATUS": "serving"}), f"the last word: {last}")
    demand(not manager.is_stopping, "nobody stops")
    server.end()
    manager.listen()
    demand(manager.is_stopping and manager.main == pid, "the successor stops")


def handing():
    """While answers are in progress in the old process nobody but the successor has a
    status; and a signal that ends does not cut them."""
    manager = Manager()
    server = manager.start()
    before = upgrade.counters()
    sock = connect(server, 4096)
    sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = upgrade.http.client.HTTPResponse(sock)
    answer.begin()
    pid = upgrade.json.loads(server.ctl("upgrade", "--json").stdout)["pid"]
    manager.expect(pid, f"handing over to pid {pid}")
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: "handing over for 2 s: 1 connections left" in server.said(), "two seconds")
    manager.expect(pid, f"handing over to pid {pid}")
    demand(answer.read() == server.big, "the answer is whole")
    demand(server.process.wait(upgrade.PATIENCE) == 0, "the old process leaves in good order")
    demand(ask(sock) == b"small\n", "the connection goes on")
    manager.expect(pid, "serving")
    demand(not manager.is_stopping, "nobody stops")
    upgrade.expect_no_reset(before)
    server.end()


def deaths():
    """A successor that dies after it was ready: before it is handed a connection, while it
    is, and when it has confirmed some. The old process is main again, and what was not
    confirmed is its own."""
    manager = Manager()
    server = manager.start(more="landlock = off")
    pid = server.process.pid
    socks = []
    for name, way, confirmed in (("early", "at once", 0), ("amid", "", 0), ("late", "", 2)):
        while len(socks) < 200:
            socks.append(connect(server))
            ask(socks[-1])
        before = server.said().count("this process serves on")
        program = upgrade.fake(server, name, way, confirmed)
        demand(server.ctl("upgrade", "--exec", program).returncode == 0, f"{name}: it serves")
        wait_for(lambda: server.said().count("this process serves on") > before, "its end")
        manager.expect(pid, "serving; a successor has gone, see the log")
        # What it has confirmed was its own, and ends with it.
        open_now = ports(server)
        kept = [sock for sock in socks if sock.getsockname()[1] in open_now]
        demand(len(socks) - len(kept) == confirmed * 64, f"{name}: {len(kept)} connections stay")
        demand(are_answered(kept), f"{name}: each is answered")
        socks = kept + [connect(server)]
        demand(ask(socks[-1]) == b"small\n", f"{name}: and a new one")
    pid = server.upgrade()
    manager.expect(pid, "serving")
    demand(not manager.is_stopping, "nobody stops")
    server.end()


def leaving():
    """A successor that drains while the old process has connections still: both see their
    own out, and nothing is lost."""
    manager = Manager()
    server = manager.start()
    before = upgrade.counters()
    socks = [connect(server, 4096) for _ in range(4)]
    for sock in socks:
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    answers = [upgrade.http.client.HTTPResponse(sock) for sock in socks]
    for answer in answers:
        answer.begin()
    idle = settle(server, 20)
    pid = upgrade.json.loads(server.ctl("upgrade", "--json").stdout)["pid"]
    manager.expect(pid, f"handing over to pid {pid}")
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: "the others are seen out here" in server.said(), "the old one hears of it")
    manager.expect(pid, "draining.*")
    demand(manager.is_stopping, "the service stops")
    demand(are_answered(idle), "idle ones are answered once more")
    demand(all(answer.read() == server.big for answer in answers), "every answer is whole")
    demand(all(sock.recv(1) == b"" for sock in socks + idle), "a FIN for each")
    for sock in server.clients:
        sock.close()
    demand(server.process.wait(upgrade.PATIENCE) == 0, "the old process ends in good order")
    wait_for(lambda: not upgrade.is_alive(pid), "the successor's end")
    demand(server.said().count("0 cut, no reset sent") == 2, "two reports, nothing cut")
    upgrade.expect_no_reset(before)


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def main_of(first):
    """The process that serves in the container whose process 1 is `first`."""
    found = children_of(first)
    return found[0] if len(found) == 1 else None


def start_container(**options):
    """A server, its host's number of process 1, and a way to end what is left of it."""
    before = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    if subprocess.run([*before, "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        print("SKIP no namespace of processes can be made here")
        sys.exit(upgrade.SKIPPED)
    server = upgrade.Server(before=before, **options)
    first = children_of(server.process.pid)[0]
    # A process that is outside is nobody who could be trusted.
    server.way_in = ["nsenter", "--target", str(first), "--pid", "--mount"]
    demand(server.pid() == 1, "the server is process 1")
    return server, first


def process_one():
    """As process 1 of a container: it stays behind its successors, passes signals on, and
    ends with the last one."""
    server, first = start_container()
    before = upgrade.counters()
    socks = settle(server, 100)
    client = upgrade.load(server, 600)
    wait_for(lambda: len(ports(server)) >= 300, "the clients")
    clients = ports(server)
    for _ in range(3):
        demand(server.upgrade() > 1, "the successor is another process")
        wait_for(lambda: main_of(first), "one process besides")
        demand(are_answered(socks), "every connection is answered")
    demand(ports(server) == clients, "the clients' ports are the same")
    client.send_signal(signal.SIGINT)
    said, _ = client.communicate(timeout=upgrade.PATIENCE)
    demand(client.returncode == 0, f"usher-load: no loss: {said}")
    upgrade.expect_no_reset(before)
    os.kill(first, signal.SIGHUP)
    wait_for(lambda: "SIGHUP: reloading" in server.said(), "SIGHUP is passed on")
    wait_for(lambda: "generation 2 serves" in server.said(), "the reload")
    for sock in server.clients:
        sock.close()
    os.kill(first, signal.SIGTERM)
    demand(server.process.wait(upgrade.PATIENCE) == 0, "exit status 0")
    demand(server.said().count("SIGTERM: draining") == 1, "it drained once")
    demand("Sanitizer" not in server.said(), "no sanitizer speaks")


def process_one_amid():
    """A signal for process 1 while its answers are in progress: both drain, nothing is cut."""
    server, first = start_container()
    sock = connect(server, 4096)
    sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = upgrade.http.client.HTTPResponse(sock)
    answer.begin()
    demand(server.ctl("upgrade").returncode == 0, "the successor serves")
    os.kill(first, signal.SIGTERM)
    wait_for(lambda: "SIGTERM: draining" in server.said(), "the successor hears of it")
    demand(answer.read() == server.big, "the answer is whole")
    demand(sock.recv(1) == b"", "and then a FIN")
    sock.close()
    demand(server.process.wait(upgrade.PATIENCE) == 0, "exit status 0")
    demand(server.said().count("0 cut, no reset sent") == 2, "two reports, nothing cut")


def process_one_killed():
    """A successor that is killed ends process 1, and with it the container."""
    server, first = start_container()
    server.upgrade()
    wait_for(lambda: main_of(first), "one process besides")
    os.kill(main_of(first), signal.SIGKILL)
    status = server.process.wait(upgrade.PATIENCE)
    demand(status == 1, f"exit status {status}")
    demand(f"exit status {128 + signal.SIGKILL}" in server.said(), "the log says why")


CASES = {case.__name__: case for case in (told, handing, deaths, leaving, process_one,
                                          process_one_amid, process_one_killed)}

if __name__ == "__main__":
    upgrade.main(CASES)
