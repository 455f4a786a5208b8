# SPDX-License-Identifier: MIT
"""How much of src/ the inputs of one fuzz target reach.

    python3 tests/fuzz/coverage.py BUILD ROOT TARGET SEEDS...
    python3 tests/fuzz/coverage.py BUILD ROOT --floors TARGET...

BUILD is a build with -fprofile-instr-generate -fcoverage-mapping and -Dfuzz=true. Each
input is run once. Prints the lines reached, of those in files that are entered at all
and of all that are linked in; BUILD/TARGET.txt has a line for each file entered.
The second form adds up what these targets have reached together, by floor.
"""
import json
import os
import subprocess
import sys

REPLAY_SECONDS = 600


def replay(engine, profile, seeds):
    """Runs every input once."""
    environment = dict(os.environ, LLVM_PROFILE_FILE=profile + ".raw")
    subprocess.run([engine, "-runs=0", "-timeout=20", "-close_fd_mask=3",
                    f"-artifact_prefix={profile}-", *seeds],
                   env=environment, check=True, stderr=subprocess.DEVNULL,
                   timeout=REPLAY_SECONDS)
    subprocess.run(["llvm-profdata", "merge", "-sparse", profile + ".raw", "-o", profile],
                   check=True)


def engine_of(build, target):
    """The program of a target."""
    return os.path.join(build, "tests", "fuzz", f"fuzz_{target}_engine")


def summaries(engines, profile, root):
    """(path, summary) of each file of src/ in the programs."""
    source = os.path.realpath(os.path.join(root, "src"))
    objects = [part for engine in engines[1:] for part in ("-object", engine)]
    done = subprocess.run(["llvm-cov", "export", "-summary-only", f"-instr-profile={profile}",
                           engines[0], *objects], check=True, capture_output=True, text=True)
    for file in json.loads(done.stdout)["data"][0]["files"]:
        path = os.path.realpath(file["filename"])
        if path.startswith(source + os.sep):
            yield os.path.relpath(path, source), file["summary"]


def files_of(engine, profile, root):
    """(path, lines, lines reached) of each file of src/ in the program."""
    for path, summary in summaries([engine], profile, root):
        yield path, summary["lines"]["count"], summary["lines"]["covered"]


def add_up(build, root, targets):
    """Prints what all of them reach of each floor that is linked into any."""
    profile = os.path.join(build, "all.profile")
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o", profile,
                    *[os.path.join(build, f"{target}.profile") for target in targets]], check=True)
    floors = {}
    for path, summary in summaries([engine_of(build, target) for target in targets], profile,
                                   root):
        sums = floors.setdefault(path.split(os.sep)[0], [0, 0, 0, 0])
        for at, kind in ((0, "lines"), (2, "functions")):
            sums[at] += summary[kind]["covered"]
            sums[at + 1] += summary[kind]["count"]
    for floor, (lines, of_lines, functions, of_functions) in sorted(floors.items()):
        print(f"[coverage] {floor + '/':10} {lines:5} of {of_lines:5} lines "
              f"({100 * lines / of_lines:3.0f} %), {functions:4} of {of_functions:4} functions "
              f"({100 * functions / of_functions:3.0f} %)")


def main():
    build, root, target = sys.argv[1:4]
    if target == "--floors":
        add_up(build, root, sys.argv[4:])
        return
    engine = engine_of(build, target)
    profile = os.path.join(build, f"{target}.profile")
    replay(engine, profile, [seeds for seeds in sys.argv[4:] if os.path.isdir(seeds)])
    files = sorted(files_of(engine, profile, root))
    entered = [file for file in files if file[2] > 0]
    with open(os.path.join(build, f"{target}.txt"), "w", encoding="utf-8") as report:
        for path, lines, reached in entered:
            report.write(f"{100 * reached // lines:3} % of {lines:4} lines  {path}\n")
    reached = sum(file[2] for file in files)
    within = sum(file[1] for file in entered)
    print(f"[coverage] {target}: {reached} lines of src/ reached; {100 * reached / within:.0f} % "
          f"of the {len(entered)} files entered, {100 * reached / sum(f[1] for f in files):.0f} % "
          f"of all {len(files)} linked in")


if __name__ == "__main__":
    main()
