# SPDX-License-Identifier: MIT
"""Formatting: each C file is as clang-format 14 with the root's .clang-format
leaves it. Another version would find other breaches, so it is not asked.

    python3 tests/style/formatting.py [ROOT]

To mend: clang-format -i FILE (Debian package clang-format, or clang-format-14).
"""
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import tree

VERSION = 14
BREACH = re.compile(r"^(.*?):(\d+):\d+: error: ", re.MULTILINE)


def find_program():
    """clang-format of the right version, or None."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            if re.search(rf"version {VERSION}\.", said.stdout):
                return path
    return None


def main():
    root = tree.root_of(sys.argv)
    report = tree.Report("formatting")
    program = find_program()
    if not program:
        tree.skip("formatting", f"there is no clang-format {VERSION} here (package clang-format)")
    paths = tree.c_files(root)
    if paths:
        run = subprocess.run([program, "--dry-run", "-Werror", "--style=file", *paths], cwd=root,
                             capture_output=True, text=True, errors="replace", check=False)
        first_lines = {}
        for path, line in BREACH.findall(run.stderr):
            first_lines.setdefault(path, line)
        for path, line in first_lines.items():
            report.breach(path, line, "not formatted, from here on", f"clang-format -i {path}")
        if run.returncode != 0 and not first_lines:
            report.breach(".clang-format", 1, "clang-format failed: " + run.stderr.strip(),
                          "see what it says")
    report.finish(f"{len(paths)} files")


if __name__ == "__main__":
    main()
