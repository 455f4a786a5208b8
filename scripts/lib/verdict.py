# SPDX-License-Identifier: MIT
"""Reads what meson wrote about its test runs and gives the verdict.

usage: verdict.py FILTERS BROKEN DIRECTORY...

FILTERS is how many filters narrowed the run, BROKEN names build directories that
did not build, each DIRECTORY is one whose tests ran. A program that ends with
Check's summary counts with each of its cases, any other as one. A case that was
skipped has written a line "SKIP name: reason"; a whole program that was skipped
has exited with 77, and its last line is the reason.

What Check said of each failure, and the last words of a program that failed, are
repeated before the end, where whoever reads only the end finds them.

The last line printed is "N passed, N failed, N skipped"; the exit status is 1
when anything failed or nothing ran.
"""

import json
import pathlib
import re
import sys

SUMMARY = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.MULTILINE)
SKIPPED = re.compile(r"^SKIP (.+)$", re.MULTILINE)
COMPLAINT = re.compile(r"^\S+:\d+:[FE]:.*$", re.MULTILINE)
COMPLAINTS_MAX = 10  # of one program
LAST_WORDS = 15  # lines


def complaint(name, result, output):
    """What a program that failed has to say of it."""
    lines = COMPLAINT.findall(output)[:COMPLAINTS_MAX]
    lines += ["…"] + output.strip().splitlines()[-LAST_WORDS:]
    return "\n  ".join([f"{name}: {result}"] + [line[:500] for line in lines])


class Count:
    """What was passed, failed and skipped so far."""

    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []  # (build, what and why)
        self.complaints = []  # blocks of lines

    def add_cases(self, build, name, output, is_failed):
        """One program that ended: its cases, as Check counted them."""
        skipped = SKIPPED.findall(output)
        checks = failures = 0
        for summary in SUMMARY.finditer(output):
            checks += int(summary[1])
            failures += int(summary[2]) + int(summary[3])
        if not checks:
            checks = 1
        if is_failed and not failures:
            failures = 1
            checks = max(checks, 1)
        self.passed += max(checks - failures - len(skipped), 0)
        self.failed += [f"{name} ({build})"] * failures
        self.skipped += [(build, f"{name}: {reason}") for reason in skipped]

    def add_program(self, directory, test):
        """One line of meson's log."""
        build = directory.name
        name = test["name"].removeprefix("usher:")
        output = test.get("stdout", "") + "\n" + test.get("stderr", "")
        if test["result"] == "SKIP":
            lines = output.strip().splitlines() or ["it gave no reason"]
            self.skipped.append((build, f"{name}: {lines[-1].removeprefix('SKIP ')}"))
        else:
            is_failed = test["result"] not in ("OK", "EXPECTEDFAIL")
            self.add_cases(build, name, output, is_failed)
            if is_failed:
                self.complaints.append(complaint(f"{name} ({build})", test["result"], output))

    def tell(self):
        """Names what was skipped, once for all builds, and what failed."""
        for what in dict.fromkeys(what for _, what in self.skipped):
            builds = [build for build, other in self.skipped if other == what]
            print(f"skipped: {what} ({', '.join(dict.fromkeys(builds))})")
        for failed in dict.fromkeys(self.failed):
            print(f"failed: {failed}, {self.failed.count(failed)} times")
        for block in self.complaints:
            print(block)


def main():
    """Counts, names, and closes with the line."""
    is_filtered = int(sys.argv[1]) > 0
    count = Count()
    count.failed += [f"{name} does not build" for name in sys.argv[2].split()]
    for directory in map(pathlib.Path, sys.argv[3:]):
        for log in sorted(directory.glob("meson-logs/test-*.json")):
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                count.add_program(directory, json.loads(line))
    count.tell()
    if not count.passed and not count.failed and is_filtered:
        print("no test of that name ran; scripts/test --list names them")
    print(f"{count.passed} passed, {len(count.failed)} failed, {len(count.skipped)} skipped")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
