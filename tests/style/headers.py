# SPDX-License-Identifier: MIT
"""Headers: each header of src/ and include/ compiles on its own, so that it can
be included first and in any order.

    python3 tests/style/headers.py [ROOT [BUILD [CC...]]]

BUILD is a build directory: the include paths, definitions and language of its
compile_commands.json are used. Without it, ROOT/src and ROOT/include are all
that is searched beside the system's. CC is the compiler, gcc if not given.
"""
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import tree

DEFAULT_FLAGS = ["-std=gnu11", "-D_GNU_SOURCE"]
JOINED_FLAG = re.compile(r"-(?:I|D|std=).+")
SPLIT_FLAGS = ("-I", "-D", "-isystem")
ERROR = re.compile(r"^([^\s:][^:\n]*:\d+)(?::\d+)?: (?:fatal )?error: (.*)$", re.MULTILINE)


def wanted_flags(arguments):
    """Those of a compiler's arguments that a header's meaning depends on."""
    flags = []
    for index, argument in enumerate(arguments):
        if argument in SPLIT_FLAGS:
            flags.append((argument, arguments[index + 1]))
        elif JOINED_FLAG.fullmatch(argument) or argument.startswith("-isystem"):
            flags.append((argument,))
    return flags


def flags_of(root, build):
    """The compiler's flags for any header of src/: all that src/ is built with."""
    flags = {}
    if build:
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            commands = json.load(file)
        for command in commands:
            source = os.path.normpath(os.path.join(command["directory"], command["file"]))
            if source.startswith(os.path.join(root, "src") + os.sep):
                flags.update(dict.fromkeys(wanted_flags(shlex.split(command["command"]))))
    found = [argument for flag in flags for argument in flag] or DEFAULT_FLAGS
    return found + [f"-I{root}/src", f"-I{root}/include"]


def first_error(compiler, flags, root, build, path):
    """(place, message) of what keeps `path` from compiling, or None."""
    run = subprocess.run([*compiler, *flags, "-fsyntax-only", "-w", "-x", "c", "-"],
                         input=f'#include "{os.path.join(root, path)}"\n', cwd=build or root,
                         capture_output=True, text=True, errors="replace", check=False,
                         env={**os.environ, "LC_ALL": "C"})
    if run.returncode == 0:
        return None
    match = ERROR.search(run.stderr)
    if not match:
        return f"{path}:1", run.stderr.strip()
    return match.group(1).replace(root + os.sep, ""), match.group(2)


def main():
    root = tree.root_of(sys.argv)
    build = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
    compiler = sys.argv[3:] or ["gcc"]
    report = tree.Report("headers")
    if not shutil.which(compiler[0]):
        tree.skip("headers", f"there is no {compiler[0]} here")
    flags = flags_of(root, build)
    paths = tree.c_files(root, ["src", "include"], [".h"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = pool.map(lambda path: first_error(compiler, flags, root, build, path), paths)
        for path, error in zip(paths, errors):
            if error:
                place, line = error[0].rsplit(":", 1)
                report.breach(place, line, f"{path} does not compile on its own: {error[1]}",
                              f"include in {path} what it uses, or declare it there")
    report.finish(f"{len(paths)} headers")


if __name__ == "__main__":
    main()
