# SPDX-License-Identifier: MIT
"""Debian's HAProxy and nginx as front ends of a usherd: started in a directory, with
a log line for each request that they sent on."""
import os
import re
import shutil
import socket
import subprocess
import time

NGINX = """
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/nginx.error;
events {{ worker_connections 512; }}
http {{
    log_format sent '$request_method $request_uri $upstream_status';
    access_log {dir}/front.log sent;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    upstream usherd {{ server 127.0.0.1:{backend}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_request_buffering off;
        proxy_next_upstream off;
        proxy_set_header Connection "";
        location / {{ proxy_pass http://usherd; }}
    }}
}}
"""

# One thread: of two that log at the same moment HAProxy loses a line.
HAPROXY = """
global
    nbthread 1
    maxconn 512
    log stdout format raw local0 info
defaults
    mode http
    retries 0
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    http-reuse always
    log global
    log-format "%HM %HU %ST %s"
frontend front
    bind 127.0.0.1:{port}
    default_backend usherd
backend usherd
    server usherd 127.0.0.1:{backend} pool-max-conn 4
"""


# Where each writes its lines, and those of requests that it sent on.
LOGS = {
    "nginx": ("front.log", re.compile(r"(\S+) (\S+) (?!-$)\S.*$")),
    "haproxy": ("stdout", re.compile(r"(\S+) (\S+) -?\d+ (?!<NOSRV>)\S+$")),
}


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Front:
    """One front end before the usherd on port `backend`."""

    def __init__(self, kind, directory, backend):
        self.kind = kind
        self.directory = directory
        self.port = free_port()
        path = os.path.join(directory, kind + ".conf")
        text = NGINX if kind == "nginx" else HAPROXY
        with open(path, "w", encoding="ascii") as file:
            file.write(text.format(dir=directory, port=self.port, backend=backend))
        command = {"nginx": ["nginx", "-p", directory, "-c", path],
                   "haproxy": ["haproxy", "-db", "-f", path]}[kind]
        with open(os.path.join(directory, "stdout"), "wb") as words:
            self.process = subprocess.Popen(command, stdout=words, stderr=words, cwd=directory)
        self._wait_until_it_accepts()

    def _wait_until_it_accepts(self):
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{self.kind} does not start") from None
                time.sleep(0.02)

    def stop(self):
        """Ends it; its log is whole then."""
        self.process.terminate()
        self.process.wait(20)

    def sent(self):
        """(method, target) of each request that it sent on, in no order."""
        name, pattern = LOGS[self.kind]
        with open(os.path.join(self.directory, name), encoding="latin-1") as file:
            found = [pattern.match(line) for line in file]
        return [(match[1], match[2]) for match in found if match]


def is_installed(kind):
    """Whether there is such a front end on this machine."""
    return shutil.which(kind, path=os.environ.get("PATH", "") + ":/usr/sbin") is not None
