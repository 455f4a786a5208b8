# SPDX-License-Identifier: MIT
"""The usherd of the commit before this one, built from the repository.

Nothing but usherd is compiled, without sanitizers; what was built for a commit is kept in
the build directory, and taken from there the next time.
"""
import os
import pathlib
import re
import shutil
import subprocess

PATIENCE = 400.0  # seconds, for each step
SOURCE = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = ("--buildtype=plain", "-Doptimization=1", "-Dtests=false", "-Dexamples=false",
           "-Ddocs=disabled")


class Unavailable(Exception):
    """There is no commit to build."""


def git(*words):
    """What git says of the repository, or None where it fails. It may be another user's."""
    try:
        done = subprocess.run(["git", "-c", "safe.directory=*", "-C", SOURCE, *words],
                              capture_output=True, timeout=PATIENCE, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def find_commit():
    """The commit before this one. In a clone that ends with this one it is this one."""
    top = git("rev-parse", "--show-toplevel")
    if not top or pathlib.Path(top.decode().strip()) != SOURCE:
        raise Unavailable("this is no clone with git, so there is no previous commit")
    for name in ("HEAD^", "HEAD"):
        found = git("rev-parse", "--verify", "--quiet", name + "^{commit}")
        if found:
            return name, found.decode().strip()
    raise Unavailable("the repository has no commit yet")


def run(where, *words):
    """A step of the build, whose words are told if it fails."""
    done = subprocess.run(words, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}")


def version_of(tree):
    """The version of the handover that the sources of a usherd speak."""
    text = (pathlib.Path(tree) / "src/server/handover_wire.h").read_text(encoding="utf-8")
    return int(re.search(r"#define HANDOVER_VERSION (\d+)", text).group(1))


def build(room):
    """(program, tree, name of the commit), built below the directory `room`."""
    name, commit = find_commit()
    tree = pathlib.Path(room) / commit
    program = tree / "build/src/usherd"
    if not program.exists():
        shutil.rmtree(room, ignore_errors=True)
        os.makedirs(tree)
        archive = git("archive", "--format=tar", commit)
        if archive is None:
            raise Unavailable(f"git has no files of {commit}")
        subprocess.run(["tar", "-x", "-C", tree], input=archive, timeout=PATIENCE, check=True)
        run(tree, "meson", "setup", *OPTIONS, "build")
        run(tree, "ninja", "-C", "build", "src/usherd")
    return str(program), tree, f"{name} ({commit[:12]})"
