# SPDX-License-Identifier: MIT
"""Hello: README.md shows examples/hello.c as it is, but for the licence, and it is of forty
lines at most.

    python3 tests/style/hello.py [ROOT]
"""
import os
import sys

sys.dont_write_bytecode = True
import tree

LINES_MAX = 40
EXAMPLE = os.path.join("examples", "hello.c")


def main():
    root = tree.root_of(sys.argv)
    report = tree.Report("hello")
    code = tree.read(root, EXAMPLE)
    if code.count("\n") > LINES_MAX:
        report.breach(EXAMPLE, LINES_MAX + 1, f"it has {code.count(chr(10))} lines",
                      f"a first program fits in {LINES_MAX}")
    readme = tree.read(root, "README.md")
    shown = code[code.index("#include"):]
    if f"```c\n{shown}```\n" not in readme:
        line = readme.count("\n", 0, max(readme.find("```c\n"), 0)) + 1
        report.breach("README.md", line, f"it does not show {EXAMPLE} as it is",
                      "copy it there from its first #include on")
    report.finish("1 example")


if __name__ == "__main__":
    main()
