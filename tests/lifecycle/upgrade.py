# SPDX-License-Identifier: MIT
"""An upgrade, seen by clients and by the kernel: upgrade.py CASE, in a network namespace
of its own, where the kernel's counters are the test's alone.

USHERD, USHERCTL and USHER_LOAD name the programs. Prints a line for each thing that went
wrong and exits with 1, or with 77 where it could not look.
"""
import ctypes
import http.client
import json
import os
import pwd
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import previous as previous_usherd

PATIENCE = 60.0
SKIPPED = 77
IN_NAMESPACE = "USHER_TEST_NAMESPACE"
IS_SANITIZED = "sanitize" in os.environ.get("USHER_TEST_BUILD", "")

SITE = """
admin = "unix:@dir@/admin.sock"
@more@
listener "web" { address = "127.0.0.1" port = @port@ service = {"site"} }
service "site" { route "/" { files = "@dir@/www" } }
limits { connections = 4000 }
timeouts { write = "60s" }
drain { deadline = "60s" }
upgrade { timeout = "@timeout@" }
log { access_format = off }
"""

failures = 0
latest = []  # servers, for who waits in vain


def demand(is_right, what):
    global failures
    if not is_right:
        failures += 1
        print(f"FAILED {what}", flush=True)
    return is_right


def wait_for(condition, what):
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            print(f"FAILED waited in vain for: {what}", flush=True)
            if latest:
                print(latest[-1].said()[-6000:], flush=True)
            sys.exit(1)
        time.sleep(0.01)


def enter_namespace():
    """Starts this program again in a network namespace, with its loopback up, and, where
    that can be, in one of processes, with which ends whatever it leaves behind."""
    if IN_NAMESPACE in os.environ:
        if subprocess.run(["ip", "link", "set", "lo", "up"], check=False).returncode != 0:
            print("SKIP the loopback interface cannot be set up")
            sys.exit(SKIPPED)
        return
    unshare = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    for more in (["--pid", "--fork", "--kill-child", "--mount-proc"], []):
        if subprocess.run(unshare + more + ["true"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0:
            os.environ[IN_NAMESPACE] = "1"
            os.execvp("unshare", unshare + more + [sys.executable] + sys.argv)
    print("SKIP no network namespace can be made here")
    sys.exit(SKIPPED)


def counters():
    """Those that tell of resets and of losses in the queue."""
    found = {}
    for path in ("/proc/net/snmp", "/proc/net/netstat"):
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            found.update(zip(names.split()[1:], map(int, values.split()[1:])))
    names = ("OutRsts", "EstabResets", "ListenOverflows", "ListenDrops", "TCPAbortOnClose",
             "TCPAbortOnData", "TCPAbortOnMemory", "TCPAbortOnTimeout", "TCPAbortOnLinger")
    return {name: found.get(name, 0) for name in names}


class Server:
    """A usherd and the row of its successors."""

    def __init__(self, port=8080, more="", timeout="40s", text=SITE, program=None,
                 prepare=None, before=()):
        self.place = tempfile.TemporaryDirectory(prefix="usher-upgrade-")
        self.dir = self.place.name
        self.port = port
        self.clients = []
        self.way_in = []  # to where usherctl runs
        os.mkdir(f"{self.dir}/www")
        with open(f"{self.dir}/www/small", "w", encoding="ascii") as file:
            file.write("small\n")
        self.big = os.urandom(1 << 16) * 128
        with open(f"{self.dir}/www/big", "wb") as file:
            file.write(self.big)
        self.text = text
        latest.append(self)
        self.configure(more, timeout)
        self.log = open(f"{self.dir}/log", "wb")
        if prepare:
            prepare(self)
        self.command = [*before, program or os.environ["USHERD"], "-c", f"{self.dir}/usher.conf"]
        self.start()
        wait_for(lambda: "ready\n" in self.said(), "ready")

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=self.log, stdout=self.log)

    def configure(self, more="", timeout="40s", text=None):
        text = (text or self.text).replace("@dir@", self.dir).replace("@port@", str(self.port))
        with open(f"{self.dir}/usher.conf", "w", encoding="ascii") as file:
            file.write(text.replace("@more@", more).replace("@timeout@", timeout))

    def said(self):
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def ctl(self, *words):
        return subprocess.run([*self.way_in, os.environ["USHERCTL"], "-s",
                               f"unix:{self.dir}/admin.sock", *words],
                              capture_output=True, text=True, timeout=PATIENCE * 3, check=False)

    def pid(self):
        done = self.ctl("status", "--json")
        if not demand(done.returncode == 0, f"the status is told: {done.stderr}"):
            print(self.said()[-3000:])
            sys.exit(1)
        return json.loads(done.stdout)["pid"]

    def upgrade(self, *arguments):
        """To a successor whose predecessor has left when this returns its pid."""
        before = self.said().count("which has no more")
        done = self.ctl("upgrade", "--json", *arguments)
        if not demand(done.returncode == 0, f"the upgrade succeeds: {done.stdout}{done.stderr}"):
            print(self.said()[-3000:])
            sys.exit(1)
        wait_for(lambda: self.said().count("which has no more") > before, "the handover's end")
        return json.loads(done.stdout)["pid"]

    def end(self):
        pid = self.pid()
        for sock in self.clients:
            sock.close()
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_alive(pid), "the end")
        self.process.wait(PATIENCE)
        demand(self.process.returncode == 0, f"exit status {self.process.returncode}")
        said = self.said()
        demand("runtime error" not in said and "Sanitizer" not in said and "WARNING: Thr" not in said, "no sanitizer speaks")
        if failures:
            print(said[-6000:])


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def connect(server, buffer=0):
    """A client's socket; with `buffer`, one that takes so many bytes at a time."""
    sock = socket.socket()
    server.clients.append(sock)
    sock.settimeout(PATIENCE)
    if buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.connect(("127.0.0.1", server.port))
    return sock


