# SPDX-License-Identifier: MIT
"""Comments at the top: each C file names its licence in the first line, and
each header of src/ says in that comment what the module is.

    python3 tests/style/comments.py [ROOT]

A header begins so:

    /* SPDX-License-Identifier: MIT
     *
     * name: what it is, what it owns, what it leaves to others.
"""
import os
import sys

sys.dont_write_bytecode = True
import tree

LICENCE = "/* SPDX-License-Identifier: MIT"


def has_prose(text):
    """Whether the first comment goes on after the licence."""
    comment = text[:text.find("*/")] if "*/" in text else ""
    return any(character.isalpha() for character in comment[len(LICENCE):])


def main():
    root = tree.root_of(sys.argv)
    report = tree.Report("comments")
    paths = tree.c_files(root)
    for path in paths:
        text = tree.read(root, path)
        if not text.startswith(LICENCE):
            report.breach(path, 1, "the first line names no licence", f"begin with `{LICENCE}`")
        elif path.startswith("src" + os.sep) and path.endswith(".h") and not has_prose(text):
            report.breach(path, 1, "the header has no file comment",
                          "say below the licence what it owns, what it leaves to others, and on"
                          " which thread it is used")
    report.finish(f"{len(paths)} files")


if __name__ == "__main__":
    main()
