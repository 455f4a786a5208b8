# SPDX-License-Identifier: MIT
"""System: the files of conf/ for systemd and logrotate, read by those themselves.

    python3 tests/conf/system.py ROOT USHER_SERVICE USHERD

The units are verified with programs that exist, and without a word of complaint:
systemd-analyze exits with 0 on a key that it does not know, so what it says counts.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
EXPOSURE_MAX = 20  # tenths

failures = []
skips = []


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=False, timeout=60)


def check(name, result, silent=True):
    """A failure, where the program failed or complained."""
    if result.returncode == 0 and not (silent and result.stderr.strip()):
        print(f"ok: {name}")
        return
    failures.append(name)
    print(f"FAILED: {name}: exit status {result.returncode}\n{result.stdout}{result.stderr}")


def needs(program):
    if shutil.which(program):
        return True
    skips.append(program)
    print(f"SKIPPED: there is no {program} here")
    return False


def existing_programs(text, usherd):
    """The unit with the programs of the build in the place of those installed."""
    text = re.sub(r"^ExecStart=\S+", f"ExecStart={usherd}", text, flags=re.M)
    return re.sub(r"^ExecReload=\S+", f"ExecReload={usherd}", text, flags=re.M)


def units(root, service, usherd, place):
    if not needs("systemd-analyze"):
        return
    unit = place / "usher.service"
    unit.write_text(existing_programs(pathlib.Path(service).read_text(), usherd))
    socket = place / "usher.socket"
    shutil.copy(root / "conf/usher.socket", socket)
    check("the units are without a mistake",
          run("systemd-analyze", "verify", "--man=no", str(unit), str(socket)))
    check(f"the exposure is at most {EXPOSURE_MAX / 10}",
          run("systemd-analyze", "security", "--offline=yes",
              f"--threshold={EXPOSURE_MAX}", str(unit)))


def promises(service):
    """What the unit has to say besides, for the rest to be true."""
    text = pathlib.Path(service).read_text()
    for line in ("Type=notify", "ExecReload=.*/usherctl reload", "WatchdogSec=",
                 "RuntimeDirectory=usher", "LimitNOFILE=", "StartLimitIntervalSec=",
                 "StartLimitBurst=", "User=usher", "FileDescriptorStoreMax=",
                 "RestartKillSignal=SIGQUIT"):
        if not re.search(f"^{line}", text, flags=re.M):
            failures.append(line)
            print(f"FAILED: usher.service does not say {line}")
    if "@" in re.sub(r"^(#|SystemCallFilter=).*", "", text, flags=re.M):
        failures.append("@")
        print("FAILED: a name between @ is not replaced in usher.service")


def stops_after_the_drain(root, service):
    """TimeoutStopSec has to be above the deadline of the sample configuration."""
    stop = re.search(r"^TimeoutStopSec=(\d+)$", pathlib.Path(service).read_text(), flags=re.M)
    deadline = re.search(r'deadline = "(\d+)s"', (root / "conf/usher.conf").read_text())
    if not stop or not deadline or int(stop[1]) <= int(deadline[1]):
        failures.append("TimeoutStopSec")
        print("FAILED: TimeoutStopSec= is not above drain.deadline")


def users_and_directories(root, place):
    if not needs("systemd-sysusers") or not needs("systemd-tmpfiles"):
        return
    if os.geteuid() != 0:
        skips.append("root")
        print("SKIPPED: sysusers.d and tmpfiles.d take root")
        return
    inside = place / "root"
    (inside / "etc").mkdir(parents=True)
    check("sysusers.d makes the user",
          run("systemd-sysusers", f"--root={inside}", str(root / "conf/sysusers.d/usher.conf")),
          silent=False)
    if not re.search(r"^usher:", (inside / "etc/passwd").read_text(), flags=re.M):
        failures.append("no user usher was made")
    check("tmpfiles.d makes the directories",
          run("systemd-tmpfiles", "--create", f"--root={inside}",
              str(root / "conf/tmpfiles.d/usher.conf")), silent=False)
    for path in ("run/usher", "var/log/usher"):
        if not (inside / path).is_dir() or (inside / path).stat().st_uid == 0:
            failures.append(path)
            print(f"FAILED: {path} is not there, or root's")


def rotation(root, place):
    program = shutil.which("logrotate") or shutil.which("/usr/sbin/logrotate")
    if not program:
        needs("logrotate")
        return
    copy = place / "logrotate"
    # The user need not exist where the tests run.
    copy.write_text((root / "conf/logrotate.d/usher").read_text()
                    .replace("usher usher", "root root"))
    copy.chmod(0o644)
    result = run(program, "--debug", "--state", str(place / "state"), str(copy))
    check("logrotate reads its file", result, silent=False)
    if "error:" in result.stderr:
        failures.append("logrotate")
        print(f"FAILED: {result.stderr}")


def main():
    root, service, usherd = (pathlib.Path(arg).resolve() for arg in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        promises(service)
        stops_after_the_drain(root, service)
        units(root, service, usherd, place)
        users_and_directories(root, place)
        rotation(root, place)
    if failures:
        sys.exit(f"failed: {', '.join(failures)}")
    if skips:
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
