# SPDX-License-Identifier: MIT
"""An upgrade in which every second call that hands descriptors over fails for now: all
connections arrive all the same, and are served by the successor.

    USHERD=… python3 tests/hostile/handover.py handover_faults.so
"""
import json
import os
import signal
import sys

sys.dont_write_bytecode = True
import usherd as harness

CONFIG = """
admin = "unix:@dir@/admin.sock"
landlock = off
listener "web" { address = "127.0.0.1" port = 0 service = {"web"} }
listener "other" { address = "127.0.0.1" port = 0 service = {"web"} }
service "web" { route "/" { respond = 200 body = "well" } }
timeouts { park = 100ms linger = 1s }
drain { deadline = 5s idle_grace = 100ms }
"""
CLIENTS = 600  # several batches
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def ask(sock):
    """Whether the connection is served."""
    sock.sendall(REQUEST)
    return b" 200 OK" in sock.recv(4096)


def is_alive(pid):
    """Whether it runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def main():
    os.environ["LD_PRELOAD"] = os.path.abspath(sys.argv[1])
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    verdict = harness.Verdict("handover")
    server, pids = harness.Usherd(CONFIG), []
    del os.environ["LD_PRELOAD"]
    try:
        socks = [harness.connect(server.ports[number % 2]) for number in range(CLIENTS)]
        verdict.demand(all(ask(sock) for sock in socks), "all are served before")
        server.process.send_signal(signal.SIGUSR2)
        verdict.demand(harness.wait_for(lambda: server.process.poll() is not None),
                       f"the old process leaves: {server.said()[-2000:]}")
        _, body = harness.get(os.path.join(server.directory, "admin.sock"), "/status")
        status = json.loads(body)
        pids.append(status["pid"])
        verdict.demand(pids[0] != server.process.pid, "there is a successor")
        verdict.demand(status["connections"]["open"] == CLIENTS,
                       f"all connections arrive: {status['connections']}")
        verdict.demand(all(ask(sock) for sock in socks), "all are served after")
        verdict.demand(harness.get(server.ports[0], "/")[0] == 200, "and newcomers")
        os.kill(pids[0], signal.SIGTERM)
        verdict.demand(harness.wait_for(lambda: not is_alive(pids[0])), "the successor ends")
        verdict.demand("ERROR: " not in server.said(), server.said()[-2000:])
    finally:
        server.process.kill()
        for pid in pids:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
    verdict.finish()


if __name__ == "__main__":
    main()
