# SPDX-License-Identifier: MIT
"""What the hostile tests share: a usherd of their own, a client that sends bytes as
they are, and a verdict.

A test is a program; USHERD names the usherd under test. It prints a line for each
thing that went wrong and exits with 1, or with 77 where it could not look.
"""
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE = 20.0  # seconds, for what has to happen


def skip(reason):
    """Ends the program as skipped."""
    print(f"SKIP {reason}")
    sys.exit(SKIPPED)


class Verdict:
    """Counts what was looked at and what was wrong."""

    def __init__(self, name):
        self.name = name
        self.looked_at = 0
        self.failures = 0

    def demand(self, is_right, what):
        """One thing that has to be so."""
        self.looked_at += 1
        if not is_right:
            self.failures += 1
            print(f"FAILED {what}")
        return is_right

    def finish(self):
        """Says how it went, and ends the program."""
        print(f"[{self.name}] {self.looked_at} demands, {self.failures} not met")
        sys.exit(1 if self.failures or not self.looked_at else 0)


class Usherd:
    """A usherd with a configuration, in a directory that goes with it. In the text
    of the configuration @dir@ is that directory."""

    def __init__(self, config, prepare=None):
        program = os.environ.get("USHERD")
        if not program:
            skip("USHERD does not name the program to test")
        self.place = tempfile.TemporaryDirectory(prefix="usher-hostile-")
        self.directory = self.place.name
        if prepare:
            prepare(self.directory)
        path = os.path.join(self.directory, "usher.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config.replace("@dir@", self.directory))
        self.err_path = os.path.join(self.directory, "stderr")
        self.err = open(self.err_path, "wb")
        self.process = subprocess.Popen([program, "-c", path], stderr=self.err,
                                        stdout=subprocess.DEVNULL)
        self.ports = []
        try:
            self.wait_for(lambda said: ": ready\n" in said, "ready")
        except BaseException:
            self.process.kill()
            raise
        self.ports = [int(port) for port in re.findall(r"listening on \S+:(\d+) ", self.said())]

    def said(self):
        """All of standard error so far."""
        with open(self.err_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for(self, is_there, what):
        """Waits until its words satisfy `is_there`."""
        until = time.monotonic() + PATIENCE
        while not is_there(self.said()):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"usherd does not say: {what}\n{self.said()}")
            time.sleep(0.02)

    def stop(self, expected=(0,)):
        """SIGTERM; its exit status, which has to be one of `expected`."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "none: it had to be killed"
        self.err.close()
        is_right = status in expected and "ERROR: " not in self.said()
        if not is_right:
            print(f"usherd's exit status is {status}\n{self.said()}")
        return is_right

    def access_log(self, name="access.log"):
        """The lines of a JSON access log in its directory."""
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def wait_for(condition):
    """Whether it becomes true in time."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def connect(address):
    """A connection to a port of the loopback, or to a Unix socket's path."""
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE)
        sock.connect(address)
        return sock
    return socket.create_connection(("127.0.0.1", address), timeout=PATIENCE)


def converse(address, request, quiet=PATIENCE):
    """Sends bytes; what came back until the end, or until nothing came for `quiet`
    seconds, and whether the end came."""
    answer = b""
    with connect(address) as sock:
        try:
            sock.sendall(request)
        except OSError:
            pass  # it may refuse before it has read all
        sock.settimeout(quiet)
        try:
            while piece := sock.recv(65536):
                answer += piece
        except TimeoutError:
            return answer, False
        except OSError:
            pass
    return answer, True


def statuses(answer):
    """The statuses of the answers that bytes hold; bodies must not look like one."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def get(address, path, host="a", fields=""):
    """One GET on a connection of its own: status and body."""
    answer, _ = converse(address, (f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}"
                                   "Connection: close\r\n\r\n").encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    found = statuses(head)
    return (found[0] if found else 0), body


def wait_readable(sock, seconds):
    """Whether something can be read within so many seconds."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(seconds))
