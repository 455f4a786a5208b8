# SPDX-License-Identifier: MIT
"""accept4 fails every third time, with EMFILE, ENFILE, ECONNABORTED, ENOBUFS, ENOMEM,
EPERM, EPROTO and EINTR in turn: every client is served all the same, the loop does not
spin, and the log is not flooded.

    USHERD=… python3 tests/hostile/accept.py accept_faults.so
"""
import os
import sys

sys.dont_write_bytecode = True
import usherd as harness

CONFIG = """
listener "web" { address = "127.0.0.1" port = 0 service = {"web"} }
service "web" { route "/" { respond = 200 body = "well" } }
timeouts { linger = 1s }
drain { deadline = 5s idle_grace = 100ms }
"""
CLIENTS = 60


def processor_seconds(pid):
    """What a process has used so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    os.environ["LD_PRELOAD"] = os.path.abspath(sys.argv[1])
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    verdict = harness.Verdict("accept")
    server = harness.Usherd(CONFIG)
    del os.environ["LD_PRELOAD"]
    try:
        before = processor_seconds(server.process.pid)
        for number in range(CLIENTS):
            verdict.demand(harness.get(server.ports[0], "/")[0] == 200, f"client {number}")
        used = processor_seconds(server.process.pid) - before
        verdict.demand(used < 3, f"the loop does not spin: {used} s")
        said = server.said().count(": accept: ")
        verdict.demand(0 < said < 10, f"failures are told, and not each: {said} lines")
        verdict.demand(server.stop(), "usherd ends in good order")
    finally:
        server.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