def ask(sock, path="/small"):
    """The body of the answer on a connection that stays."""
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    answer = http.client.HTTPResponse(sock)
    answer.begin()
    body = answer.read()
    demand(answer.status == 200, f"{path}: status {answer.status}")
    return body


def settle(server, count):
    """So many connections, each of which was answered once."""
    socks = [connect(server) for _ in range(count)]
    for sock in socks:
        ask(sock)
    return socks


def are_answered(socks):
    """Whether each of them is answered once more."""
    return all(ask(sock) == b"small\n" for sock in socks)


def head(reader):
    """The length of the body of the answer that comes next on a socket's file, where another
    one may follow: http.client reads beyond the one that it is asked for."""
    demand(b" 200 " in reader.readline(), "status 200")
    length = 0
    while (line := reader.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return length


def ports(server):
    """Of the clients, as the kernel lists the server's established connections."""
    found = set()
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file.read().splitlines()[1:]:
            words = line.split()
            if int(words[1].split(":")[1], 16) == server.port and words[3] == "01":
                found.add(int(words[2].split(":")[1], 16))
    return found


def load(server, seconds, *more):
    return subprocess.Popen(
        [os.environ["USHER_LOAD"], "-c", "200", "-d", f"{seconds}s", "--expect-no-loss", *more,
         f"http://127.0.0.1:{server.port}/small"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def expect_no_reset(before):
    after = counters()
    demand(after == before, f"the kernel counted: {before} became {after}")


# --- Cases ---------------------------------------------------------------------------


def load_through(server, seconds, change):
    """200 keep-alive clients through `change`, three times: no request fails, no connection is
    lost, and nobody is reset."""
    before = counters()
    client = load(server, seconds)
    time.sleep(1)
    clients = ports(server)
    for _ in range(3):
        change()
        time.sleep(0.2)
    demand(len(clients) >= 200 and ports(server) == clients, "the clients' ports are the same")
    said, _ = client.communicate(timeout=PATIENCE)
    demand(client.returncode == 0, f"usher-load: no loss: {said}")
    expect_no_reset(before)


def under_load():
    """200 keep-alive clients through upgrades: no request fails, no connection is lost."""
    server = Server()
    load_through(server, 6, server.upgrade)
    server.end()


def idle():
    """1,000 idle connections are still the same afterwards, and served by the successor."""
    server = Server()
    before = counters()
    socks = settle(server, 1000)
    clients = ports(server)
    server.upgrade()
    server.upgrade()
    demand(ports(server) == clients and len(clients) == 1000, "the same ports")
    demand(are_answered(socks), "each is answered")
    demand(ports(server) == clients, "the same ports after it")
    expect_no_reset(before)
    server.end()


def downloads():
    """Answers in progress are finished by the old process, and their connections follow."""
    server = Server()
    before = counters()
    socks = [connect(server, 4096) for _ in range(8)]
    for sock in socks:
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    answers = [http.client.HTTPResponse(sock) for sock in socks]
    for answer in answers:
        answer.begin()
    done = server.ctl("upgrade", "--json")
    demand(done.returncode == 0, f"the upgrade succeeds: {done.stdout}")
    demand(ask(connect(server)) == b"small\n", "the successor serves meanwhile")
    demand(is_alive(server.process.pid), "the old process is at it still")
    demand(all(answer.read() == server.big for answer in answers), "every answer is whole")
    wait_for(lambda: not server.process.poll() is None, "the old process to leave")
    demand(are_answered(socks), "the same connections go on")
    expect_no_reset(before)
    server.end()


ECHO_SITE = SITE.replace('route "/"', 'route "/echo" { echo = true } route "/"') + """
listener "stream" { address = "127.0.0.1" port = 8081 service = {"stream"} }
service "stream" { protocol = echo }
"""


def kinds():
    """Uploads, half-closed clients, requests behind a slow answer, and streams: each gets
    from the old process what it is owed; who may stay stays."""
    server = Server(text=ECHO_SITE)
    before = counters()
    upload, half_closed, pipelined = (connect(server, 4096) for _ in range(3))
    upload.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
    for sock in (half_closed, pipelined):
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    pipelined.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    half_closed.shutdown(socket.SHUT_WR)
    stream = socket.create_connection(("127.0.0.1", 8081), PATIENCE)
    server.clients.append(stream)
    stream.sendall(b"owed")
    demand(stream.recv(4, socket.MSG_WAITALL) == b"owed", "the stream echoes")
    readers = [sock.makefile("rb") for sock in (half_closed, pipelined)]
    lengths = [head(reader) for reader in readers]
    done = server.ctl("upgrade", "--json")
    demand(done.returncode == 0, f"the upgrade succeeds: {done.stdout}")
    demand(stream.recv(1) == b"", "the stream gets a FIN")
    stream.close()
    upload.sendall(b"half")
    answer = http.client.HTTPResponse(upload)
    answer.begin()
    demand(answer.read() == b"halfhalf", "the upload is answered whole")
    demand(all(reader.read(length) == server.big for reader, length in zip(readers, lengths)),
           "every answer is whole")
    demand(readers[0].read() == b"", "a FIN for the half-closed")
    readers[0].close()
    half_closed.close()
    demand(readers[1].read(head(readers[1])) == b"small\n", "the request behind the slow answer is answered")
    wait_for(lambda: not server.process.poll() is None, "the old process to leave")
    demand(ask(upload) == b"small\n" and ask(pipelined) == b"small\n", "these go on")
    expect_no_reset(before)
    server.end()


def half_heads():
    """A request of which a part has come goes along, however often: of a new connection, of
    one that has had answers, and behind an answer; the old process waits for none."""
    server = Server()
    before = counters()
    fresh, used, piped, blank = (connect(server) for _ in range(4))
    ask(used)
    ask(blank)
    blank.sendall(b"\r\n")  # as old clients do behind a body (RFC 9112 2.2)
    head = b"GET /small HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 3000 + b"\r\n\r\n"
    first = b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n"
    sent = {fresh: 1, used: len(head) - 1, piped: 40}
    for sock, count in sent.items():
        sock.sendall((first if sock is piped else b"") + head[:count])
    read = http.client.HTTPResponse(piped)
    read.begin()
    demand(read.read() == b"small\n", "the first of two is answered")
    for _ in range(2):
        server.upgrade()
        for sock in sent:
            sock.sendall(head[sent[sock]:sent[sock] + 1])
            sent[sock] += 1
    told = json.loads(server.ctl("connections", "--json").stdout)
    for sock in sent:
        sock.sendall(head[sent[sock]:])
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        demand(answer.status == 200 and answer.read() == b"small\n", "the successor answers")
        demand(ask(sock) == b"small\n", "and once more")
    demand(ask(blank) == b"small\n", "and behind an empty line")
    counts = sorted(row["requests"] for row in told["connections"])
    demand(counts == [1, 2, 2, 2], f"each request is counted once: {counts}")
    expect_no_reset(before)
    server.end()


def write_program(server, name, text):
    path = f"{server.dir}/{name}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def failing():
    """A successor that fails changes nothing, and its words are told."""
    server = Server(more="landlock = off", timeout="2s")
    sock = connect(server)
    pid = server.pid()

    def fails(words, *arguments):
        done = server.ctl("upgrade", *arguments)
        demand(done.returncode == 1, f"exit status 1, not {done.returncode}")
        demand(words in done.stderr, f"{words!r} in {done.stderr!r}")
        demand(ask(sock) == b"small\n" and ask(connect(server)) == b"small\n", "it serves on")
        demand(server.pid() == pid, "the same process")

    server.configure(text="nonsense = 1\n")
    fails("nonsense")
    server.configure(more='landlock = off\nlistener "other" { address = "203.0.113.1" port = 1 '
                          'service = {"site"} }', timeout="2s")
    fails("203.0.113.1")
    server.configure(more="landlock = off", timeout="2s")
    fails("exited with status 3",
          "--exec", write_program(server, "exits", "#!/bin/sh\necho why >&2\nexit 3\n"))
    fails("successor: why", "--exec", f"{server.dir}/exits")
    fails("SIGSEGV", "--exec", write_program(server, "crashes", "#!/bin/sh\nkill -SEGV $$\n"))
    fails("within upgrade.timeout",
          "--exec", write_program(server, "hangs", "#!/bin/sh\nexec sleep 600\n"))
    fails("another version", "--exec", fake(server, "version", "other_version"))
    fails("No such file", "--exec", f"{server.dir}/nothing")
    server.upgrade()
    demand(ask(sock) == b"small\n", "after all that an upgrade succeeds")
    server.end()


# A successor of the test's own, that speaks the protocol.
FAKE = """#!/usr/bin/env python3
import array, os, socket, struct, sys
link = socket.socket(fileno=int(os.environ["USHER_HANDOVER"].split(":")[0]))
link.setblocking(True)
def receive():
    data, control, _, _ = link.recvmsg(65536, 4096)
    return data
def header(kind, version=1):
    return b"sher" + struct.pack("<HH", version, kind)
count = struct.unpack_from("<I", receive(), 12)[0]
for _ in range(count):
    receive()
if "%s" == "other_version":
    link.send(header(3, 99))
else:
    link.send(header(3) + struct.pack("<II", os.getpid(), count) + b"\\1" * count)
    for _ in range(int("0%s")):
        batch = receive()
        link.send(header(6) + batch[8:16])
    if "%s" != "at once":
        receive()
    os._exit(9)
receive()
"""


def fake(server, name, way="", confirmed=0):
    """It ends without a word, once it has confirmed so many batches and got another one."""
    return write_program(server, name, FAKE % (way, confirmed, way))


def lost():
    """A successor that dies while it is handed connections loses none of them."""
    server = Server(more="landlock = off")
    before = counters()
    socks = settle(server, 200)
    half = connect(server)
    half.sendall(b"GET /small HTTP/1.1\r\nHo")
    clients = ports(server)
    program = fake(server, "dies", confirmed=0)
    demand(server.ctl("upgrade", "--exec", program).returncode == 0, "it said that it serves")
    wait_for(lambda: "this process serves on" in server.said(), "the successor's end")
    demand(are_answered(socks), "every connection is answered")
    demand(ask(connect(server)) == b"small\n", "and a new one")
    status = json.loads(server.ctl("status", "--json").stdout)
    demand(status["requests"]["in_flight"] == 1, f"one has begun: {status['requests']}")
    half.sendall(b"st: a\r\n\r\n")
    answer = http.client.HTTPResponse(half)
    answer.begin()
    demand(answer.read() == b"small\n", "it is answered")
    demand(clients <= ports(server), "the same ports")
    server.upgrade()
    demand(are_answered(socks), "and again after an upgrade")
    expect_no_reset(before)
    server.end()


def drained():
    """A drain ends a successor that does not serve yet."""
    server = Server(more="landlock = off")
    program = write_program(server, "hangs", "#!/bin/sh\nexec sleep 600\n")
    asked = subprocess.Popen([os.environ["USHERCTL"], "-s", f"unix:{server.dir}/admin.sock",
                              "upgrade", "--exec", program], stderr=subprocess.PIPE, text=True)
    wait_for(lambda: "was started, pid" in server.said(), "the successor's start")
    pid = int(re.search(r"was started, pid (\d+)", server.said()).group(1))
    server.process.send_signal(signal.SIGTERM)
    _, said = asked.communicate(timeout=PATIENCE)
    demand(asked.returncode == 1 and "the server drains" in said, f"it is told: {said}")
    demand(server.process.wait(PATIENCE) == 0, "exit status 0")
    demand(not is_alive(pid), "the successor has ended")


def versions():
    """A predecessor of another version is declined in words."""
    server = Server()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open(f"{server.dir}/declined", "wb") as err:
        child = subprocess.Popen(
            [os.environ["USHERD"], "-c", f"{server.dir}/usher.conf"], stderr=err,
            pass_fds=(theirs.fileno(), 2),
            env=dict(os.environ, USHER_HANDOVER=f"{theirs.fileno()}:2"))
        theirs.close()
        ours.send(b"sher" + struct.pack("<HH", 99, 1))
        child.wait(PATIENCE)
    demand(child.returncode == 1, f"exit status 1, not {child.returncode}")
    words = ours.recv(4096)
    demand(b"version 99" in words and words[6] == 4, f"a decline that says why: {words}")
    server.end()


def leaks():
    """Many upgrades in a row under load: descriptors and memory stay what they are."""
    count = 8 if IS_SANITIZED else 50
    server = Server()
    client = load(server, 600)
    before = counters()
    time.sleep(1)
    sizes = []
    for _ in range(count):
        pid = server.upgrade()
        wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) > 200, "the connections")
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            kib = int(re.search(r"RssAnon:\s+(\d+)", file.read()).group(1))
        sizes.append((len(os.listdir(f"/proc/{pid}/fd")), kib))
    client.send_signal(signal.SIGINT)
    said, _ = client.communicate(timeout=PATIENCE)
    print(f"descriptors and KiB of the first and the last: {sizes[0]} {sizes[-1]}")
    demand(abs(sizes[-1][0] - sizes[1][0]) <= 8, f"descriptors stay: {sizes}")
    demand(sizes[-1][1] < sizes[1][1] * 1.5 + 2048, f"memory stays: {sizes}")
    demand(client.returncode == 0, f"usher-load: no loss: {said}")
    expect_no_reset(before)
    server.end()


LOCAL = SITE + 'listener "local" { address = "unix:@dir@/web.sock" service = {"site"} }\n'


def paths():
    """Unix sockets: their paths are there at every moment, and are removed in the end."""
    server = Server(text=LOCAL)
    gaps = []
    is_over = threading.Event()
    names = [f"{server.dir}/admin.sock", f"{server.dir}/web.sock"]

    def watch():
        while not is_over.is_set():
            for name in names:
                try:
                    with socket.socket(socket.AF_UNIX) as sock:
                        sock.connect(name)
                except OSError as error:
                    gaps.append((name, str(error)))

    def local():
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(names[1])
        sock.settimeout(PATIENCE)
        return sock

    sock = local()
    ask(sock)
    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(3):
        server.upgrade()
    is_over.set()
    watcher.join()
    demand(not gaps, f"no moment without them: {gaps[:3]}")
    demand(ask(sock) == b"small\n" and ask(local()) == b"small\n", "both are answered")
    server.end()
    demand(not any(map(os.path.exists, names)), "the last one removes them")


def loops():
    """Another number of loops: every socket and connection finds its place."""
    server = Server(more="loops = 2")
    before = counters()
    socks = settle(server, 100)
    clients = ports(server)
    client = load(server, 6)
    for count in (1, 3, 2):
        server.configure(more=f"loops = {count}")
        server.upgrade()
        demand(are_answered(socks), f"loops = {count}: all answered")
        demand(ask(connect(server)) == b"small\n", f"loops = {count}: a new one")
    demand(clients <= ports(server), "the same ports")
    said, _ = client.communicate(timeout=PATIENCE)
    demand(client.returncode == 0, f"usher-load: no loss: {said}")
    expect_no_reset(before)
    server.end()


def changed():
    """A listener that the successor does not know drains; a new one is bound."""
    other = SITE.replace('"web"', '"other"').replace("@port@", "8081")
    server = Server()
    before = counters()
    sock = connect(server)
    ask(sock)
    server.configure(text=other)
    done = server.ctl("upgrade", "--json")
    demand(json.loads(done.stdout).get("sockets_left") == 1, f"one is left: {done.stdout}")
    sock.settimeout(PATIENCE)
    demand(sock.recv(1) == b"", "its connection gets our FIN")
    wait_for(lambda: not server.process.poll() is None, "the old process to leave")
    server.port = 8081
    demand(ask(connect(server)) == b"small\n", "the new one serves")
    expect_no_reset(before)
    server.end()


USER = "nobody"


def let_others_in(server):
    """What is served, and what it is told by, may be read by every user."""
    os.chmod(server.dir, 0o755)
    for name in ("www", "www/small", "www/big", "usher.conf"):
        os.chmod(f"{server.dir}/{name}", 0o755)


def uid_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"Uid:\s+\d+\s+(\d+)", file.read()).group(1))


