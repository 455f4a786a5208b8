# SPDX-License-Identifier: MIT
"""Files: nothing outside the root is served, whatever is asked and whoever changes
the tree meanwhile; and what is no file, or no longer one, is answered or ended, but
never waited for.

    USHERD=… python3 tests/hostile/files.py traversal|race|strange

"race" has a process swap a directory for a symbolic link out of the root as fast as
it can, while clients ask for what lies behind it.
"""
import itertools
import os
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
import usherd as harness

CONFIG = """
log { access = "@dir@/access.log" access_format = json }
listener "web" { address = "127.0.0.1" port = 0 service = {"web"} }
service "web" { route "/" { files = "@dir@/root" dotfiles = true autoindex = html } }
timeouts { linger = 1s }
drain { deadline = 5s idle_grace = 100ms }
"""
SECRET = b"what nobody outside may read"
RACE_SECONDS = 4

# Ways to write "..", "/" and what a decoder may take for them.
DOTS = ("..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
        "%uff0e%uff0e", "..;", "..%00", "..%0d%0a", "...", "....//..", "%2e%2e%2e", "\\..", "..\\")
SLASHES = ("/", "%2f", "%2F", "%5c", "\\", "%252f", "%c0%af", "//", "/./", "%u2215")

# Exchanges two names atomically (renameat2(2), RENAME_EXCHANGE) as fast as it can.
SWAPPER = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = sys.argv[1].encode(), sys.argv[2].encode()
print("swapping", flush=True)
while libc.renameat2(-100, a, -100, b, 2) == 0:
    pass
