# SPDX-License-Identifier: MIT
"""Real client: the example of WebSocket against a client that somebody else wrote, Debian's
node-ws.

    real_client.py PROGRAM SCRIPT

Exit status 77: there is no node, or no ws for it.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

WAIT_S = 60
ENVIRONMENT = dict(os.environ, NODE_PATH="/usr/share/nodejs")


def port_of(process, log):
    """The port of the program, once it is ready."""
    until = time.monotonic() + WAIT_S
    while process.poll() is None and time.monotonic() < until:
        log.seek(0)
        said = log.read()
        if "ready" in said:
            return said.split("listening on 127.0.0.1:")[1].split()[0]
        time.sleep(0.02)
    sys.exit("the program is not ready")


def main():
    program, script = sys.argv[1:]
    node = shutil.which("node") or shutil.which("nodejs")
    if not node or subprocess.run([node, "-e", "require('ws')"], env=ENVIRONMENT, check=False,
                                  capture_output=True).returncode != 0:
        print("SKIPPED: there is no node with ws (Debian package node-ws)")
        sys.exit(77)
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen([program, "127.0.0.1:0"], stderr=log)
        try:
            url = f"ws://127.0.0.1:{port_of(process, log)}/echo"
            done = subprocess.run([node, script, url], env=ENVIRONMENT, timeout=WAIT_S, check=False)
            process.terminate()
            status = process.wait(WAIT_S)
        finally:
            process.kill()
        log.seek(0)
        said = log.read()
    if done.returncode != 0 or status != 0 or "no reset sent" not in said:
        sys.exit(f"node: {done.returncode}, the program: {status}\n{said}")


if __name__ == "__main__":
    main()
