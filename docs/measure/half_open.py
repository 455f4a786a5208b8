# SPDX-License-Identifier: MIT
"""What becomes of a half-open handshake when its listener stops: the measurements
behind docs/drain.md.

    unshare -rn python3 docs/measure/half_open.py

Needs nft(8), ss(8) and ip(8). Clients and listeners are sockets of this machine on
the loopback of a network namespace of their own; nft holds back the segments that
a case is about, so that its clients stay where the case wants them.
"""
import ctypes
import errno
import select
import socket
import struct
import subprocess
import time

SO_ATTACH_FILTER, SO_BINDTOIFINDEX = 26, 62
IPPROTO_MPTCP = 262
MSG_FASTOPEN = 0x20000000
PATIENCE = 5.0

# Load the byte of TCP flags, and with SYN|ACK, equal SYN: drop; else pass.
SYN_FILTER = ((0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 2), (6, 0, 0, 0),
              (6, 0, 0, 0xffffffff))


def run(command):
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout


def sysctl(name, value):
    run(f"sysctl -qw {name}={value}")


def hold(port, segment):
    """Drops the ACKs and data of clients, or the SYN-ACKs on their way to them."""
    match = {"ack": f"tcp dport {port} tcp flags & (syn | ack) == ack",
             "syn-ack": f"tcp sport {port} tcp flags & (syn | ack) == (syn | ack)"}[segment]
    run("nft add table inet lab; nft add chain inet lab input "
        "'{ type filter hook input priority 0; }'")
    run(f"nft 'add rule inet lab input {match} drop'")


def release():
    run("nft delete table inet lab")


def half_open(port):
    return len(run(f"ss -Htan state syn-recv sport = :{port}").splitlines())


def refuse_by_filter(listener):
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in SYN_FILTER))
    program = struct.pack("HxxxxxxP", len(SYN_FILTER), ctypes.addressof(code))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def refuse_by_interface(listener):
    listener.setsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX, 0x7fffffff)


class Lab:
    """A listener and its clients."""

    def __init__(self, family, protocol=socket.IPPROTO_TCP, backlog=64, share=False, address=None):
        self.family, self.protocol, self.accepted = family, protocol, []
        self.listener = socket.socket(family, socket.SOCK_STREAM, protocol)
        if share:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.listener.bind(address or ("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self.listener.listen(backlog)
        self.listener.setblocking(False)
        self.address = self.listener.getsockname()
        self.port = self.address[1]

    def connect(self, data=b"", protocol=None):
        client = socket.socket(self.family, socket.SOCK_STREAM, protocol or self.protocol)
        client.setblocking(False)
        try:
            client.connect(self.address)
        except BlockingIOError:
            pass
        if data:
            select.select([], [client], [], 0.1)
            client.send(data)
        return client

    def answer_queue(self):
        """Accepts and answers all who wait."""
        while self.listener.fileno() >= 0:
            try:
                accepted, _ = self.listener.accept()
            except BlockingIOError:
                return
            accepted.sendall(b"served")
            accepted.shutdown(socket.SHUT_WR)
            self.accepted.append(accepted)

    def serve(self, client):
        """Waits until the client was answered or learns that it never will be."""
        began = time.monotonic()
        waits = lambda: f"after {time.monotonic() - began:.1f} s"
        while time.monotonic() - began < PATIENCE:
            self.answer_queue()
            try:
                got = client.recv(16)
                return f"served {waits()}" if got == b"served" else f"ended with {got!r}"
            except BlockingIOError:
                select.select([client], [], [], 0.02)
            except OSError as error:
                return f"{errno.errorcode[error.errno]} {waits()}"
        return f"nothing in {PATIENCE:.0f} s"


def newcomer(lab):
    """A client that comes when the listener is refusing; then the listener closes."""
    client = lab.connect(b"")
    ready = select.select([], [client], [], 0.5)[1]
    error = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if ready else 0
    if ready:
        return errno.errorcode.get(error, "connected") + " at once"
    began = time.monotonic()
    lab.listener.close()
    select.select([], [client], [], PATIENCE)
    error = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return f"no answer; {errno.errorcode.get(error, 'no error')} {time.monotonic() - began:.1f} s " \
           "after the close"


def held(lab, step, data, segment="ack", protocol=None):
    """One client, half-open while `step` is taken; then the segments pass again."""
    hold(lab.port, segment)
    client = lab.connect(data if segment == "ack" else b"", protocol)
    time.sleep(0.05)
    seen = half_open(lab.port)
    step(lab.listener)
    release()
    outcome = lab.serve(client)
    if outcome.startswith("nothing") and not data:
        try:
            client.send(b"late")
        except OSError:
            pass
        outcome += f", and when it sends: {lab.serve(client)}"
    return f"SYN-RECEIVED {seen}; {outcome}"


def no_step(_listener):
    pass


def close(listener):
    listener.close()


def plain_cases(family, protocol=socket.IPPROTO_TCP, refuse=refuse_by_filter):
    lab = lambda: Lab(family, protocol)
    yield "nothing is done, client sends", held(lab(), no_step, b"hi")
    yield "refusing, client sends", held(lab(), refuse, b"hi")
    yield "refusing, client is silent", held(lab(), refuse, b"")
    yield "refusing, SYN-ACK was lost", held(lab(), refuse, b"", "syn-ack")
    yield "listener closes, client sends", held(lab(), close, b"hi")
    yield "listener closes, client is silent", held(lab(), close, b"")
    refusing = lab()
    refuse(refusing.listener)
    yield "refusing, a newcomer", newcomer(refusing)


def cookie_cases(family):
    sysctl("net.ipv4.tcp_syncookies", 2)
    yield "cookies: refusing, client sends", held(Lab(family), refuse_by_filter, b"hi")
    yield "cookies: refusing, client is silent", held(Lab(family), refuse_by_filter, b"")
    yield "cookies: listener closes, client sends", held(Lab(family), close, b"hi")
    sysctl("net.ipv4.tcp_syncookies", 1)


def deferring(family, step, data=b""):
    lab = Lab(family)
    lab.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)
    client = lab.connect()
    time.sleep(0.05)
    seen = half_open(lab.port)
    step(lab.listener)
    if data:
        client.send(data)
    return f"SYN-RECEIVED {seen}; {lab.serve(client)}"


def undefer(listener):
    refuse_by_filter(listener)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 0)


