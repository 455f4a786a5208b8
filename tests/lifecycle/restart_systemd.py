# SPDX-License-Identifier: MIT
"""A restart by systemd itself: restart_systemd.py UNIT. It runs as process 1 of namespaces
and of a control group of its own, with one service: usherd, with what UNIT says of the
descriptor store. So what restart.py's manager does is held against the real one.

USHERD and USHER_LOAD name the programs. Exits with 1 where something went wrong, or with 77
where it could not look: it takes root, systemd, and a cgroup2 file system.
"""
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

import upgrade
from upgrade import (PATIENCE, SKIPPED, are_answered, ask, connect, counters, demand,
                     expect_no_reset, load, ports, settle, wait_for)

SYSTEMD = "/lib/systemd/systemd"
COUNT = 1000
OPEN_FILES = 8192

SERVICE = """
[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
[Service]
Type=notify
NotifyAccess=main
ExecStart={usherd} --config {dir}/usher.conf
{settings}
Restart=on-failure
RestartSec=1
TimeoutStartSec=90
TimeoutStopSec=90
LimitNOFILE={files}
StandardOutput=append:{dir}/log
StandardError=append:{dir}/log
"""

CONFIG = """
landlock = off
loops = 2
listener "web" {{ address = "127.0.0.1" port = 8080 service = {{"site"}} }}
service "site" {{ route "/" {{ files = "{dir}/www" }} }}
limits {{ connections = 4000 }}
log {{ access_format = off }}
"""

# In the namespaces: nothing of the machine's own units, and its settings are out of reach.
BECOME_SYSTEMD = """
set -e
mount --make-rprivate /
ip link set lo up
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -t tmpfs tmpfs /run
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for place in /etc/systemd/system /usr/lib/systemd/system /usr/lib/systemd/system-generators; do
	mount -t tmpfs tmpfs $place
done
cp {dir}/units/* /etc/systemd/system/
export container=lxc
exec {systemd} --system --unit=test.target --log-target=console --show-status=no
"""


def skip(why):
    print(f"SKIP {why}")
    sys.exit(SKIPPED)


# --- Outside -------------------------------------------------------------------------


def cgroup_root():
    with open("/proc/mounts", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[2] == "cgroup2" and os.access(words[1], os.W_OK):
                return pathlib.Path(words[1])
    return skip("there is no cgroup2 file system to write to")


def write_files(place, unit):
    settings = re.findall(r"^(?:FileDescriptorStoreMax|RestartKillSignal)=.*", unit, flags=re.M)
    demand(len(settings) == 2, "the unit has the store's settings")
    (place / "units").mkdir()
    (place / "www").mkdir()
    (place / "www/small").write_text("small\n")
    (place / "log").touch()
    (place / "usher.conf").write_text(CONFIG.format(dir=place))
    (place / "units/usher.service").write_text(SERVICE.format(
        usherd=os.environ["USHERD"], dir=place, settings="\n".join(settings), files=OPEN_FILES))
    for name in ("test", "shutdown", "umount", "final", "sysinit", "basic"):
        (place / f"units/{name}.target").write_text("[Unit]\nDefaultDependencies=no\n")


def child_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int((file.read().split() or ["0"])[0])
    except FileNotFoundError:
        return 0


def start_systemd(place, group):
    """Process 1 of the namespaces, and what has to be killed for it to end."""
    script = BECOME_SYSTEMD.format(dir=place, systemd=SYSTEMD)
    outer = subprocess.Popen(
        ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec unshare --mount --pid --cgroup --uts '
         '--ipc --net --fork --kill-child sh -c "$1"', "sh", script],
        stdout=open(place / "console", "wb"), stderr=subprocess.STDOUT)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and outer.poll() is None:
        inner = child_of(outer.pid)
        if inner and pathlib.Path(f"/proc/{inner}/comm").read_text() == "systemd\n":
            return outer, inner
        time.sleep(0.05)
    print((place / "console").read_text())
    return outer, 0


