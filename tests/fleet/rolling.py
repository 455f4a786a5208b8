# SPDX-License-Identifier: MIT
"""Rolling: what the clients of a fleet notice when its servers end.

    python3 tests/fleet/rolling.py roll | upgrade | careless | crash

roll      each server in turn gets SIGTERM, ends in good order and is started anew,
          while pages, uploads and slow downloads are asked for: nothing is lost
upgrade   each server in turn is replaced by `usherctl upgrade`: nothing is lost, HAProxy
          does not notice, and keeps its connections
careless  as roll, without a notice and without retries: requests are lost, so the
          test can tell
crash     a server is killed: HAProxy asks another one for the pages; downloads that
          were under way are lost, and so the test can tell, again
"""
import re
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
import fleet as fleets
from fleet import harness

# The settings of the committed files, taken away.
NO_NOTICE = [('notice = "3s"', 'notice = "0"')]
NO_RETRIES = [("retries 3", "retries 0"), ("option redispatch 1", "no option redispatch"),
              ("retry-on conn-failure empty-response", "retry-on none")]


def pages(fleet):
    """Small pages over connections that stay."""
    return fleet.load("pages", "-c", "16", "--think", "0-30ms", fleet.front + "/")


def uploads(fleet):
    """Bodies, each sent over half a second, and echoed."""
    body = fleet.place / "body"
    body.write_bytes(b"usher" * 6554)
    return fleet.load("uploads", "-c", "4", "--slow-write", "64k", "--body", body,
                      fleet.front + "/echo")


def downloads(fleet):
    """Read over some four seconds each, which is longer than the notice."""
    return fleet.load("downloads", "-c", "6", "--slow-read", "256k", fleet.front + "/large")


def restart(verdict, fleet, name):
    """Ends one server in good order, and starts it anew."""
    server = fleet.usherds[name]
    server.process.send_signal(signal.SIGTERM)
    fleet.balancer.wait_for(name, "DOWN")
    verdict.demand(server.process.poll() is None,
                   f"{name} still serves when HAProxy has taken it out")
    status = server.process.wait(fleets.PATIENCE)
    verdict.demand(server.stop() and status == 0, f"{name} ends in good order ({status})")
    before = fleet.served(name)
    fleet.start(name)
    fleet.balancer.wait_for(name, "UP")
    fleets.wait_until(lambda: fleet.has_served(name, before), f"{name} gets requests again")


def ended(said):
    """The causes in the last line of a process that has left, and whether nothing was cut
    or reset."""
    line = re.findall(r"drained: .*", said)[-1]
    listed = line.partition("(")[2].partition(")")[0]
    causes = {cause: int(count) for count, cause in re.findall(r"(\d+) (\w+)", listed)}
    return causes, line.endswith("0 cut, no reset sent"), line


def replace(verdict, fleet, name):
    """One server by `usherctl upgrade`, while HAProxy goes on using it."""
    usherd = fleet.usherds[name]
    address = fleet.addresses[1 + fleets.SERVERS.index(name)]
    before = fleets.connections_to(address, 8080)
    downs = fleet.balancer.server(name)["chkdown"]
    told = fleet.upgrade(name)
    if not verdict.demand(told is not None, f"{name} is upgraded"):
        return
    verdict.demand(usherd.process.wait(fleets.PATIENCE) == 0, f"the old {name} leaves")
    causes, is_clean, line = ended(usherd.said())
    verdict.demand(is_clean and set(causes) <= {"handed_over", "client_closed"}
                   and causes.get("handed_over", 0) > 0,
                   f"{name} hands its connections over, and closes none: {line}")
    served = fleet.served(name)
    fleets.wait_until(lambda: fleet.has_served(name, served), f"{name} gets requests")
    row = fleet.balancer.server(name)
    verdict.demand(row["status"] == "UP" and row["chkdown"] == downs,
                   f"HAProxy notices nothing of {name}: {row['status']}")
    after = fleets.connections_to(address, 8080)
    verdict.demand(before & after, f"HAProxy's connections to {name} are the same: "
                   f"{before} and {after}")
    print(f"{name}: {line}; {len(before)} connections before, {len(before & after)} of them after")