def expect_decline(server, words, *arguments):
    """An upgrade that fails with these words, and changes nothing."""
    pid = server.pid()
    done = server.ctl("upgrade", *arguments)
    demand(done.returncode == 1 and words in done.stderr,
           f"{words!r}: exit status {done.returncode}, {done.stderr}")
    demand(server.pid() == pid, "the same process")
    demand(ask(connect(server)) == b"small\n", "it serves on")


def as_user():
    """Started as root, it has become another user: the successor begins as that one, keeps
    the privileged port, and says what it may not do."""
    uid = pwd.getpwnam(USER).pw_uid
    with open("/proc/self/uid_map", encoding="ascii") as file:
        ranges = [list(map(int, line.split())) for line in file]
    if not any(first <= uid < first + count for first, _, count in ranges):
        print(f"SKIP takes root, and the user {USER}")
        sys.exit(SKIPPED)
    installed = Installed(os.environ["USHERD"])
    os.chmod(installed.place.name, 0o755)
    as_nobody = f'user = "{USER}"'
    server = Server(port=80, more=as_nobody, program=installed.path, prepare=let_others_in)
    sock = connect(server)
    ask(sock)
    for _ in range(2):
        pid = server.upgrade()
        demand(uid_of(pid) == uid, "it runs as the user")
        demand(ask(sock) == b"small\n" and ask(connect(server)) == b"small\n", "it serves")
    server.configure(more=as_nobody + 'listener "other" { address = "127.0.0.1" port = 81 '
                                      'service = {"site"} }')
    expect_decline(server, "127.0.0.1:81")
    expect_decline(server, "Permission denied")
    server.configure(more=as_nobody)
    os.chmod(f"{server.dir}/usher.conf", 0o600)
    expect_decline(server, "usher.conf: Permission denied")
    os.chmod(f"{server.dir}/usher.conf", 0o644)
    server.configure(more=as_nobody, text=SITE.replace(
        "access_format = off", f'access = "{server.dir}/access.log"'))
    expect_decline(server, "access.log cannot be written: Permission denied")
    server.configure(more=as_nobody)
    os.chmod(installed.path, 0o700)
    expect_decline(server, "cannot be started: Permission denied")
    os.chmod(installed.path, 0o755)
    server.upgrade()
    demand(ask(sock) == b"small\n", "after all that an upgrade succeeds")
    server.end()


