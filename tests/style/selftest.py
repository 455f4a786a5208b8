# SPDX-License-Identifier: MIT
"""The style checks, tried: a small clean tree passes each of them, and each
breach that they are there to find is found, in the right file and line.

    python3 tests/style/selftest.py [-v]

A new rule needs a row in BREACHES. What must not be taken for a breach has a
row in HARMLESS.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
LICENCE = "/* SPDX-License-Identifier: MIT */\n"

# Texts that the checks look for in this file, too, are put together here.
REGISTRY = "deb.debian" + ".org"
MACHINE_PATH = "/wo" + "rk/somewhere"
HOME = "/ro" + "ot/somewhere"


def header(name, body=""):
    """A header as it should be."""
    comment = f"/* SPDX-License-Identifier: MIT\n *\n * {name}: does something.\n */\n"
    return comment + "#pragma once\n" + body


def function(name, lines):
    """A function of so many lines, counted from its name."""
    return f"int\n{name}(void)\n{{\n" + "\t;\n" * (lines - 4) + "\treturn 0;\n}\n"


def many(count, lines):
    """A file of `count` functions of so many lines each."""
    return LICENCE + "\n".join(function(f"f{number}", lines) for number in range(count))


FORMAT = "BasedOnStyle: LLVM\nUseTab: Always\nIndentWidth: 8\nTabWidth: 8\n" \
    "BreakBeforeBraces: Linux\nAlwaysBreakAfterReturnType: AllDefinitions\n"

# A tree without a breach.
CLEAN = {
    ".clang-format": FORMAT,
    "include/usher/usher.h": header("usher"),
    "src/base/text.h": header("text", "#include <stddef.h>\nsize_t text_length(void);\n"),
    "src/http/head.h": header("head", '#include "base/text.h"\n'),
    "src/config/config.h": header("config", '#include "base/text.h"\n'),
    "src/net/conn.h": header("conn", '#include "http/head.h"\n'),
    "src/server/server.h": header("server", '#include "net/conn.h"\n'),
    "src/usherd.c": LICENCE + '#include <usher/usher.h>\n\n#include "version.h"\n',
    "src/base/text.c": many(10, 6),
    "tests/test_text.c": LICENCE + function("a_test", 6),
}

# Check, file, what stands in it, and how the report on it begins and goes on.
BREACHES = {
    "a floor that includes a higher one":
        ("floors", "src/http/x.c", LICENCE + '\n#include "net/conn.h"\n', 3, "of floor 2"),
    "base that includes the floor above it":
        ("floors", "src/base/x.h", header("x", '#  include "http/head.h"\n'), 6, "of floor 1"),
    "a floor that includes a program":
        ("floors", "src/server/x.c", LICENCE + '#include "usherctl/x.h"\n', 2, "of floor 7"),
    "a program in src/ that includes a floor":
        ("floors", "src/usherd.c", LICENCE + '#include "server/server.h"\n', 2, "a program incl"),
    "a program that includes a floor as if it were foreign":
        ("floors", "src/usherd.c", LICENCE + "#include <net/conn.h>\n", 2, "a program includes"),
    "config that includes http":
        ("floors", "src/config/x.c", LICENCE + '#include "http/head.h"\n', 2, "do not know each"),
    "http that includes config":
        ("floors", "src/http/x.c", LICENCE + '#include "config/config.h"\n', 2, "do not know each"),
    "libevent above the floors that may use it":
        ("floors", "src/protocol/x.c", LICENCE + "#include <event2/event.h>\n", 2, "only net and"),
    "libevent in a program":
        ("floors", "src/x.c", LICENCE + "#include <event2/event.h>\n", 2, "a program includes"),
    "llhttp outside http":
        ("floors", "src/protocol/x.c", LICENCE + "#include <llhttp.h>\n", 2, "only http may"),
    "libconfuse outside config":
        ("floors", "src/server/x.c", LICENCE + "#include <confuse.h>\n", 2, "only config may"),
    "an include that names no floor":
        ("floors", "src/http/x.c", LICENCE + '#include "head.h"\n', 2, "names no floor"),
    "a folder that has no floor":
        ("floors", "src/attic/x.c", LICENCE, 1, "src/attic has no floor"),
    "a public header that includes an internal one":
        ("floors", "include/usher/x.h", header("x", '#include "base/text.h"\n'), 6, "stands alone"),
    "a file that is not formatted":
        ("formatting", "src/x.c", LICENCE + "\nint x;\nint  y;\n", 4, "clang-format -i src/x.c"),
    "a test that is not formatted":
        ("formatting", "tests/x.c", LICENCE + "\nint f(void)\n{\n}\n", 3, "not formatted"),
    "a function of 61 lines":
        ("sizes", "src/x.c", LICENCE + function("long_one", 61), 3, "long_one has 61 lines"),
    "a static function of 61 lines behind an attribute":
        ("sizes", "src/x.c", LICENCE + "__attribute__((cold)) " + function("f", 61), 3, "f has 61"),
    "a test of 61 lines":
        ("sizes", "tests/x.c",
         LICENCE + "START_TEST(a_long_one)\n{\n" + "\t;\n" * 58 + "}\nEND_TEST\n", 2,
         "a_long_one has 61"),
    "a file of 501 lines":
        ("sizes", "bench/x.h", LICENCE + "\n" * 500, 501, "the file has 501 lines"),
    "functions that are mostly too long":
        ("sizes", "src/x.c", many(11, 15), 2 + 15 * 10 + 2 * 10 + 1, "the median function"),
    "too many long functions":
        ("sizes", "src/x.c", many(2, 45), 3, "nine in ten"),
    "a header without a file comment":
        ("comments", "src/net/x.h", LICENCE + "#pragma once\n", 1, "has no file comment"),
    "a C file without a licence":
        ("comments", "src/net/x.c", "int x;\n", 1, "names no licence"),
    "a test whose licence is not in the first line":
        ("comments", "tests/x.c", "\n" + LICENCE, 1, "names no licence"),
    "a header that needs another before it":
        ("headers", "src/net/x.h", header("x", "size_t x(void);\n"), 6, "size_t"),
    "a header that includes what does not exist":
        ("headers", "src/net/x.h", header("x", '#include "net/nowhere.h"\n'), 6, "nowhere.h"),
    "a registry":
        ("places", "scripts/run", f"#!/bin/sh\ncurl http://{REGISTRY}/\n", 2, REGISTRY),
    "a path of one machine":
        ("places", "docs/x.md", f"\n\nsee {MACHINE_PATH}\n", 3, "/wo" + "rk/"),
    "a home directory":
        ("places", "meson.build", f"args = '-I{HOME}'\n", 1, "/ro" + "ot/"),
}

# Functions that are banned everywhere, and in tests.
BANNED = ("strcpy stpcpy strcat sprintf vsprintf gets strtok atoi atol atoll atof scanf fscanf"
          " sscanf vscanf vfscanf vsscanf alloca signal").split()
BANNED_IN_TESTS = "sleep usleep nanosleep clock_nanosleep".split()
for banned in BANNED:
    BREACHES[f"a call of {banned}"] = (
        "banned", "src/x.c", LICENCE + f"\nint\nf(void)\n{{\n\treturn !{banned} (0);\n}}\n", 6,
        f"{banned} is banned")
for banned in BANNED_IN_TESTS:
    BREACHES[f"a call of {banned} in a test"] = (
        "banned", "tests/wire/x.c", LICENCE + f"int x = {banned}(1);\n", 2, f"{banned} is banned")

# Check, file, and what stands in it without being a breach.
HARMLESS = {
    "an include within a comment":
        ("floors", "src/http/x.c", LICENCE + '/*\n#include "net/conn.h"\n*/\n'),
    "a test that includes any floor":
        ("floors", "tests/x.c", LICENCE + '#include "server/server.h"\n#include "x.h"\n'),
    "libevent where it belongs":
        ("floors", "src/net/x.c", LICENCE + "#include <event2/event.h>\n"),
    "the header that Meson makes":
        ("floors", "src/x.c", LICENCE + '#include "version.h"\n'),
    "a function of 60 lines":
        ("sizes", "src/x.c", LICENCE + function("f", 60)),
    "a file of 500 lines":
        ("sizes", "src/x.c", LICENCE + "\n" * 499),
    "a table of more than 60 lines":
        ("sizes", "src/x.c", LICENCE + "static const int x[] = {\n" + "\t1,\n" * 99 + "};\n"),
    "a few long functions among many":
        ("sizes", "src/x.c", many(1, 45)),
    "braces within a comment and a string":
        ("sizes", "src/x.c", LICENCE + "int\nf(void)\n{\n/*\n}\n{\n*/\n\tg(\"\\\"}{\");\n}\n"),
    "banned names in comments, strings, members and longer names":
        ("banned", "src/x.c", LICENCE + '/* gets(x) */ // atoi(x)\nint x = f("atol(1)", \'"\');\n'
         "int y = ops->signal(1) + ops.signal(2) + my_gets(3) + strtok_r(4) + getsockname(5);\n"),
    "a sleep outside the tests":
        ("banned", "bench/x.c", LICENCE + "int x = usleep(1);\n"),
    "words that only look like a path of one machine":
        ("places", "docs/x.md", "docs/work/ ~root/x $root/work/x /workshop/ /rooted/\n"),
    "what stands in a folder named build":
        ("places", "build/log", MACHINE_PATH + "\n"),
}


def write_tree(root, tree):
    """Creates the files of `tree`, path by path, below `root`."""
    for path, content in tree.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)


class StyleChecks(unittest.TestCase):
    """One test per row of the tables, added below."""

    def setUp(self):
        self.root = os.path.realpath(tempfile.mkdtemp(prefix="usher-style-"))
        self.addCleanup(shutil.rmtree, self.root)
        write_tree(self.root, CLEAN)

    def run_check(self, check, *arguments):
        """(exit status, output) of a check of the temporary tree."""
        run = subprocess.run([sys.executable, os.path.join(HERE, check + ".py"), self.root,
                              *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(run.stderr, "")
        if run.returncode == 77:
            self.skipTest(run.stdout.strip())
        return run.returncode, run.stdout


def expect_found(check, path, content, line, words):
    """A test: the breach is reported once, with its place."""

    def test(self):
        write_tree(self.root, {path: content})
        status, output = self.run_check(check)
        start = f"{path}:{line}: [{check}] "
        reports = [one for one in output.splitlines() if one.startswith(start)]
        self.assertEqual(status, 1, output)
        self.assertEqual(len(reports), 1, output)
        self.assertIn(words, reports[0])
        self.assertIn("; ", reports[0], "no mend")

    return test


def expect_clean(check, path=None, content=""):
    """A test: nothing is reported."""

    def test(self):
        if path:
            write_tree(self.root, {path: content})
        status, output = self.run_check(check)
        self.assertEqual(status, 0, output)
        self.assertIn("no breaches", output)

    return test


def add_tests():
    """Gives StyleChecks its tests."""
    def add(name, test):
        setattr(StyleChecks, "test_" + name.replace(" ", "_"), test)

    for check in sorted({row[0] for row in BREACHES.values()}):
        add(f"{check} finds nothing in a clean tree", expect_clean(check))
    for name, row in BREACHES.items():
        add(f"{row[0]} finds {name}", expect_found(*row))
    for name, row in HARMLESS.items():
        add(f"{row[0]} lets pass {name}", expect_clean(*row))


class BuildAndGit(unittest.TestCase):
    """What depends on a build directory or a Git work tree."""

    setUp = StyleChecks.setUp
    run_check = StyleChecks.run_check

    def test_headers_takes_the_include_paths_of_a_build(self):
        write_tree(self.root, {
            "elsewhere/foreign.h": "",
            "src/net/x.h": header("x", "#include <foreign.h>\n"),
            "out/compile_commands.json":
                '[{"directory": "%s/out", "file": "../src/x.c", "command":'
                ' "cc -O2 -I../elsewhere -c ../src/x.c"}]' % self.root,
        })
        self.assertEqual(self.run_check("headers")[0], 1)
        self.assertEqual(self.run_check("headers", os.path.join(self.root, "out"))[0], 0)

    def test_places_leaves_out_where_meson_has_built(self):
        write_tree(self.root, {"out/log": MACHINE_PATH})
        self.assertEqual(self.run_check("places")[0], 1)
        write_tree(self.root, {"out/meson-private/x": MACHINE_PATH})
        self.assertEqual(self.run_check("places")[0], 0)

    def test_places_reads_what_git_would_commit_and_no_more(self):
        if not shutil.which("git"):
            self.skipTest("there is no git here")
        subprocess.run(["git", "init", "-q", self.root], check=True)
        write_tree(self.root, {".gitignore": "/private\n", "private": MACHINE_PATH})
        self.assertEqual(self.run_check("places")[0], 0)
        write_tree(self.root, {"untracked": MACHINE_PATH})
        self.assertEqual(self.run_check("places")[0], 1)


if __name__ == "__main__":
    add_tests()
    unittest.main()