def judge(verdict, name, load):
    """A load has to have lost nothing."""
    status, figures = load.finish()
    verdict.demand(status == 0 and figures["losses"] == 0 and figures["answered"] > 0,
                   f"no loss of {name}: exit status {status}, {figures['answered']} answered, "
                   f"{fleets.lost(figures)}, statuses {figures['statuses']}")
    print(f"{name}: {figures['answered']} answered, {figures['losses']} lost")


def test_roll(verdict, place):
    """A rolling restart under load loses nothing."""
    fleet = fleets.Fleet(place)
    try:
        loads = {"pages": pages(fleet), "uploads": uploads(fleet), "downloads": downloads(fleet)}
        fleet.wait_for_work()
        for name in fleets.SERVERS:
            restart(verdict, fleet, name)
        for name, load in loads.items():
            judge(verdict, name, load)
    finally:
        fleet.close()


def test_upgrade(verdict, place):
    """A rolling upgrade under load loses nothing, and no connection."""
    fleet = fleets.Fleet(place)
    try:
        loads = {"pages": pages(fleet), "uploads": uploads(fleet), "downloads": downloads(fleet)}
        fleet.wait_for_work()
        for name in fleets.SERVERS:
            replace(verdict, fleet, name)
        for name, load in loads.items():
            judge(verdict, name, load)
        for name in fleets.SERVERS:
            fleet.end_successor(name)
            verdict.demand("ERROR: " not in fleet.usherds[name].said(), f"{name} ends well")
    finally:
        fleet.close()


def test_careless(verdict, place):
    """Without what the files say about it, requests are lost."""
    fleet = fleets.Fleet(place, NO_NOTICE, NO_RETRIES)
    try:
        load = pages(fleet)
        fleet.wait_for_work()
        server = fleet.usherds["usher1"]
        server.process.send_signal(signal.SIGTERM)
        verdict.demand(server.process.wait(fleets.PATIENCE) == 0, "usher1 ends in good order")
        fleet.balancer.wait_for("usher1", "DOWN")
        status, figures = load.finish()
        verdict.demand(status == 1 and figures["losses"] > 0,
                       f"requests are lost: exit status {status}, {figures['answered']} answered")
        print(f"careless: {figures['answered']} answered, lost {fleets.lost(figures)}")
    finally:
        fleet.close()


def test_crash(verdict, place):
    """Who is killed loses what was under way; safe requests find another server."""
    fleet = fleets.Fleet(place)
    try:
        safe, slow = pages(fleet), downloads(fleet)
        fleet.wait_for_work()
        fleets.wait_until(lambda: all(int(fleet.balancer.server(name)["scur"]) > 0
                                      for name in fleets.SERVERS), "each server has a download")
        fleet.usherds["usher1"].process.kill()
        fleet.balancer.wait_for("usher1", "DOWN")
        judge(verdict, "pages", safe)
        status, figures = slow.finish()
        cut = fleets.lost(figures)
        verdict.demand(status == 1 and ("fin_in_answer" in cut or "reset_in_answer" in cut),
                       f"downloads are cut: exit status {status}, {cut}")
        print(f"downloads: {figures['answered']} answered, lost {cut}")
    finally:
        fleet.close()


def main():
    fleets.needs_haproxy()
    # A test that is given up ends its servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    way = sys.argv[1]
    verdict = harness.Verdict("fleet " + way)
    with tempfile.TemporaryDirectory(prefix="usher-fleet-") as place:
        {"roll": test_roll, "upgrade": test_upgrade, "careless": test_careless, "crash": test_crash}[way](verdict, place)
    verdict.finish()


if __name__ == "__main__":
    main()
