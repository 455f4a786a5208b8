# SPDX-License-Identifier: MIT
"""Whether an answer depends on what was asked before: a head that is like the one before
is not read again (http/head_memo), and leads where that one led. So the same requests are
sent by many connections of two services, in any order, in pieces and in batches, with
bodies, resets and reloads between them; and each answer has to be the one that the request
gets when nothing like it came before.
"""
import itertools
import os
import random
import re
import signal
import socket
import struct
import sys

sys.dont_write_bytecode = True
import usherd as harness

CONFIG = """
loops = 1
log { access = "@dir@/access.log" }
listener "one" { address = "127.0.0.1" port = 0 service = {"one", "named"} }
listener "two" { address = "127.0.0.1" port = 0 service = {"two"} }
service "one" {
  route "/" { files = "@dir@/root" precompressed = true }
  route "/echo" { echo = true }
  route "/same" { respond = 200 body = "of one, @generation@" }
  route "/away/" { redirect = "/to-@generation@/" status = 302 }
}
service "named" { host = {"named.test"} route "/" { respond = 200 body = "named" } }
service "two" { route "/" { respond = 200 body = "of two, @generation@" } }
limits {
  requests_per_connection = 40 head_bytes = 4k target_bytes = 1k fields = 32 body_bytes = 2k
}
"""
ROUNDS = 40
CONNECTIONS = 6
RELOAD_EVERY = 10

METHODS = ("GET", "HEAD", "POST", "OPTIONS", "DELETE")
FIELDS = ("", "X-A: 1\r\n", "X-A: 2\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n",
          "Range: bytes=0-4\r\n", "Range: bytes=1-2,4-5\r\n", "If-None-Match: *\r\n",
          "If-Modified-Since: Fri, 01 Jan 2027 00:00:00 GMT\r\n", "If-Match: \"no\"\r\n",
          "Accept-Encoding: gzip\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n",
          "Range: bytes=9999999-\r\n", "Host: a\r\n", "Host: named.test\r\n")


def requests():
    """(bytes, method) of each; every one is a request as a whole."""
    found = []
    targets = ("/same", "/file.txt", "/file.txt?x", "/%66ile.txt", "/none", "/away/x",
               "http://named.test/same", "http://a/same", "*", "/../etc", "/echo")
    for target, minor in itertools.product(targets, (1, 0)):
        for fields, method in itertools.product(random.sample(FIELDS, 4), METHODS):
            found.append((f"{method} {target} HTTP/1.{minor}\r\nHost: a\r\n{fields}\r\n",
                          method))
    bodies = (("Content-Length: 5\r\n", "hello"), ("Content-Length: 0\r\n", ""),
              ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
              ("Transfer-Encoding: chunked\r\n", "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n"),
              ("Content-Length: 3000\r\n", "x" * 3000), ("Content-Length: 5\r\n", "GET /"))
    for target in ("/echo", "/same", "/file.txt", "/none"):
        for framing, body in bodies:
            for fields in ("", "X-A: 1\r\n"):
                found.append((f"POST {target} HTTP/1.1\r\nHost: a\r\n{framing}{fields}\r\n{body}",
                              "POST"))
    return [(text.encode(), method) for text, method in found]


class Client:
    """A connection that keeps count of what it was not answered yet."""

    def __init__(self, port, service):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=harness.PATIENCE)
        self.service = service
        self.answers = self.sock.makefile("rb")

    def send(self, data):
        """In pieces, mostly."""
        while data:
            size = len(data) if random.random() < 0.5 else random.randint(1, len(data))
            try:
                self.sock.sendall(data[:size])
            except OSError:
                return  # it was told to go
            data = data[size:]

    def receive(self, method):
        """One answer, without what differs by itself; and whether it is the last."""
        head = [self.answers.readline()]
        while (line := self.answers.readline()) not in (b"\r\n", b""):
            head.append(line)
        status = int(head[0].split()[1]) if head[0] else 0
        fields = dict(line.rstrip().lower().split(b": ", 1) for line in head[1:])
        body = b""
        if method != "HEAD" and status not in (0, 204, 304):
            body = self.body(fields)
        answer = b"".join(line for line in head if not line.startswith(b"Date: ")) + body
        answer = re.sub(rb"\b[0-9a-f]{32}\b", b"BOUNDARY", answer)
        return answer, status == 0 or fields.get(b"connection") == b"close"

    def body(self, fields):
        """Framed as the fields say."""
        if fields.get(b"transfer-encoding") != b"chunked":
            return self.answers.read(int(fields.get(b"content-length", b"0")))
        body = b""
        while size := int(self.answers.readline(), 16):
            body += self.answers.read(size)
            self.answers.readline()
        self.answers.readline()
        return body

    def close(self, with_reset=False):
        """Leaves."""
        if with_reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.answers.close()
        self.sock.close()


