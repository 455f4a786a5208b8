# SPDX-License-Identifier: MIT
"""Sizes: no function above 60 lines and no file above 500, in src/, include/,
tests/ and bench/; in src/ the median function has less than 15 lines and nine
in ten have less than 45.

    python3 tests/style/sizes.py [ROOT]
    python3 tests/style/sizes.py --list [ROOT]     each function, longest first

A function counts from the line of its name to its closing brace, as ctags
counts. The layout that .clang-format prescribes is relied upon: the braces of a
function, and no others, stand alone in the first column.
"""
import re
import statistics
import sys

sys.dont_write_bytecode = True
import tree

FUNCTION_MAX = 60
FILE_MAX = 500
MEDIAN_BELOW = 15
NINE_IN_TEN_BELOW = 45

# The name before the parameters, or the name that a macro of Check's is given.
NAME = re.compile(r"(?:START_TEST\s*\(\s*)?([A-Za-z_]\w*)\s*[()]")
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")


def name_in(line):
    """The name of the function that `line` begins to define, or None."""
    match = NAME.search(ATTRIBUTE.sub("", line))
    return match.group(1) if match else None


def head_above(lines, brace):
    """The index of the line with the name of the function whose body opens at
    `brace`, or None where that is no function."""
    for index in range(brace - 1, -1, -1):
        line = lines[index]
        if line and not line[0].isspace():
            return index if name_in(line) else None
    return None


def functions(text):
    """(line, name, length in lines) of each function in `text`."""
    lines = [line.rstrip() for line in tree.code_of(text).split("\n")]
    for brace, line in enumerate(lines):
        if line != "{":
            continue
        head = head_above(lines, brace)
        if head is None:
            continue
        end = next((i for i in range(brace, len(lines)) if lines[i].startswith("}")), len(lines))
        yield head + 1, name_in(lines[head]), end - head + 1


def below_nine_in_ten(lengths):
    """The length that nine in ten do not exceed."""
    return sorted(lengths)[(len(lengths) * 9 + 9) // 10 - 1]


def check_each(report, root, paths):
    """Reports what is too long; returns all functions as (length, path, line, name)."""
    found = []
    for path in paths:
        text = tree.read(root, path)
        lines = text.count("\n")
        if lines > FILE_MAX:
            report.breach(path, FILE_MAX + 1, f"the file has {lines} lines, {FILE_MAX} are allowed",
                          "split it by idea")
        for line, name, length in functions(text):
            found.append((length, path, line, name))
            if length > FUNCTION_MAX:
                report.breach(path, line,
                              f"{name} has {length} lines, {FUNCTION_MAX} are allowed",
                              "give its steps names, or make a table of it")
    return found


def check_distribution(report, found):
    """Reports where the functions of src/ are too long as a whole."""
    found = sorted((one for one in found if one[1].startswith("src")), reverse=True)
    if not found:
        return
    lengths = [one[0] for one in found]
    median = statistics.median(lengths)
    if median >= MEDIAN_BELOW:
        _, path, line, name = found[0]
        report.breach(path, line, f"the median function of src/ has {median:g} lines,"
                      f" less than {MEDIAN_BELOW} are wanted", f"begin with {name}, the longest")
    if below_nine_in_ten(lengths) >= NINE_IN_TEN_BELOW:
        for length, path, line, name in found:
            if length >= NINE_IN_TEN_BELOW:
                report.breach(path, line, f"{name} has {length} lines, and less than nine in ten"
                              f" of src/ have less than {NINE_IN_TEN_BELOW}", "shorten it")


def main():
    is_list = "--list" in sys.argv
    root = tree.root_of([argument for argument in sys.argv if argument != "--list"])
    report = tree.Report("sizes")
    paths = tree.c_files(root)
    found = check_each(report, root, paths)
    check_distribution(report, found)
    if is_list:
        for length, path, line, name in sorted(found, reverse=True):
            print(f"{length:4} {path}:{line} {name}")
    ours = [one[0] for one in found if one[1].startswith("src")]
    if ours:
        print(f"[sizes] src: {len(ours)} functions, median {statistics.median(ours):g} lines,"
              f" nine in ten up to {below_nine_in_ten(ours)}, longest {max(ours)}")
    report.finish(f"{len(paths)} files")


if __name__ == "__main__":
    main()
