# SPDX-License-Identifier: MIT
"""Places: nothing that is committed names a package registry or a path that
exists on one machine only. The system's own tools know their registries.

    python3 tests/style/places.py [ROOT]

In a Git work tree the tracked files are read and those that would be added;
elsewhere all files, but for build directories.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import tree

# What is looked for, and its mend. Written so that no pattern finds itself.
PATTERNS = (
    (re.compile(rb"(?:deb|security)\.debian\.org|registry\.npmjs\.org"
                rb"|pypi\.org|pythonhosted\.org"),
     "name the package alone: where it comes from is the machine's own business"),
    (re.compile(rb"(?:(?<![\w.*])|(?<=-[IL]))/(?:work|root)/"),
     "write a path from the root of the tree, or take it from an argument"),
)


def committed_files(root):
    """Paths from `root` of all that is or would be committed."""
    run = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others",
                          "--exclude-standard"], capture_output=True, check=False)
    if run.returncode != 0 or not os.path.exists(os.path.join(root, ".git")):
        return tree.files(root)
    return sorted(os.fsdecode(path) for path in run.stdout.split(b"\0") if path)


def main():
    root = tree.root_of(sys.argv)
    report = tree.Report("places")
    looked_at = 0
    for path in committed_files(root):
        full = os.path.join(root, path)
        if not os.path.isfile(full) or os.path.islink(full):
            continue
        with open(full, "rb") as file:
            content = file.read()
        looked_at += 1
        for pattern, mend in PATTERNS:
            for match in pattern.finditer(content):
                report.breach(path, content.count(b"\n", 0, match.start()) + 1,
                              f"{match.group().decode()} stands here", mend)
    report.finish(f"{looked_at} files")


if __name__ == "__main__":
    main()