def has_landlock():
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) > 0


def confined():
    """Landlock's rules hold for each successor, which sees itself as its predecessor did, and
    says what is beyond them."""
    if not has_landlock():
        print("SKIP this kernel has no Landlock, or has it switched off")
        sys.exit(SKIPPED)
    count = 18  # layers of rules: 16 at most
    installed = Installed(os.environ["USHERD"])
    server = Server(more="landlock = on", program=installed.path)
    sock = connect(server)
    ask(sock)
    for _ in range(count):
        server.upgrade()
        demand(ask(sock) == b"small\n", "the same connection")
    told = json.loads(server.ctl("status", "--json").stdout)["process"]
    demand(all(told[name] > 0 for name in ("resident_bytes", "open_fds", "threads")),
           f"it sees itself: {told}")
    demand(server.ctl("reload").returncode == 0, "a reload")
    demand(ask(sock) == b"small\n", "the same connection")
    with tempfile.TemporaryDirectory(prefix="usher-beyond-") as beyond:
        server.configure(more="landlock = on",
                         text=SITE.replace("@dir@/www", f"{beyond}/www"))
        os.mkdir(f"{beyond}/www")
        expect_decline(server, f"{beyond}/www")
    server.configure(more="landlock = on")
    other = Installed(os.environ["USHERD"])
    expect_decline(server, "directory of usherd", "--exec", other.path)
    server.upgrade()
    demand(ask(sock) == b"small\n", "after all that an upgrade succeeds")
    server.end()


