# SPDX-License-Identifier: MIT
"""ABI: what a program that was built against libusher relies on, its functions and structs, is
what was recorded, or more. It is taken from the public headers: a library is made of empty
functions as they declare them, for the types behind the opaque ones are nobody's business; and
the true library has to export the same names.

    abi.py ROOT BUILD LIBRARY CC...            compares with the record
    abi.py --record ROOT BUILD LIBRARY CC...   makes the record anew
    abi.py --try ROOT BUILD LIBRARY CC...      changes are found, additions pass

Exit status 77: abidw or abidiff (abigail-tools) is missing, or this machine is not of 64 bits.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

RECORD = os.path.join("tests", "embed", "abi", "usher.abi")
DECLARED = re.compile(r"^USHER_API\s+(.*?)\s*(?:USHER_CHECKED|__attribute__\(\(.*?\)\)\))?;",
                      re.MULTILINE | re.DOTALL)
NAME = re.compile(r"\b(usher_\w+)\(")
PLAIN = ["--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed",
         "--no-parameter-names", "--type-id-style", "hash"]

# What --try does to a header: the pattern, what takes its place, and whether that is a break.
CHANGES = (
    ("a function that is gone", "server.h", r"USHER_API int usher_server_stop\([^;]*;", "", True),
    ("a parameter more", "stream.h", r"(usher_conn_abort\(struct usher_conn \*conn)", r"\1, int x",
     True),
    ("a parameter of another object", "stream.h", r"usher_conn_pause\(struct usher_conn \*conn",
     "usher_conn_pause(struct usher_loop *conn", True),
    ("a parameter of another width", "stream.h", r"(usher_conn_set_timer\([^;]*)int64_t ms",
     r"\1int ms", True),
    ("another result", "http.h", r"USHER_API bool (usher_request_field_at)", r"USHER_API long \1",
     True),
    ("a member that is gone", "server.h", r"\tint64_t head_ms;.*?\n", "", True),
    ("a member between others", "ending.h", r"(\tbool is_fault;)", r"\tint new;\n\1", True),
    ("a function of an ops table that takes more", "stream.h",
     r"(\(\*on_open\)\(struct usher_conn \*conn)", r"\1, int x", True),
    ("a word that changes its number", "http.h", r"(\tUSHER_HEAD,)", r"\tUSHER_NEW,\n\1", True),
    ("a function more", "stream.h", r"\Z",
     "USHER_API int usher_conn_new(struct usher_conn *conn, int x);\n", False),
    ("a struct more", "stream.h", r"\Z",
     "struct usher_new { int a; };\nUSHER_API int usher_new(struct usher_new *x);\n", False),
    ("a parameter that is called otherwise", "stream.h", r"int64_t ms\)", "int64_t wait)", False),
)


def run(*command, may_fail=False, place=None):
    """Runs a command, in a directory; its status and all that it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)
    if done.returncode != 0 and not may_fail:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.returncode, done.stdout + done.stderr


def declarations(include):
    """What each public function is declared as, without USHER_API and the semicolon."""
    found = []
    for name in sorted(os.listdir(include)):
        if name.endswith(".h"):
            with open(os.path.join(include, name), encoding="utf-8") as file:
                code = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
            found += DECLARED.findall(code)
    return found


class Library:
    """A library of empty functions, made from the headers in `include`/usher."""

    def __init__(self, place, include, root, compiler):
        self.path = os.path.join(place, "libusher.so")
        self.names = set()
        with open(os.path.join(place, "library.c"), "w", encoding="utf-8") as file:
            file.write("#include <stdlib.h>\n#include <usher/usher.h>\n")
            for declaration in declarations(os.path.join(include, "usher")):
                file.write(declaration + " { abort(); }\n")
                self.names.add(NAME.search(declaration).group(1))
        run(*compiler, "-std=gnu11", "-g", "-gdwarf-4", "-O0", "-fPIC", "-shared", "-w", "-I",
            include, "-Wl,-soname,libusher.so.0",
            "-Wl,--version-script=" + os.path.join(root, "src", "api", "usher.map"), "-o",
            self.path, "library.c", place=place)  # the record names no place of a machine


def compare(record, library):
    """What is no longer as it was recorded; "" where all is."""
    status, words = run("abidiff", "--no-added-syms", record, library.path, may_fail=True)
    return words.strip() or f"abidiff: status {status}" if status != 0 else ""


def exported(path):
    """The names that a shared library gives away."""
    _, words = run("nm", "-D", "--defined-only", path)
    return {line.split()[2].split("@")[0] for line in words.splitlines()
            if len(line.split()) == 3 and line.split()[1] != "A"}


def copy_headers(root, build, place):
    """The public headers, with those that Meson makes, below one directory."""
    include = os.path.join(place, "include")
    shutil.copytree(os.path.join(root, "include"), include)
    shutil.copy(os.path.join(build, "include", "usher", "version.h"),
                os.path.join(include, "usher"))
    return include


def check(record, library, true_library):
    """Compares, and says what a reader of the failure should do."""
    words = compare(record, library)
    if words:
        print(words)
        sys.exit(f"The ABI is not what {RECORD} says: see tests/embed/abi/README.md")
    names = exported(true_library)
    if names != library.names:
        sys.exit(f"not in headers and library alike: {sorted(names ^ library.names)}")
    print(f"{len(names)} functions are as they were recorded")


def try_changes(record, root, include, place, compiler):
    """Makes each change, alone, and compares."""
    wrong = 0
    for title, header, pattern, replacement, is_break in CHANGES:
        path = os.path.join(include, "usher", header)
        with open(path, encoding="utf-8") as file:
            before = file.read()
        after = re.sub(pattern, replacement, before, count=1, flags=re.DOTALL)
        if after == before:
            sys.exit(f"{title}: {header} has nothing like {pattern}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(after)
        is_found = compare(record, Library(place, include, root, compiler)) != ""
        with open(path, "w", encoding="utf-8") as file:
            file.write(before)
        print(f"{'ok' if is_found == is_break else 'WRONG'}: {title}: "
              f"{'found' if is_found else 'passes'}")
        wrong += is_found != is_break
    sys.exit(1 if wrong else 0)


def main():
    words = sys.argv[1:]
    task = words.pop(0) if words[0].startswith("--") else "--check"
    root, build, true_library, *compiler = words
    record = os.path.join(root, RECORD)
    if not shutil.which("abidw") or not shutil.which("abidiff") or sys.maxsize < 2 ** 32:
        print("SKIPPED: abidw or abidiff is missing, or this machine is not of 64 bits")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="usher-abi-") as place:
        include = copy_headers(root, build, place)
        library = Library(place, include, root, compiler)
        if task == "--record":
            run("abidw", *PLAIN, "--out-file", record, library.path)
        elif task == "--try":
            try_changes(record, root, include, place, compiler)
        else:
            check(record, library, true_library)


if __name__ == "__main__":
    main()
