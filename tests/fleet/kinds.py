# SPDX-License-Identifier: MIT
"""Kinds: what each kind of connection sees when usherd reloads, when it is killed
(crash), and some kinds when it ends in good order (stop). docs/zero-loss.md has the table.

    python3 tests/fleet/kinds.py crash | reload | stop
"""
import os
import pathlib
import signal
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hostile"))
import usherd as harness

CONFIG = """
listener "web" { address = "127.0.0.1"  port = 0  service = "site"  send_buffer = "64k" }
listener "local" { address = "unix:@dir@/web.sock"  transport = unix  service = "site" }
listener "stream" { address = "127.0.0.1"  port = 0  service = "stream" }
service "stream" { protocol = echo }
service "site" {
	protocol = http
	route "/" { respond = 200 body = "hello" }
	route "/echo" { echo = true }
	route "/files/" { files = "@dir@/www" }
}
timeouts { park = "50ms" }
drain { idle_grace = "3s"  deadline = "30s" }
log { level = debug }
"""
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = 16 << 20
LARGE_GET = GET.replace(b"/ ", b"/files/large ")
POST = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"


def prepare(directory):
    """A file that fits into no buffer on its way."""
    os.mkdir(directory + "/www")
    with open(directory + "/www/large", "wb") as file:
        file.truncate(LARGE)


def until_end(sock):
    """What still comes, and how it ends: a FIN or a reset."""
    answer = b""
    try:
        while piece := sock.recv(1 << 20):
            answer += piece
        return answer, "FIN"
    except (ConnectionResetError, BrokenPipeError):
        return answer, "reset"


def exchange(sock, request, expected):
    """Sends, and reads until the expected bytes have come."""
    sock.sendall(request)
    answer = b""
    while expected not in answer:
        answer += sock.recv(65536)
    return answer


def make_kinds(server):
    """A connection of each kind that usherd has accepted, by its name."""
    web, stream = server.ports
    kinds = {name: harness.connect(web) for name in ("idle", "parked", "upload", "download",
                                                     "half-closed", "pipelined")}
    kinds["unix"] = harness.connect(server.directory + "/web.sock")
    kinds["stream"] = harness.connect(stream)
    exchange(kinds["parked"], GET, b"hello")
    server.wait_for(lambda said: "-> parked" in said, "-> parked")
    exchange(kinds["idle"], GET, b"hello")
    exchange(kinds["unix"], GET, b"hello")
    exchange(kinds["stream"], b"ping", b"ping")
    exchange(kinds["upload"], POST + b"part", b"part")
    exchange(kinds["download"], LARGE_GET, b"200")
    exchange(kinds["half-closed"], LARGE_GET, b"200")
    exchange(kinds["pipelined"], LARGE_GET + GET, b"200")
    kinds["half-closed"].shutdown(socket.SHUT_WR)
    return kinds


def test_crash(verdict, server):
    """SIGKILL: the kernel ends what usherd had, each in its way."""
    kinds = make_kinds(server)
    server.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)
    kinds["queued"] = harness.connect(server.ports[0])
    kinds["sent"] = harness.connect(server.ports[0])
    kinds["sent"].sendall(GET)
    kinds["late"] = kinds.pop("idle")
    kinds["late"].sendall(GET)
    server.process.kill()
    server.process.wait()
    seen = {name: until_end(sock) for name, sock in kinds.items()}
    for name in ("parked", "unix", "stream", "upload"):
        verdict.demand(seen[name] == (b"", "FIN"), f"{name}: a FIN and nothing else")
    for name in ("queued", "sent", "late"):
        verdict.demand(seen[name] == (b"", "reset"), f"{name}: a reset and nothing else")
    for name in ("download", "half-closed", "pipelined"):
        verdict.demand(len(seen[name][0]) < LARGE - (1 << 20), f"{name}: no whole answer")
    for name, (answer, end) in seen.items():
        print(f"{name}: {len(answer)} bytes, then a {end}")


def rest_of(sock, already):
    """The rest of a large answer, and what follows it, until `already` and it are there."""
    answer = b""
    while len(answer) < LARGE - already:
        piece = sock.recv(1 << 20)
        if not piece:
            break
        answer += piece
    return answer


def test_reload(verdict, server):
    """SIGHUP: every connection stays, and its next request is answered anew."""
    kinds = make_kinds(server)
    path = pathlib.Path(server.directory) / "usher.conf"
    path.write_text(path.read_text().replace('body = "hello"', 'body = "anew"'))
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(lambda said: "generation 2 serves" in said, "generation 2 serves")
    for name in ("idle", "parked", "unix"):
        verdict.demand(b"anew" in exchange(kinds[name], GET, b"anew"), f"{name}: the new answer")
    verdict.demand(exchange(kinds["stream"], b"pong", b"pong") == b"pong", "stream: goes on")
    verdict.demand(b"x" * 996 in exchange(kinds["upload"], b"x" * 996, b"x" * 996),
                   "upload: echoed to its end")
    # Heads and what had been read of the bodies make the difference.
    verdict.demand(len(rest_of(kinds["download"], 1 << 20)) >= LARGE - (1 << 20),
                   "download: whole")
    answer, end = until_end(kinds["half-closed"])
    verdict.demand(len(answer) > LARGE - (1 << 20) and end == "FIN", "half-closed: whole")
    kinds["pipelined"].shutdown(socket.SHUT_WR)
    answer, end = until_end(kinds["pipelined"])
    verdict.demand(len(answer) > LARGE - (1 << 20) and answer.count(b"HTTP/1.1 200") == 1
                   and end == "FIN", "pipelined: both answers")
    for sock in kinds.values():
        sock.close()
    verdict.demand(server.stop(), "it ends in good order")


def test_stop(verdict, server):
    """SIGTERM: what is on its way arrives; streams get what they are owed, and a FIN."""
    stream = [harness.connect(server.ports[1]) for _ in range(2)]
    for sock in stream:
        exchange(sock, b"ping", b"ping")
    half, unix = harness.connect(server.ports[0]), harness.connect(server.directory + "/web.sock")
    exchange(half, LARGE_GET, b"200")
    half.shutdown(socket.SHUT_WR)
    exchange(unix, GET, b"hello")
    server.process.send_signal(signal.SIGTERM)
    server.wait_for(lambda said: "draining" in said, "draining")
    stream[0].sendall(b"the last words")
    verdict.demand(until_end(stream[0]) == (b"the last words", "FIN"), "what is sent is echoed")
    verdict.demand(until_end(stream[1]) == (b"", "FIN"), "a silent stream gets a FIN")
    verdict.demand(b"Connection: close" in exchange(unix, GET, b"hello"), "unix: once more")
    verdict.demand(until_end(unix)[1] == "FIN", "unix: a FIN")
    answer, end = until_end(half)
    verdict.demand(len(answer) > LARGE - (1 << 20) and end == "FIN", "half-closed: whole")
    for sock in (*stream, half, unix):
        sock.close()
    verdict.demand(server.stop(), "nothing is cut")


def main():
    way = sys.argv[1]
    verdict = harness.Verdict("kinds " + way)
    server = harness.Usherd(CONFIG, prepare)
    try:
        {"crash": test_crash, "reload": test_reload, "stop": test_stop}[way](verdict, server)
    finally:
        if server.process.poll() is None:
            server.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