def remove_group(group):
    for path in sorted(group.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
    group.rmdir()


def outside(unit):
    if os.geteuid() != 0 or not os.path.exists(SYSTEMD):
        skip("it takes root and systemd")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < OPEN_FILES:
        skip("there are not enough descriptors")
    group = cgroup_root() / f"usher-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        skip(f"no control group can be made: {error}")
    with tempfile.TemporaryDirectory(prefix="usher-systemd-") as name:
        place = pathlib.Path(name)
        write_files(place, unit)
        outer, inner = start_systemd(place, group)
        try:
            if not inner:
                skip("systemd does not start in namespaces here")
            status = subprocess.run(
                ["nsenter", "-t", str(inner), "-m", "-p", "-u", "-i", "-n", "-C", sys.executable,
                 "-B", __file__, "--inside", name], check=False, timeout=PATIENCE * 4).returncode
            if status == 1:
                print((place / "log").read_text()[-4000:])
        finally:
            if inner:
                os.kill(inner, signal.SIGKILL)
            else:
                outer.kill()
            outer.wait(PATIENCE)
            wait_for(lambda: not (group / "cgroup.procs").read_text(), "the group to be empty")
            remove_group(group)
    sys.exit(status)


# --- Inside --------------------------------------------------------------------------


class Unit:
    port = 8080
    clients = []

    def __init__(self, place):
        self.dir = place

    @staticmethod
    def ctl(*words):
        return subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False,
                              timeout=PATIENCE * 2)

    def show(self, name):
        return self.ctl("show", "usher.service", "--property", name, "--value").stdout.strip()

    def expect_stored(self, count):
        wait_for(lambda: self.show("NFileDescriptorStore") == str(count),
                 f"{count} descriptors in the store")

    def do(self, verb):
        done = self.ctl(verb, "usher.service")
        demand(done.returncode == 0, f"systemctl {verb}: {done.stderr}")


def inside(place):
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    unit = Unit(place)
    wait_for(lambda: "running" in unit.ctl("is-system-running").stdout, "systemd")
    unit.do("start")
    unit.expect_stored(2)
    before = counters()
    socks = settle(unit, COUNT)
    clients = ports(unit)
    for _ in range(3):
        unit.do("restart")
        demand(are_answered(socks), "each is answered")
    demand(ports(unit) == clients and len(clients) == COUNT, "the same ports")
    client = load(unit, 6)
    time.sleep(1)
    for _ in range(3):
        unit.do("restart")
    said, _ = client.communicate(timeout=PATIENCE)
    demand(client.returncode == 0, f"usher-load: no loss: {said}")
    demand(ports(unit) == clients, "the same ports")
    expect_no_reset(before)
    crash_and_stop(unit, socks)
    print(f"[restart_systemd] {'failed' if upgrade.failures else 'as it should be'}")
    sys.exit(1 if upgrade.failures else 0)


def crash_and_stop(unit, socks):
    for sock in socks:
        sock.close()
    wait_for(lambda: not ports(unit), "the connections' end")
    unit.expect_stored(2)
    before = counters()
    os.kill(int(unit.show("MainPID")), signal.SIGKILL)
    demand(all(ask(connect(unit)) == b"small\n" for _ in range(20)), "after a crash nobody is refused")
    unit.expect_stored(2)
    idle = connect(unit)
    ask(idle)
    unit.ctl("stop", "--no-block", "usher.service")
    demand(idle.recv(1) == b"", "a stop drains: a FIN")
    for sock in unit.clients:
        sock.close()
    wait_for(lambda: unit.show("ActiveState") == "inactive", "the stop")
    unit.expect_stored(0)
    unit.do("start")
    demand(ask(connect(unit)) == b"small\n", "and it can be started again")
    expect_no_reset(before)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(sys.argv[2])
    outside(pathlib.Path(sys.argv[1]).read_text())