def strict():
    """Under landlock = strict nothing may be started: it says so, and goes on."""
    if not has_landlock():
        print("SKIP this kernel has no Landlock, or has it switched off")
        sys.exit(SKIPPED)
    server = Server(more="landlock = strict")
    sock = connect(server)
    ask(sock)
    expect_decline(server, "landlock = strict")
    expect_decline(server, "landlock = strict", "--exec", "/bin/true")
    os.kill(server.process.pid, signal.SIGUSR2)
    wait_for(lambda: "SIGUSR2: " in server.said(), "the reason in the log")
    demand(ask(sock) == b"small\n", "the same connection")
    server.end()


class Installed:
    """A place on disk where one binary replaces another."""

    def __init__(self, original):
        self.place = tempfile.TemporaryDirectory(prefix="usher-upgrade-bin-")
        self.path = f"{self.place.name}/usherd"
        self.put(original)

    def put(self, original):
        subprocess.run(["cp", original, f"{self.path}.new"], check=True)
        os.rename(f"{self.path}.new", self.path)

    def is_run_by(self, pid):
        return os.path.samefile(f"/proc/{pid}/exe", self.path)


def by_signal():
    """SIGUSR2, and a binary that was replaced on disk."""
    installed = Installed(os.environ["USHERD"])
    server = Server(program=installed.path)
    sock = connect(server)
    ask(sock)
    installed.put(os.environ["USHERD"])
    os.kill(server.process.pid, signal.SIGUSR2)
    wait_for(lambda: "which has no more" in server.said(), "the handover")
    pid = server.pid()
    demand(pid != server.process.pid, "another process")
    demand(installed.is_run_by(pid), "the new binary")
    demand(ask(sock) == b"small\n", "the same connection")
    server.end()


