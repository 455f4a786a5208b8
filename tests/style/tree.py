# SPDX-License-Identifier: MIT
"""What the style checks share: which files there are, C without its comments,
and how a breach is reported.

A check is a program of this folder. It takes the root of a tree (the current
directory if none is given), prints one line per breach,

    file:line: [check] what is wrong; what mends it

and exits with 0, with 1 where there was a breach, or with 77 where it could
not look (Meson and Automake call that skipped). By hand:

    python3 tests/style/floors.py .
"""
import os
import re
import sys

SKIPPED = 77

# The folders that hold C of ours.
C_FOLDERS = ("src", "include", "examples", "tests", "bench")

# Folders that belong to no source tree; nor does one in which Meson has built.
FOREIGN_FOLDERS = {".git", "build", "__pycache__"}
BUILD_MARK = "meson-private"


def root_of(arguments):
    """The root directory that the command line names."""
    return os.path.abspath(arguments[1] if len(arguments) > 1 else ".")


def files(root, folders=("",), endings=("",)):
    """The files below `folders` that end so, as sorted paths from `root`."""
    found = set()
    for folder in folders:
        for place, inner, names in os.walk(os.path.join(root, folder)):
            if BUILD_MARK in inner:
                inner.clear()
                continue
            inner[:] = [name for name in inner if name not in FOREIGN_FOLDERS]
            for name in names:
                if name.endswith(tuple(endings)):
                    found.add(os.path.relpath(os.path.join(place, name), root))
    return sorted(found)


def c_files(root, folders=C_FOLDERS, endings=(".c", ".h")):
    """The C files of ours below `folders`."""
    return files(root, folders, endings)


def read(root, path):
    """The text of a file; bytes that are no UTF-8 are replaced."""
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


COMMENT = r"//[^\n]*|/\*.*?\*/"
LITERAL = r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'"
COMMENT_OR_LITERAL = re.compile(COMMENT + "|" + LITERAL, re.DOTALL)


def code_of(text, keep_literals=False):
    """`text` with comments, and string and character literals, made blanks. All
    else stands in the line and column where it stood."""

    def blank(match):
        piece = match.group()
        if keep_literals and piece[0] in "\"'":
            return piece
        return re.sub(r"[^\n]", " ", piece)

    return COMMENT_OR_LITERAL.sub(blank, text)


def skip(check, reason):
    """Says why `check` cannot look, and ends it as skipped."""
    print(f"[{check}] SKIPPED: {reason}")
    sys.exit(SKIPPED)


class Report:
    """Counts and prints the breaches of one check."""

    def __init__(self, check):
        self.check = check
        self.breaches = 0

    def breach(self, path, line, problem, mend):
        """One breach: where, what is wrong, what mends it."""
        print(f"{path}:{line}: [{self.check}] {problem}; {mend}")
        self.breaches += 1

    def finish(self, looked_at):
        """The verdict, and the end of the program."""
        print(f"[{self.check}] {looked_at}: {self.breaches or 'no'} breach"
              f"{'' if self.breaches == 1 else 'es'}")
        sys.exit(1 if self.breaches else 0)