print("error", ctypes.get_errno(), flush=True)
"""


def make_tree(directory):
    """A root, and a secret beside it."""
    os.makedirs(os.path.join(directory, "root", "sub", "deep"))
    os.makedirs(os.path.join(directory, "outside"))
    for path, content in (("root/sub/deep/file.txt", b"inside"), ("root/file.txt", b"inside"),
                          ("outside/file.txt", SECRET), ("secret.txt", SECRET),
                          ("outside/index.html", SECRET)):
        with open(os.path.join(directory, path), "wb") as file:
            file.write(content)


def test_traversal(verdict, server):
    """Every spelling of the way out."""
    port = server.ports[0]
    for dots, slash, depth in itertools.product(DOTS, SLASHES, (1, 2, 3)):
        for start_at in ("/", "/sub/", "/sub/deep/"):
            for name in ("secret.txt", "outside/file.txt"):
                path = start_at + (dots + slash) * depth + name
                status, body = harness.get(port, path)
                verdict.demand(SECRET not in body and status not in (0, 200, 500),
                               f"{path}: not served; {status}")
    for path in ("http://a/../secret.txt", "file:///etc/passwd", "//etc/passwd", "/sub/../../",
                 "*", "/%00", "/file.txt%00.html", "/file.txt/", "/" + "a/" * 3000):
        status, body = harness.get(port, path)
        verdict.demand(SECRET not in body and b"root:" not in body and status not in (0, 500),
                       f"{path[:60]}: {status}")
    verdict.demand(harness.get(port, "/sub/../file.txt") == (200, b"inside"),
                   "a way that stays inside is served")


def race(port, until, seen):
    """Asks for what is behind the directory that is swapped."""
    with harness.connect(port) as sock:
        while time.monotonic() < until:
            sock.sendall(b"GET /swapped/file.txt HTTP/1.1\r\nHost: a\r\n\r\n"
                         b"GET /swapped/ HTTP/1.1\r\nHost: a\r\n\r\n"
                         b"GET /swapped/deep/file.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = b""
            while answer.count(b"HTTP/1.1 ") < 3 or harness.wait_readable(sock, 0):
                piece = sock.recv(65536)
                if not piece:
                    seen["ended"] = True
                    return
                answer += piece
            seen["leaks"] += answer.count(SECRET)
            seen["asked"] += 3
            seen["served"] += answer.count(b"inside")


def test_race(verdict, server):
    """A directory and a link out of the root, exchanged again and again."""
    root = os.path.join(server.directory, "root")
    swapped, other = os.path.join(root, "swapped"), os.path.join(server.directory, "other")
    os.makedirs(os.path.join(swapped, "deep"))
    for path in ("file.txt", "deep/file.txt"):
        with open(os.path.join(swapped, path), "wb") as file:
            file.write(b"inside")
    os.symlink("../outside", other)
    seen = {"leaks": 0, "asked": 0, "served": 0, "ended": False}
    with subprocess.Popen([sys.executable, "-c", SWAPPER, swapped, other],
                          stdout=subprocess.PIPE) as swapper:
        swapper.stdout.readline()
        until = time.monotonic() + RACE_SECONDS
        clients = [threading.Thread(target=race, args=(server.ports[0], until, seen))
                   for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        verdict.demand(swapper.poll() is None, "the swapper went on swapping")
        swapper.kill()
    print(f"asked {seen['asked']} times, served {seen['served']} times")
    verdict.demand(seen["leaks"] == 0, f"nothing outside the root is served: {seen['leaks']} times")
    verdict.demand(not seen["ended"], "connections stay")
    verdict.demand(seen["served"] > 10 and seen["served"] < seen["asked"],
                   "both were met: the directory and the link")


def test_strange(verdict, server):
    """What is no file, or is one no more."""
    root, port = os.path.join(server.directory, "root"), server.ports[0]
    os.mkfifo(os.path.join(root, "fifo"))
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(os.path.join(root, "socket"))
    os.symlink("/dev/zero", os.path.join(root, "zero"))
    os.symlink("loop", os.path.join(root, "loop"))
    os.symlink("/proc/self/root/etc/passwd", os.path.join(root, "magic"))
    os.mkdir(os.path.join(root, "index-is-directory"))
    os.mkdir(os.path.join(root, "index-is-directory", "index.html"))
    try:
        os.mknod(os.path.join(root, "device"), 0o20666, os.makedev(1, 5))
    except OSError:
        print("no device can be made here")
    for name in ("fifo", "socket", "zero", "loop", "magic", "device", "fifo/", "file.txt/x"):
        began = time.monotonic()
        status, _ = harness.get(port, "/" + name)
        verdict.demand(status in (403, 404), f"{name}: {status}")
        verdict.demand(time.monotonic() - began < 5, f"{name} is not waited for")
    verdict.demand(harness.get(port, "/index-is-directory/")[0] in (200, 301, 308, 403, 404),
                   "an index that is a directory")
    check_changes(verdict, root, port)


def check_changes(verdict, root, port):
    """Files that shrink, or vanish, while they are sent."""
    path = os.path.join(root, "large")
    size = 64 << 20
    for change in ("shrink", "vanish"):
        with open(path, "wb") as file:
            file.truncate(size)
        with harness.connect(port) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            sock.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            got = len(sock.recv(1000))
            if change == "shrink":
                os.truncate(path, 1000)
            else:
                os.unlink(path)
            try:
                while piece := sock.recv(1 << 20):
                    got += len(piece)
                    if got > size:
                        break  # a vanished file is sent whole, and the connection stays
            except OSError:
                pass
        if change == "shrink":
            verdict.demand(got < size, "a file that shrinks ends the connection, short")
        else:
            verdict.demand(got > size, "a file that vanishes is still sent whole")
        verdict.demand(harness.get(port, "/file.txt")[0] == 200, f"all is well after {change}")


def main():
    what = sys.argv[1]
    verdict = harness.Verdict(f"files {what}")
    server = harness.Usherd(CONFIG, prepare=make_tree)
    try:
        {"traversal": test_traversal, "race": test_race, "strange": test_strange}[what](
            verdict, server)
        verdict.demand(server.stop(), "usherd ends in good order")
    finally:
        server.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
