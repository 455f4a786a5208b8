# SPDX-License-Identifier: MIT
"""Banned: functions that cannot be called safely, or not in a test.

    python3 tests/style/banned.py [ROOT]

Calls are looked for, not names: a comment or a string may speak of them, and a
member of a struct may bear such a name.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
import tree

UNBOUNDED = "use a builder over a buffer of known size (base/text.h)"
NUMBERS = "it cannot report an error: use slice_to_u64 (base/text.h)"
SCANF = "it is undefined on overflow: take slices apart (base/text.h)"
SLEEPS = "wait for the event or the log line that the test is about"

# Function, and what mends its use.
EVERYWHERE = {
    "strcpy": UNBOUNDED,
    "stpcpy": UNBOUNDED,
    "strcat": UNBOUNDED,
    "sprintf": UNBOUNDED,
    "vsprintf": UNBOUNDED,
    "gets": UNBOUNDED,
    "strtok": "it keeps state and writes into its input: use slice_next_element (base/text.h)",
    "atoi": NUMBERS,
    "atol": NUMBERS,
    "atoll": NUMBERS,
    "atof": NUMBERS,
    "scanf": SCANF,
    "fscanf": SCANF,
    "sscanf": SCANF,
    "vscanf": SCANF,
    "vfscanf": SCANF,
    "vsscanf": SCANF,
    "alloca": "it cannot fail, only crash: use a buffer of fixed size, or malloc",
    "signal": "its meaning differs between systems: use sigaction, or a signal event of the loop",
}
IN_TESTS = {
    "sleep": SLEEPS,
    "usleep": SLEEPS,
    "nanosleep": SLEEPS,
    "clock_nanosleep": SLEEPS,
}


def calls(names):
    """A pattern for a call of one of `names`, but not of a member so named."""
    return re.compile(r"(?<![\w.])(?<!->)(" + "|".join(names) + r")\s*\(")


def main():
    root = tree.root_of(sys.argv)
    report = tree.Report("banned")
    paths = tree.c_files(root)
    for path in paths:
        mends = dict(EVERYWHERE)
        if path.startswith("tests" + os.sep):
            mends.update(IN_TESTS)
        code = tree.code_of(tree.read(root, path))
        for match in calls(mends).finditer(code):
            name = match.group(1)
            report.breach(path, code.count("\n", 0, match.start()) + 1, f"{name} is banned",
                          mends[name])
    report.finish(f"{len(paths)} files")


if __name__ == "__main__":
    main()
