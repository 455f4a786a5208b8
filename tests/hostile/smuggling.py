# SPDX-License-Identifier: MIT
"""Smuggling: no two servers disagree about where a request ends.

    USHERD=… python3 tests/hostile/smuggling.py direct|nginx|haproxy

"direct" sends each form (forms.py) to usherd, which has to refuse it and end the
connection, or to answer once. "nginx" and "haproxy" put that server in front and
compare what it says it sent with what usherd's access log says it was asked; while
clients that mean no harm send requests of their own over the same connections and
each has to get its own answer.
"""
import collections
import concurrent.futures
import sys

sys.dont_write_bytecode = True
import forms
import fronts
import usherd as harness

CONFIG = """
log { access = "@dir@/access.log" access_format = json }
listener "web" { address = "127.0.0.1" port = 0 service = {"web"} }
service "web" { route "/" { respond = 200 body = "ok" } route "/canary/" { echo = true } }
drain { deadline = 5s idle_grace = 100ms }
timeouts { linger = 1s }
"""

CANARIES = 200


def canary(port, number):
    """A harmless request whose answer names it: whether that is what came back."""
    body = f"canary {number} sings"
    answer, _ = harness.converse(port, (
        f"POST /canary/{number} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
    return harness.statuses(answer) == [200] and answer.endswith(body.encode())


def numbered():
    """Each form with a number of its own: (name, bytes, expected)."""
    for number, (name, (form, expected)) in enumerate(sorted(forms.all_forms().items())):
        yield name, form.replace(b"@@", str(1000 + number).encode()), expected


def test_direct(verdict, server):
    """Each form by itself."""
    port = server.ports[0]
    for name, form, expected in numbered():
        after = b"GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer, has_ended = harness.converse(port, form + after)
        found = harness.statuses(answer)
        if expected == "refused":
            verdict.demand(found and found[-1] in (400, 413, 417, 501, 505) and len(found) == 1,
                           f"{name}: refused, as the last answer; got {found}")
        else:
            verdict.demand(found and found[0] == 200, f"{name}: answered; got {found}")
        verdict.demand(has_ended, f"{name}: the connection ends")


def test_behind(verdict, server, kind):
    """Each form through a front end."""
    front = fronts.Front(kind, server.directory, server.ports[0])
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        sung = [pool.submit(canary, front.port, number) for number in range(CANARIES)]
        sent = [pool.submit(harness.converse, front.port, form, 1.0)
                for _, form, _ in numbered()]
        sung += [pool.submit(canary, front.port, CANARIES + number) for number in range(CANARIES)]
        verdict.demand(all(one.result() for one in sung), "each canary gets its own answer")
        for one in sent:
            one.result()
    front.stop()
    verdict.demand(server.stop(), "usherd ends in good order")
    compare(verdict, server, front.sent())


def compare(verdict, server, sent):
    """What usherd saw is what the front end sent."""
    log = server.access_log()
    seen = collections.Counter((line["method"], line["target"]) for line in log if line["target"])
    allowed = collections.Counter(sent)
    for request, count in seen.items():
        verdict.demand(count <= allowed[request],
                       f"{request} was seen {count} times, and sent {allowed[request]} times")
    verdict.demand(len(log) <= len(sent),
                   f"{len(log)} requests were seen, {len(sent)} were sent")
    # The comparison has to have something to compare.
    verdict.demand(len(seen) >= 2 * CANARIES, f"only {len(seen)} requests came through")


def main():
    what = sys.argv[1]
    if what != "direct" and not fronts.is_installed(what):
        harness.skip(f"{what} is not installed")
    verdict = harness.Verdict(f"smuggling {what}")
    server = harness.Usherd(CONFIG)
    try:
        if what == "direct":
            test_direct(verdict, server)
            verdict.demand(server.stop(), "usherd ends in good order")
            targets = [line["target"] for line in server.access_log() if line["target"]]
            verdict.demand(not any("/smuggled" in target for target in targets),
                           "nothing is smuggled")
        else:
            test_behind(verdict, server, what)
    finally:
        server.process.kill()
    verdict.finish()


if __name__ == "__main__":
    main()
