# SPDX-License-Identifier: MIT
"""The servers, and the configuration of each for one workload.

The rules, for all alike: one worker on one CPU; the same files; no limit that
would end a connection; logs off, or on for all; no compression and no
precompressed files; sendfile and a cache of open files where there are such.
Beyond that each gets what is best for it, and the reason stands beside it.
"""
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

OWN = "own"
PEER = "peer"
REFERENCE = "reference"  # no goal compares with it but those against the floor

IDLE_SECONDS = 600
SENDFILE_FROM = 64 * 1024


@dataclass(frozen=True)
class Setting:
    """What a configuration is made for."""

    workload: object  # a Workload
    logs: bool
    port: int
    site: Path  # the directory of the files
    place: Path  # a directory for what the server writes
    build: Path  # where Meson has built

    @property
    def is_brief(self):
        """Each connection brings one request: it may be accepted when that is here."""
        return self.workload.head == "close"

    @property
    def limit(self):
        """Connections to allow: who allocates by the limit shall not pay for more."""
        return self.workload.connections + 200

    @property
    def access_log(self):
        """Where the access log goes."""
        return self.place / "access.log"

    def write(self, name, text):
        """Writes a configuration file and returns its path."""
        path = self.place / name
        path.write_text(text, encoding="utf-8")
        return str(path)


def usherd(setting):
    """Its defaults, but for limits; connections of one request are accepted when
    it has come, as with all others that can do it."""
    log = f'access = "{setting.access_log}" access_format = combined' if setting.logs else \
        "access_format = off"
    path = setting.write("usher.conf", f"""\
loops = 1
listener "bench" {{
	address = "127.0.0.1"
	port = {setting.port}
	backlog = 4096
	defer_accept = "{1 if setting.is_brief else 0}s"
	service = "site"
}}
service "site" {{
	route "/" {{ files = "{setting.site}" precompressed = false }}
}}
timeouts {{ idle = "{IDLE_SECONDS}s" }}
limits {{ connections = {setting.limit} }}
log {{ level = warning {log} }}
""")
    return [str(setting.build / "src/usherd"), "-c", path]


def nginx(setting):
    """sendfile is on from 64 KiB: below, reading the file and sending it with the
    head in one packet costs nginx less than a writev and a sendfile. tcp_nopush
    costs it more than it saves, but where a connection ends with its answer: then
    sendfile and tcp_nopush together put head, body and FIN into one packet. The log is
    buffered, which is not its default. Idle connections it closes by itself when
    less than a sixteenth of its worker_connections is left, so there are more."""
    log = f"{setting.access_log} combined buffer=64k flush=1s" if setting.logs else "off"
    nopush = "on" if setting.is_brief else "off"
    sendfile = "on" if setting.is_brief or setting.workload.size >= SENDFILE_FROM else "off"
    deferred = "deferred" if setting.is_brief else ""
    user = "user root;" if os.geteuid() == 0 else ""
    place = setting.place
    path = setting.write("nginx.conf", f"""\
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile {setting.limit * 2 + 100};
pid {place}/nginx.pid;
error_log stderr crit;
events {{ worker_connections {setting.limit * 16 // 15 + 16}; }}
http {{
	types {{ text/html html; }}
	access_log {log};
	sendfile {sendfile};
	tcp_nopush {nopush};
	open_file_cache max=1000 inactive={IDLE_SECONDS}s;
	open_file_cache_valid 60s;
	keepalive_requests 1000000000;
	keepalive_timeout {IDLE_SECONDS}s;
	client_body_temp_path {place}/nginx-body;
	proxy_temp_path {place}/nginx-proxy;
	fastcgi_temp_path {place}/nginx-fastcgi;
	uwsgi_temp_path {place}/nginx-uwsgi;
	scgi_temp_path {place}/nginx-scgi;
	server {{
		listen 127.0.0.1:{setting.port} backlog=4096 {deferred};
		root {setting.site};
	}}
}}
""")
    return ["nginx", "-c", path, "-p", str(place)]


def h2o(setting):
    """In the mode without a supervisor. It defers accepting by itself. Files it
    keeps open for one turn of its loop, and has no setting to keep them longer. Its
    default crash handler is a process that waits for the crash: none here."""
    log = f"access-log: {setting.access_log}" if setting.logs else ""
    user = "user: root" if os.geteuid() == 0 else ""
    path = setting.write("h2o.conf", f"""\
{user}
num-threads: 1
num-name-resolution-threads: 1
max-connections: {setting.limit}
crash-handler: /bin/true
http1-request-timeout: {IDLE_SECONDS}
listen:
  host: 127.0.0.1
  port: {setting.port}
hosts:
  default:
    paths:
      /:
        file.dir: {setting.site}
        file.send-compressed: OFF
{log}
""")
    return ["h2o", "-m", "worker", "-c", path]


