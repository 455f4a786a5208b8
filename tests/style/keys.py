# SPDX-License-Identifier: MIT
"""Keys: conf/usher.conf and docs/man/usher.conf.5 name every key that the
program knows, and no other, with its true default; the manual page gives its
range, and says of which keys a change needs a restart.

    python3 tests/style/keys.py ROOT TABLE

TABLE is the program built from keys_table.c; what it prints is the truth.

In the sample a key stands as `key = default` in its section. A line may be
switched off by a "#" without a blank behind it. Where a key stands several
times, one of them has the default. A key that has none ends in "# no default".

In the manual page a key is an `.It Ic key` below the `.Ss` of its section, and
its text ends in a line `Default: VALUE, RANGE.` or `No default, RANGE.`; the
range is left out where there is none. "A change needs a restart." follows where
that is so.
"""
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import tree

SAMPLE = "conf/usher.conf"
MANUAL = "docs/man/usher.conf.5"
NO_DEFAULT = "none"

OPEN = re.compile(r"(\w+)(?:\s+\S+)?\s*\{\s*$")
SETTING = re.compile(r"(\w+)\s*=\s*(.*?)\s*(?:\s#\s(.*))?$")
STATEMENT = re.compile(r"(?:Default: (?P<value>.+?)|No default)"
                       r"(?:, (?P<range>(?:one of .*?|\S+\.\.\S+)))?\.$")
RESTART = "A change needs a restart."


def truth(program):
    """{(section, key): (default, range, "reload" or "restart")}."""
    output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    return {(section, key): tuple(rest) for section, key, *rest in rows}


def sample_settings(text):
    """(line number, section, key, value, remark) of each setting."""
    sections = [""]
    for number, line in enumerate(text.splitlines(), 1):
        line = re.sub(r"^#(?=\S)", "", line.strip())
        if line.startswith("#"):
            continue
        if OPEN.match(line):
            sections.append(OPEN.match(line).group(1))
        elif line == "}":
            sections.pop()
        elif SETTING.match(line):
            key, value, remark = SETTING.match(line).groups()
            yield number, sections[-1], key, value, remark or ""


def check_sample(report, text, keys):
    seen = {}
    for number, section, key, value, remark in sample_settings(text):
        shown = NO_DEFAULT if remark == "no default" else value
        seen.setdefault((section, key), []).append((number, shown))
    for section, key in seen.keys() - keys.keys():
        report.breach(SAMPLE, seen[section, key][0][0],
                      f'"{section}" has no key {key}', "take it out")
    for (section, key), (default, _, _) in keys.items():
        found = seen.get((section, key), [])
        if not found:
            report.breach(SAMPLE, 1, f'{key} of "{section}" is missing', "add it")
        elif default not in [shown for _, shown in found]:
            report.breach(SAMPLE, found[0][0], f"{key} is shown as {found[0][1]}",
                          f"its default is {default}")


def manual_items(text):
    """(line number, section, key, its text) of each item of the manual page."""
    section, item = None, None
    for number, line in enumerate(text.splitlines(), 1):
        heading = re.match(r"\.S([hs]) (\w*)", line)
        start = re.match(r"\.It Ic (\w+)", line)
        if (heading or start or line == ".El") and item:
            yield item
            item = None
        if heading:
            name = heading.group(2)
            section = None if heading.group(1) == "h" else "" if name == "Top" else name
        elif start and section is not None:
            item = (number, section, start.group(1), [])
        elif item:
            item[3].append(line)


def wanted_range(text):
    """A range of the table as the manual page writes it."""
    return None if text == "-" else text if ".." in text else "one of " + text


def check_item(report, number, key, lines, row):
    default, limits, effect = row
    statements = [match for match in map(STATEMENT.match, lines) if match]
    if len(statements) != 1:
        report.breach(MANUAL, number, f"{key} says not once what its default is",
                      f"it is {default}")
        return
    value = statements[0].group("value") or NO_DEFAULT
    if value != default:
        report.breach(MANUAL, number, f"the default of {key} is not {value}",
                      f"it is {default}")
    if statements[0].group("range") != wanted_range(limits):
        report.breach(MANUAL, number, f"the range of {key} is wrong",
                      f"it is {wanted_range(limits)}")
    if (RESTART in lines) != (effect == "restart"):
        report.breach(MANUAL, number, f"{key} is wrong about restarts",
                      f"a {effect} applies a change")


def check_manual(report, text, keys):
    seen = set()
    for number, section, key, lines in manual_items(text):
        if (section, key) not in keys:
            report.breach(MANUAL, number, f'"{section}" has no key {key}', "take it out")
        elif (section, key) in seen:
            report.breach(MANUAL, number, f"{key} stands twice", "once is enough")
        else:
            check_item(report, number, key, lines, keys[section, key])
        seen.add((section, key))
    for section, key in sorted(keys.keys() - seen):
        report.breach(MANUAL, 1, f'{key} of "{section}" is missing', "add it")


def main():
    root = tree.root_of(sys.argv)
    report = tree.Report("keys")
    keys = truth(sys.argv[2])
    check_sample(report, tree.read(root, SAMPLE), keys)
    check_manual(report, tree.read(root, MANUAL), keys)
    report.finish(f"{len(keys)} keys")


if __name__ == "__main__":
    main()
