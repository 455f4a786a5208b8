# SPDX-License-Identifier: MIT
"""Installed: what a program outside the tree has of the library. It is installed below a
directory of its own, and with nothing but what pkg-config says about it a program is built,
against the shared library and against the archive; both serve and drain.

    installed.py MESON BUILD SOURCE SANITIZE CC...

Exit status 77: pkg-config or nm is missing.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

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
            *words, env=self.environment)


def check_names(library, options):
    """Every name that the library gives away begins with usher_."""
    for line in run("nm", *options, "--defined-only", library).splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "TDBRVWi" and not words[2].startswith("usher_"):
            sys.exit(f"{library} exports {words[2]}")


def port_of(log):
    """The port that a line of the log tells."""
    for line in log:
        if "listening on 127.0.0.1:" in line:
            return int(line.split("listening on 127.0.0.1:")[1].split()[0])
    sys.exit("the program ended without listening")


def serve_and_drain(program, environment):
    """Two clients talk by way of the program, which is then told to drain."""
    chat = subprocess.Popen([program, "127.0.0.1:0"], env=environment, text=True,
                            stderr=subprocess.PIPE)
    try:
        port = port_of(chat.stderr)
        with socket.create_connection(("127.0.0.1", port), WAIT_S) as one, \
                socket.create_connection(("127.0.0.1", port), WAIT_S) as two:
            first, second = one.makefile("rb"), two.makefile("rb")
            assert first.readline() == b"welcome\n" and second.readline() == b"welcome\n"
            one.sendall(b"hello\n")
            assert second.readline() == b"hello\n"
            chat.send_signal(signal.SIGTERM)
            assert first.read() == b"goodbye\n" and second.read() == b"goodbye\n"
        log = chat.communicate(timeout=WAIT_S)[1]
    finally:
        chat.kill()
    if chat.returncode != 0 or "no reset sent" not in log:
        sys.exit(f"{program} ended with {chat.returncode}:\n{log}")


def main():
    meson, build, source, sanitize, *compiler = sys.argv[1:]
    if not shutil.which("pkg-config") or not shutil.which("nm"):
        print("SKIPPED: pkg-config or nm is missing")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="usher-installed-") as root:
        installed = Installed(meson, build, root, sanitize, compiler)
        check_names(os.path.join(installed.libdir, "libusher.so"), ["-D"])
        check_names(os.path.join(installed.libdir, "libusher.a"), ["-g"])
        for is_static in (False, True):
            program = os.path.join(root, "chat-static" if is_static else "chat")
            installed.build(os.path.join(source, "examples/chat.c"), program, is_static)
            serve_and_drain(program, installed.environment)


if __name__ == "__main__":
    main()
