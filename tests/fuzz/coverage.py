# SPDX-License-Identifier: MIT
"""How much of src/ the inputs of one fuzz target reach.

    python3 tests/fuzz/coverage.py BUILD ROOT TARGET SEEDS...

BUILD is a build with -fprofile-instr-generate -fcoverage-mapping and -Dfuzz=true. Each
input is run once. Prints the lines reached, of those in files that are entered at all
and of all that are linked in; BUILD/TARGET.txt has a line for each file entered.
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


def files_of(engine, profile, source):
    """(path, lines, lines reached) of each file of src/ in the program."""
    done = subprocess.run(["llvm-cov", "export", "-summary-only", f"-instr-profile={profile}",
                           engine], check=True, capture_output=True, text=True)
    for file in json.loads(done.stdout)["data"][0]["files"]:
        path = os.path.realpath(file["filename"])
        lines = file["summary"]["lines"]
        if path.startswith(source + os.sep):
            yield os.path.relpath(path, source), lines["count"], lines["covered"]


def main():
    build, root, target = sys.argv[1:4]
    engine = os.path.join(build, "tests", "fuzz", f"fuzz_{target}_engine")
    profile = os.path.join(build, f"{target}.profile")
    replay(engine, profile, [seeds for seeds in sys.argv[4:] if os.path.isdir(seeds)])
    files = sorted(files_of(engine, profile, os.path.realpath(os.path.join(root, "src"))))
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
