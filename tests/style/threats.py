# SPDX-License-Identifier: MIT
"""Threats: each promise of a table names a test, and each test that it names exists:
each row of the table in SECURITY.md, each cell of the one in docs/zero-loss.md.

    python3 tests/style/threats.py ROOT BUILD
"""
import fnmatch
import json
import os
import re
import sys

sys.dont_write_bytecode = True
import tree

# File, the first cell of its table's head, and whether each cell promises something or
# only the last one of a row names the tests.
TABLES = (("SECURITY.md", "attack", False), ("docs/zero-loss.md", "connection", True))
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


def rows_of(text, first):
    """Line number and cells of each row of the tables whose head begins so, but for
    rows that are headings."""
    is_inside = False
    for number, line in enumerate(text.split("\n"), 1):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            is_inside = False
        elif cells[0] == first:
            is_inside = True
        elif is_inside and cells[0].strip("-") and "**" not in cells[0]:
            yield number, cells


def names_without_test(root, known, names):
    """Those of the names that neither a test nor a script of the tree has."""
    return [name for name in names if not fnmatch.filter(known, name)
            and not (name.startswith("scripts/") and os.path.exists(os.path.join(root, name)))]


def main():
    root, build = tree.root_of(sys.argv), sys.argv[2]
    report = tree.Report("threats")
    known = known_tests(build)
    rows = 0
    for path, first, is_each in TABLES:
        for number, cells in rows_of(tree.read(root, path), first):
            rows += 1
            for cell in cells[1:] if is_each else cells[-1:]:
                names = NAME.findall(cell)
                if not names:
                    report.breach(path, number, f"no test is named by: {cell}", "write one")
                for name in names_without_test(root, known, names):
                    report.breach(path, number, f"there is no test {name}",
                                  "name one of scripts/test --list")
    report.finish(f"{rows} rows")


if __name__ == "__main__":
    main()