def replace(first, second, is_understood):
    """A usherd by another one and back, under load; where that speaks another version of
    the handover it has to say so, and the first goes on."""
    installed = Installed(first)
    # The leak sanitizer looks into /proc, which not every predecessor's rules allow.
    server = Server(program=installed.path, more="landlock = off" if IS_SANITIZED else "")
    socks = settle(server, 100)
    client = load(server, 600)
    before = counters()
    wait_for(lambda: len(ports(server)) >= 300, "the clients")
    clients = ports(server)
    for binary in (second, first) if is_understood else ():
        installed.put(binary)
        pid = server.upgrade()
        demand(installed.is_run_by(pid), "the installed binary runs")
        demand(are_answered(socks), "every connection is answered")
    if not is_understood:
        pid = server.pid()
        installed.put(second)
        done = server.ctl("upgrade")
        demand(done.returncode == 1 and "version" in done.stderr, f"a decline: {done}")
        demand(server.pid() == pid, "the old process goes on")
    demand(ports(server) == clients, "the clients' ports are the same")
    client.send_signal(signal.SIGINT)
    said, _ = client.communicate(timeout=PATIENCE)
    demand(client.returncode == 0, f"usher-load: no loss: {said}")
    expect_no_reset(before)
    server.end()


def previous():
    """The previous commit's usherd to this one and back, and the other way round."""
    try:
        program, tree, name = previous_usherd.build(os.environ["USHER_PREVIOUS"])
    except previous_usherd.Unavailable as why:
        print(f"SKIP {why}")
        sys.exit(SKIPPED)
    spoken = [previous_usherd.version_of(each) for each in (tree, previous_usherd.SOURCE)]
    print(f"the previous usherd is that of {name}; versions of the handover: {spoken}")
    replace(program, os.environ["USHERD"], spoken[0] == spoken[1])
    replace(os.environ["USHERD"], program, spoken[0] == spoken[1])


CASES = {case.__name__: case for case in (under_load, idle, downloads, kinds, half_heads, failing, lost, drained, versions,
                                          leaks, paths, loops, changed, by_signal, as_user, confined, strict,
                                          previous)}

def main(cases):
    enter_namespace()
    cases[sys.argv[1]]()
    print(f"[{sys.argv[1]}] {'failed' if failures else 'as it should be'}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main(CASES)