def defer_cases(family):
    yield "defer_accept: refusing, client is silent", deferring(family, refuse_by_filter)
    yield "defer_accept: refusing, client sends", deferring(family, refuse_by_filter, b"hi")
    yield "defer_accept: refusing and taken back, silent", deferring(family, undefer)
    yield "defer_accept: listener closes, client sends", deferring(family, close, b"hi")


def fast_open(family, step):
    lab = Lab(family)
    lab.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
    step(lab.listener)
    hold(lab.port, "ack")
    client = socket.socket(family, socket.SOCK_STREAM)
    client.setblocking(False)
    try:
        client.sendto(b"hi", MSG_FASTOPEN, lab.address)
    except BlockingIOError:
        pass
    time.sleep(0.05)
    seen = half_open(lab.port)
    lab.answer_queue()
    how = "accepted before its ACK" if lab.accepted else "not accepted"
    lab.listener.close()
    release()
    return f"SYN-RECEIVED {seen}; {how}; " \
           f"listener closed; {lab.serve(client)}"


def fast_open_cases(family):
    sysctl("net.ipv4.tcp_fastopen", 0x207)
    yield "fastopen: accepted, then listener closes", fast_open(family, no_step)
    yield "fastopen: a newcomer's SYN with data, refusing", fast_open(family, refuse_by_filter)
    sysctl("net.ipv4.tcp_fastopen", 1)


def overflow(family):
    """More handshakes than the queue holds complete at once."""
    lab = Lab(family, backlog=1)
    hold(lab.port, "ack")
    clients = [lab.connect(b"hi") for _ in range(4)]
    release()
    time.sleep(0.3)
    refuse_by_filter(lab.listener)
    seen = half_open(lab.port)
    return f"SYN-RECEIVED {seen}; " + ", ".join(lab.serve(client) for client in clients)


def sharing(family, migrate):
    """Of two listeners on one port the one with the handshake closes."""
    sysctl("net.ipv4.tcp_migrate_req", migrate)
    first = Lab(family, share=True)
    hold(first.port, "ack")
    client = first.connect(b"hi")
    time.sleep(0.05)
    second = Lab(family, share=True, address=first.address)
    first.listener.close()
    release()
    outcome = second.serve(client)
    sysctl("net.ipv4.tcp_migrate_req", 0)
    return outcome


def mptcp_cases(family):
    try:
        refuse_by_filter(Lab(family, IPPROTO_MPTCP).listener)
        yield "mptcp: SO_ATTACH_FILTER", "taken"
    except OSError as error:
        yield "mptcp: SO_ATTACH_FILTER", errno.errorcode[error.errno]
    for name, outcome in plain_cases(family, IPPROTO_MPTCP, refuse_by_interface):
        yield "mptcp, bound to no interface: " + name, outcome
    yield "mptcp, bound to no interface: a plain TCP client sends", \
        held(Lab(family, IPPROTO_MPTCP), refuse_by_interface, b"hi",
             protocol=socket.IPPROTO_TCP)


def cases(family):
    yield from plain_cases(family)
    yield "bound to no interface, client sends", held(Lab(family), refuse_by_interface, b"hi")
    yield from cookie_cases(family)
    yield from defer_cases(family)
    yield from fast_open_cases(family)
    yield "queue overflows, refusing, 4 clients send", overflow(family)
    yield "shared port, one listener closes, migrate_req 0", sharing(family, 0)
    yield "shared port, one listener closes, migrate_req 1", sharing(family, 1)
    yield from mptcp_cases(family)


def main():
    run("ip link set lo up")
    for name, family in (("IPv4", socket.AF_INET), ("IPv6", socket.AF_INET6)):
        for case, outcome in cases(family):
            print(f"{name}  {case}: {outcome}", flush=True)


if __name__ == "__main__":
    main()
