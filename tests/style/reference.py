# SPDX-License-Identifier: MIT
"""Reference: Doxygen makes the reference of the library from its public headers without a
warning, so each function, parameter, result and member says what it is; and each function
that the headers declare is in it.

    python3 tests/style/reference.py ROOT BUILD DOXYGEN

Exit status 77: there is no Doxygen.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import tree

DECLARED = re.compile(r"\b(usher_\w+)\(")
WHERE = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+): (?:error|warning): (?P<what>.*)$")


def make(root, build, doxygen, place):
    """Runs Doxygen; what it complained of, where a line may go on in the next."""
    with open(os.path.join(root, "docs", "Doxyfile.in"), encoding="utf-8") as file:
        text = file.read()
    for name, value in (("VERSION", "test"), ("OUTPUT", place), ("SOURCE", root),
                        ("BUILD", build)):
        text = text.replace(f"@{name}@", value)
    done = subprocess.run([doxygen, "-"], input=text, capture_output=True, text=True, check=False)
    lines = re.sub(r"\n\s+", " ", done.stdout + done.stderr).splitlines()
    if done.returncode != 0 and not lines:
        lines = [f"doxygen: status {done.returncode}"]
    return lines


def declared(root):
    """The functions that the public headers declare, with their header and line."""
    for path in tree.c_files(root, ["include"]):
        code = tree.code_of(tree.read(root, path))
        for match in DECLARED.finditer(code):
            yield match.group(1), path, code.count("\n", 0, match.start()) + 1


def described(place):
    """The functions that are described on the pages."""
    text = ""
    for folder, _, names in os.walk(place):
        for name in sorted(names):
            if name.endswith("_8h.html"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text += file.read()
    cells = re.findall(r'<td class="memname">(.*?)</td>', text)
    return {re.sub(r"<[^>]*>", "", cell).split()[-1] for cell in cells}


def main():
    root, build, doxygen = tree.root_of(sys.argv), *sys.argv[2:4]
    if not shutil.which(doxygen):
        tree.skip("reference", "there is no doxygen")
    report = tree.Report("reference")
    with tempfile.TemporaryDirectory(prefix="usher-reference-") as place:
        for line in make(root, os.path.abspath(build), doxygen, place):
            match = WHERE.match(line)
            path = os.path.relpath(match["path"], root) if match else "docs/Doxyfile.in"
            report.breach(path, int(match["line"]) if match else 1,
                          match["what"] if match else line,
                          "describe it above its declaration, see the others there")
        known = described(place)
    count = 0
    for name, path, line in declared(root):
        count += 1
        if name not in known:
            report.breach(path, line, f"{name} is not in the reference", "describe it by /** */")
    report.finish(f"{count} functions")


if __name__ == "__main__":
    main()