def lighttpd(setting):
    """65535 is the most that its limit of requests per connection can say; no run
    gets there. Files up to 32 KiB it reads and sends with the head by itself."""
    log = f"""\
server.modules = ( "mod_accesslog" )
accesslog.filename = "{setting.access_log}"
""" if setting.logs else ""
    path = setting.write("lighttpd.conf", f"""\
{log}
server.bind = "127.0.0.1"
server.port = {setting.port}
server.document-root = "{setting.site}"
server.errorlog = "{setting.place}/error.log"
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.stat-cache-engine = "simple"
server.listen-backlog = 4096
server.defer-accept = {1 if setting.is_brief else 0}
server.max-fds = {setting.limit * 2 + 100}
server.max-connections = {setting.limit}
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = {IDLE_SECONDS}
mimetype.assign = ( ".html" => "text/html" )
""")
    return ["lighttpd", "-D", "-f", path]


def haproxy(setting):
    """It serves no files: the answer is held ready in memory, which is more than
    fair to it. Its log goes to a file by way of its standard output, which costs
    it less than a datagram to a log server."""
    deferred = "defer-accept" if setting.is_brief else ""
    log = "log stdout format raw local0" if setting.logs else ""
    lines = """\
	log global
	capture request header Referer len 128
	capture request header User-Agent len 256
	log-format '%ci - - [%T] %{+Q}r %ST %B %{+Q}[capture.req.hdr(0)] %{+Q}[capture.req.hdr(1)]'
""" if setting.logs else ""
    path = setting.write("haproxy.cfg", f"""\
global
	nbthread 1
	maxconn {setting.limit}
	{log}
defaults
	mode http
	timeout client {IDLE_SECONDS}s
	timeout http-request {IDLE_SECONDS}s
	timeout http-keep-alive {IDLE_SECONDS}s
frontend bench
	bind 127.0.0.1:{setting.port} backlog 4096 {deferred}
{lines}\
	http-request return status 200 content-type text/html file {setting.site}{setting.workload.path}
""")
    return ["haproxy", "-db", "-f", path]


def evhttp(setting):
    """Our own: bench/evhttp.c."""
    return [str(setting.build / "bench/evhttp"), str(setting.port), str(setting.site)]


def floor(setting):
    """Our own: bench/floor.c."""
    options = ["-c"] if setting.workload.head == "close" else []
    return [str(setting.build / "bench/floor"), *options, str(setting.port)]


def haproxy_lacks(workload, _logs):
    """Its buffers hold 16 KiB, of which it keeps 1 KiB for itself."""
    if workload.size > 10 * 1024:
        return "it serves no files, and a ready answer must fit into its buffer of 16 KiB"
    return None


def evhttp_lacks(_workload, logs):
    """What libevent's server has not."""
    return "it has no access log" if logs else None


def floor_lacks(workload, logs):
    """What a bare loop has not."""
    if logs:
        return "it has no access log"
    if workload.size != 13 or workload.head == "browser":
        return "it gives one answer, of 13 bytes, to a head that it does not read"
    return None


@dataclass(frozen=True)
class Server:
    """One server: how it is started, and what it cannot do."""

    name: str
    kind: str
    command: Callable  # Setting -> argv; writes the configuration
    version: Optional[list] = None  # arguments that print it; None: it is built here
    lacks: Callable = lambda workload, logs: None  # why it cannot do a workload, or None

    def missing(self, build):
        """Why it cannot be started at all, or None."""
        if self.version is not None:
            if not shutil.which(self.name):
                return "not installed: see --install"
            return None
        program = build / ("src" if self.kind == OWN else "bench") / self.name
        return None if program.exists() else f"{program.name} was not built"


SERVERS = (
    Server("usherd", OWN, usherd),
    Server("nginx", PEER, nginx, ["-v"]),
    Server("h2o", PEER, h2o, ["-v"]),
    Server("lighttpd", PEER, lighttpd, ["-v"]),
    Server("haproxy", PEER, haproxy, ["-v"], haproxy_lacks),
    Server("evhttp", REFERENCE, evhttp, None, evhttp_lacks),
    Server("floor", REFERENCE, floor, None, floor_lacks),
)