class Attack:
    """One usherd, and what each request is answered by each of its services."""

    def __init__(self, verdict):
        self.verdict = verdict
        self.generation = 1
        self.server = harness.Usherd(CONFIG.replace("@generation@", "1"), prepare=prepare)
        self.requests = requests()
        self.serial = 0
        self.wanted = {}

    def wanted_of(self, service, number):
        """The answer after a head that is like no other."""
        key = (self.generation % 2, service, number)
        if key not in self.wanted:
            self.serial += 1
            request, method = self.requests[number]
            client = Client(self.server.ports[service], service)
            client.send(f"GET /{self.serial} HTTP/1.1\r\nHost: a\r\nX-S: {self.serial}\r\n\r\n"
                        .encode())
            client.receive("GET")
            client.send(request)
            self.wanted[key] = client.receive(method)
            client.close()
        return self.wanted[key]

    def reload(self):
        """Other answers from now on."""
        self.generation += 1
        text = CONFIG.replace("@generation@", str(1 + (self.generation + 1) % 2))
        path = os.path.join(self.server.directory, "usher.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("@dir@", self.server.directory))
        self.server.process.send_signal(signal.SIGHUP)
        said = f"generation {self.generation}"
        self.server.wait_for(lambda words: said in words, said)

    def batch(self, client, numbers):
        """Some requests at once. False when the connection is over."""
        client.send(b"".join(self.requests[number][0] for number in numbers))
        for number in numbers:
            request, method = self.requests[number]
            wanted, is_last = self.wanted_of(client.service, number)
            got, got_last = client.receive(method)
            if not got_last or is_last:
                self.verdict.demand(got == wanted, f"{request[:200]!r} of service "
                                    f"{client.service}: {got[:400]!r} in place of {wanted[:400]!r}")
            if got_last:
                return False
        return True

    def round(self):
        """Some connections in turn, with requests that are few, and of one target most."""
        target = random.choice(self.requests)[0].split()[1]
        alike = [number for number, (request, _) in enumerate(self.requests)
                 if request.split()[1] == target]
        few = random.sample(alike, 5) + [random.randrange(len(self.requests))]
        clients = [Client(self.server.ports[i % 2], i % 2) for i in range(CONNECTIONS)]
        for _ in range(4 * CONNECTIONS):
            number = random.randrange(CONNECTIONS)
            chosen = [random.choice(few) for _ in range(random.choice((1, 1, 2, 8)))]
            is_left = self.batch(clients[number], chosen)
            if not is_left or random.random() < 0.1:
                service = clients[number].service
                clients[number].close(random.random() < 0.3)
                clients[number] = Client(self.server.ports[service], service)
            if random.random() < 0.2:
                self.abandon(random.choice(few))
        for client in clients:
            client.close()

    def abandon(self, number):
        """A part of a request, on a connection that goes."""
        request, _ = self.requests[number]
        service = random.randrange(2)
        client = Client(self.server.ports[service], service)
        client.send(request[:random.randint(0, len(request))])
        client.close(random.random() < 0.5)


def prepare(directory):
    """A file with a sibling."""
    root = os.path.join(directory, "root")
    os.mkdir(root)
    for name, content in (("file.txt", b"0123456789"), ("file.txt.gz", b"packed")):
        with open(os.path.join(root, name), "wb") as file:
            file.write(content)
        os.utime(os.path.join(root, name), (1000000000, 1000000000))


def main():
    seed = int(os.environ.get("USHER_SEED", "0")) or random.randrange(1, 1 << 32)
    random.seed(seed)
    print(f"USHER_SEED={seed}")
    verdict = harness.Verdict("memo")
    attack = Attack(verdict)
    try:
        for number in range(ROUNDS):
            attack.round()
            if number % RELOAD_EVERY == RELOAD_EVERY - 1:
                attack.reload()
        verdict.demand(attack.server.stop(), "usherd ends in good order")
    finally:
        attack.server.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
