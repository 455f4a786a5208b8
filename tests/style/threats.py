# SPDX-License-Identifier: MIT
"""Threats: each row of the table in SECURITY.md names a test, and each test that it
names exists.

    python3 tests/style/threats.py ROOT BUILD
"""
import fnmatch
import json
import os
import re
import sys

sys.dont_write_bytecode = True
import tree

ROW = re.compile(r"^\|(?P<attack>.+)\|(?P<defence>.*)\|(?P<tests>[^|]*)\|$")
NAME = re.compile(r"`((?:[a-z]+/)[\w/*-]+)`")


def known_tests(build):
    """SUITE/NAME of each test of a build; a name may begin with its suite already."""
    with open(os.path.join(build, "meson-info", "intro-tests.json"), encoding="utf-8") as file:
        tests = json.load(file)
    names = set()
    for test in tests:
        names.add(test["name"])
        for suite in test["suite"]:
            names.add(suite.removeprefix("usher:") + "/" + test["name"])
    return names


def main():
    root, build = tree.root_of(sys.argv), sys.argv[2]
    report = tree.Report("threats")
    known = known_tests(build)
    rows = 0
    for number, line in enumerate(tree.read(root, "SECURITY.md").split("\n"), 1):
        match = ROW.match(line)
        if not match or match["attack"].strip() in ("attack", "---") or "**" in match["attack"]:
            continue
        rows += 1
        names = NAME.findall(match["tests"])
        if not names:
            report.breach("SECURITY.md", number, "this threat has no test", "write one")
        for name in names:
            is_script = name.startswith("scripts/") and os.path.exists(os.path.join(root, name))
            if not is_script and not fnmatch.filter(known, name):
                report.breach("SECURITY.md", number, f"there is no test {name}",
                              "name one of scripts/test --list")
    report.finish(f"{rows} rows")


if __name__ == "__main__":
    main()
