# SPDX-License-Identifier: MIT
"""Floors: a file of src/ includes headers of its own floor and of lower ones,
and a library's headers only on the floors that may use the library.

    python3 tests/style/floors.py [ROOT]

Floors are the folders of src/; what stands in src/ itself is a program, and
includes nothing of src/: it is a program on the library as any other could be. A
new folder needs a row in FLOORS, a new library one in LIBRARIES. The public
headers in include/ may include nothing of src/.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
import tree

FLOORS = {
    "base": 0,
    "config": 1,
    "http": 1,
    "net": 2,
    "protocol": 3,
    "handler": 4,
    "server": 5,
    "api": 6,
    "usherctl": 7,
    "usher-load": 7,
}
PROGRAMS = 7

# Folders of one floor that may not include each other.
STRANGERS = {"config": {"http"}, "http": {"config"}}

# The start of a library's headers, and the folders that may include them.
LIBRARIES = (
    ("event2/", ("net", "server", "api", "usher-load")),
    ("llhttp.h", ("http",)),
    ("confuse.h", ("config",)),
    ("jansson.h", ("usherctl",)),
)

# Headers that Meson makes, which stand on no floor.
GENERATED = ("version.h",)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.MULTILINE)


def includes(text):
    """Each include of a file: its line, '"' or '<', and what is included."""
    for match in INCLUDE.finditer(tree.code_of(text, keep_literals=True)):
        yield text.count("\n", 0, match.start(1)) + 1, match.group(1), match.group(2)


def folder_of(path):
    """The folder of src/ that `path` stands in, or "" for a program in src/."""
    parts = path.split(os.sep)
    return parts[1] if len(parts) > 2 else ""


def check_floor(report, path, line, included):
    """An include of ours, "floor/file.h", in a file of src/."""
    folder = folder_of(path)
    other = included.split("/")[0]
    floor = FLOORS.get(folder, PROGRAMS)
    if not folder:
        report.breach(path, line, f'a program includes "{included}"',
                      "usherd is made of the public headers alone: if it lacks something there,"
                      " so does everybody else")
    elif FLOORS[other] > floor:
        report.breach(path, line,
                      f'{folder} (floor {floor}) includes "{included}" of floor {FLOORS[other]}',
                      "include only your own floor and lower ones; for a call upwards take a"
                      " const struct ..._ops * at construction")
    elif other in STRANGERS.get(folder, ()):
        report.breach(path, line, f'{folder} includes "{included}"',
                      f"{folder} and {other} do not know each other: pass what is needed as"
                      " plain values from a higher floor")


def check_library(report, path, line, included):
    """An include of a library in a file of src/."""
    folder = folder_of(path)
    for start, allowed in LIBRARIES:
        if included.startswith(start) and folder not in allowed:
            report.breach(path, line, f"{folder or 'a program'} includes <{included}>",
                          f"only {' and '.join(allowed)} may: use their headers instead")


def check_ours(report, root, path, line, included):
    """An include in quotes in a file of src/."""
    if included.split("/")[0] in FLOORS and "/" in included:
        check_floor(report, path, line, included)
    elif included not in GENERATED and not os.path.exists(os.path.join(root, "include", included)):
        report.breach(path, line, f'"{included}" names no floor',
                      'write "floor/file.h" for a header of src/, <...> for a foreign one')


def check_public(report, path, line, included):
    """An include in a header of include/."""
    if included.split("/")[0] in FLOORS and "/" in included:
        report.breach(path, line, f'a public header includes "{included}"',
                      "include/ stands alone: declare what the caller needs there")


def main():
    root = tree.root_of(sys.argv)
    report = tree.Report("floors")
    sources = tree.c_files(root, ["src"])
    for path in sources:
        if folder_of(path) and folder_of(path) not in FLOORS:
            report.breach(path, 1, f"src/{folder_of(path)} has no floor",
                          "give the folder a row in FLOORS of tests/style/floors.py")
        for line, quote, included in includes(tree.read(root, path)):
            check_library(report, path, line, included)
            if quote == '"' or included.split("/")[0] in FLOORS:
                check_ours(report, root, path, line, included)
    public = tree.c_files(root, ["include"])
    for path in public:
        for line, _, included in includes(tree.read(root, path)):
            check_public(report, path, line, included)
    report.finish(f"{len(sources) + len(public)} files")


if __name__ == "__main__":
    main()
