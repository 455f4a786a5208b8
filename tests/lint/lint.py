# SPDX-License-Identifier: MIT
"""Lint: an analyzer looks at each C file of src/, and has nothing to say.

    python3 tests/lint/lint.py TOOL BUILD [ROOT]

TOOL is clang-tidy, cppcheck or gcc-analyzer; BUILD a build directory, whose
compile_commands.json says how files are compiled. What a tool is told to
overlook, and why, stands in .clang-tidy, below, and in comments beside the code.

A file that was clean is not looked at again before it, or a header, changes: the
marks are kept in BUILD/lint. Exit status 77: the tool is missing.
"""
import concurrent.futures
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys

SKIPPED = 77
TOOL_SECONDS = 240  # for one file; the longest takes about ten

# Without an optimizer, which would take mistakes out before they are seen.
# gcc 12 takes an object for lost once its address was stored through a pointer
# that it does not know; leaks are looked for by clang's analyzer and, in every
# test, by LeakSanitizer.
GCC_FLAGS = ["-O0", "-fanalyzer", "-Werror", "-Wno-analyzer-malloc-leak"]

# missingIncludeSystem: the system's headers are not analyzed.
# varFuncNullUB: takes the NULLs of a compound literal for arguments of the call.
CPPCHECK_FLAGS = ["--enable=warning,performance,portability", "--inline-suppr", "--quiet",
                  "--std=c11", "--suppress=missingIncludeSystem", "--suppress=varFuncNullUB",
                  "--template={file}:{line}: {id}: {message}", "--error-exitcode=1"]


def flags_of(command):
    """Definitions, include paths and language of one compilation."""
    arguments = shlex.split(command["command"])
    flags = []
    for index, argument in enumerate(arguments):
        if argument in ("-I", "-D", "-isystem"):
            flags += [argument, arguments[index + 1]]
        elif argument.startswith(("-I", "-D", "-isystem", "-std=")):
            if not argument.startswith("-D_FORTIFY_SOURCE"):
                flags.append(argument)
    return flags


def compilations(root, build):
    """(file, directory, flags) of each C file of src/."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    source = os.path.join(root, "src") + os.sep
    for command in commands:
        path = os.path.normpath(os.path.join(command["directory"], command["file"]))
        if path.startswith(source) and path.endswith(".c"):
            yield path, command["directory"], flags_of(command)


def tool_command(tool, path, flags):
    """How `tool` looks at one file."""
    if tool == "gcc-analyzer":
        return ["gcc", *flags, *GCC_FLAGS, "-c", path, "-o", os.devnull]
    if tool == "cppcheck":
        wanted = [flag for flag in flags if flag.startswith(("-I", "-D"))]
        return ["cppcheck", *CPPCHECK_FLAGS, *wanted, path]
    return ["clang-tidy", "--quiet", path, "--", "-w", *flags]


def mark_of(root, tool, path, directory, flags):
    """A name for all that the tool's answer depends on."""
    text = subprocess.run(["gcc", *flags, "-E", "-C", path], cwd=directory, check=True,
                          capture_output=True).stdout
    version = subprocess.run([tool_command(tool, path, [])[0], "--version"], check=True,
                             capture_output=True).stdout
    with open(os.path.join(root, ".clang-tidy"), "rb") as file:
        rules = file.read()
    with open(__file__, "rb") as file:
        rules += file.read()
    return hashlib.sha256(tool.encode() + version + rules + text).hexdigest()


def look_at(root, build, tool, compilation):
    """What the tool says about one file; "" if nothing."""
    path, directory, flags = compilation
    mark = os.path.join(build, "lint", mark_of(root, tool, path, directory, flags))
    if os.path.exists(mark):
        return ""
    run = subprocess.run(tool_command(tool, path, flags), cwd=directory, capture_output=True,
                         text=True, errors="replace", timeout=TOOL_SECONDS, check=False)
    if run.returncode == 0:
        with open(mark, "w", encoding="utf-8"):
            return ""
    return run.stdout + run.stderr


def main():
    tool, build = sys.argv[1], os.path.abspath(sys.argv[2])
    root = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else ".")
    program = "gcc" if tool == "gcc-analyzer" else tool
    if not shutil.which(program):
        print(f"SKIP {program} is not installed")
        sys.exit(SKIPPED)
    os.makedirs(os.path.join(build, "lint"), exist_ok=True)
    files = sorted(compilations(root, build))
    breaches = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for said in pool.map(lambda one: look_at(root, build, tool, one), files):
            if said:
                breaches += 1
                print(said.replace(root + os.sep, ""))
    print(f"[{tool}] {len(files)} files: {breaches or 'none'} with something to say about")
    sys.exit(1 if breaches or not files else 0)


if __name__ == "__main__":
    main()
