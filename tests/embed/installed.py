# SPDX-License-Identifier: MIT
"""Installed: what a program outside the tree has of the library. It is installed below a
directory of its own, and with nothing but what pkg-config says about it a program is built,
against the shared library and against the archive; both serve, and drain under load without
a loss. In a build with a sanitizer, TSan among them, it watches program and library.

    installed.py MESON BUILD SOURCE USHER_LOAD SANITIZE CC...

Exit status 77: pkg-config or nm is missing.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WAIT_S = 60


def run(*command, **options):
    """Runs a command that has to succeed; what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def find(root, name):
    """The directory below `root` that holds the file `name`."""
    for place, _, names in os.walk(root):
        if name in names:
            return place
    sys.exit(f"{name} was not installed below {root}")


class Installed:
    """The installed library, and how programs are built against it."""

    def __init__(self, meson, build, root, sanitize, compiler):
        run(meson, "install", "-C", build, "--no-rebuild", "--destdir", root)
        self.root = root
        self.libdir = find(root, "libusher.so")
        self.flags = [] if sanitize == "none" else ["-fsanitize=" + sanitize]
        self.sanitize = sanitize
        self.compiler = compiler
        self.environment = dict(os.environ, PKG_CONFIG_PATH=find(root, "usher.pc"),
                                PKG_CONFIG_SYSROOT_DIR=root, LD_LIBRARY_PATH=self.libdir)

    def build(self, source, program, is_static):
        """Builds a program with nothing but what pkg-config says."""
        words = run("pkg-config", "--cflags", "--libs", *(["--static"] if is_static else []),
                    "usher", env=self.environment).split()
        if is_static:
            words = [":libusher.a" if word == "-lusher" else word for word in words]
            words = ["-l" + word if word.startswith(":") else word for word in words]
        run(*self.compiler, "-Wall", "-Wextra", "-Werror", *self.flags, "-o", program, source,
            *words, "-pthread", env=self.environment)
        self.check_watched(program)

    def check_watched(self, program):
        """Under a sanitizer, program and library are watched by it."""
        names = run("nm", program)
        for sanitizer, mark in (("thread", "__tsan_"), ("address", "__asan_")):
            if sanitizer in self.sanitize.split(",") and mark not in names:
                sys.exit(f"{program} was built without the {sanitizer} sanitizer")


def check_names(library, options):
    """Every name that the library gives away begins with usher_."""
    for line in run("nm", *options, "--defined-only", library).splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "TDBRVWi" and not words[2].startswith("usher_"):
            sys.exit(f"{library} exports {words[2]}")


class Program:
    """A running program, whose log is read to its end."""

    def __init__(self, command, environment):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, env=environment, stderr=self.log)
        self.port = self.wait_for_port()

    def lines(self):
        """What it has said so far."""
        self.log.seek(0)
        return self.log.read()

    def wait_for_port(self):
        """The port that it listens on, once it is ready."""
        until = time.monotonic() + WAIT_S
        while self.process.poll() is None and time.monotonic() < until:
            log = self.lines()
            if "ready" in log:
                return int(log.split("listening on 127.0.0.1:")[1].split()[0])
            time.sleep(0.02)
        sys.exit(f"the program is not ready:\n{self.lines()}")

    def expect_clean_end(self):
        """It has to end by itself, and to have lost nothing."""
        status = self.process.wait(WAIT_S)
        log = self.lines()
        if status != 0 or "0 cut, no reset sent" not in log or "Sanitizer" in log:
            sys.exit(f"status {status}:\n{log}")
        if not re.search("the worker answered [1-9]", log):
            sys.exit(f"nothing was answered from another thread:\n{log}")


def drain_under_load(program, load, environment):
    """Two of the program share a port; the first drains while clients ask, of whom none
    may lose anything."""
    first = Program([program, "0"], environment)
    second = Program([program, str(first.port)], environment)
    try:
        run(load, "-q", "-c", "40", "-d", "4s", "--expect-no-loss", "--expect-status", "200",
            "--during", f"kill -TERM {first.process.pid}", f"http://127.0.0.1:{first.port}/",
            f"http://127.0.0.1:{first.port}/later", f"http://127.0.0.1:{first.port}/thread")
        first.expect_clean_end()
        second.process.send_signal(signal.SIGTERM)
        second.expect_clean_end()
    finally:
        first.process.kill()
        second.process.kill()


def main():
    meson, build, source, load, sanitize, *compiler = sys.argv[1:]
    if not shutil.which("pkg-config") or not shutil.which("nm"):
        print("SKIPPED: pkg-config or nm is missing")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="usher-installed-") as root:
        installed = Installed(meson, build, root, sanitize, compiler)
        check_names(os.path.join(installed.libdir, "libusher.so"), ["-D"])
        check_names(os.path.join(installed.libdir, "libusher.a"), ["-g"])
        for is_static in (False, True):
            program = os.path.join(root, "static" if is_static else "shared")
            installed.build(source, program, is_static)
            drain_under_load(program, load, installed.environment)


if __name__ == "__main__":
    main()
