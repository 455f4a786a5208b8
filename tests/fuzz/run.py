# SPDX-License-Identifier: MIT
"""Runs one fuzz engine for a bounded time.

    python3 tests/fuzz/run.py [--seconds N] [--dictionary FILE] [--keep DIRECTORY]
                              ENGINE SEEDS...

SECONDS is USHER_FUZZ_SECONDS from the environment if not given, and 5 if that is
not set. What it learns goes to DIRECTORY (a temporary one if not given), what it
finds to DIRECTORY-findings, or the current directory. Prints what was covered;
exit status 1 when something was found.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

# libFuzzer's last words: executions, and edges covered.
DONE = re.compile(r"^Done (\d+) runs in (\d+) second", re.MULTILINE)
COVERED = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser()
    default = int(os.environ.get("USHER_FUZZ_SECONDS", "5"))
    parser.add_argument("--seconds", type=int, default=default)
    parser.add_argument("--dictionary")
    parser.add_argument("--keep")
    parser.add_argument("engine")
    parser.add_argument("seeds", nargs="+")
    return parser.parse_args()


def run(options, corpus, findings):
    """The engine's words and exit status."""
    command = [options.engine, f"-max_total_time={options.seconds}", "-timeout=20",
               "-rss_limit_mb=2048", f"-artifact_prefix={findings}{os.sep}", "-close_fd_mask=1",
               "-max_len=8192", "-print_final_stats=0"]
    if options.dictionary and os.path.exists(options.dictionary):
        command.append(f"-dict={options.dictionary}")
    command += [corpus, *[seeds for seeds in options.seeds if os.path.isdir(seeds)]]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace",
                          timeout=options.seconds + 300, check=False)
    return done.returncode, done.stderr


def main():
    options = arguments()
    name = os.path.basename(options.engine).removeprefix("fuzz_").removesuffix("_engine")
    with tempfile.TemporaryDirectory() as place:
        corpus = options.keep or place
        findings = options.keep + "-findings" if options.keep else os.getcwd()
        os.makedirs(corpus, exist_ok=True)
        os.makedirs(findings, exist_ok=True)
        status, words = run(options, corpus, findings)
    done, covered = DONE.search(words), COVERED.findall(words)
    if status != 0 or not done:
        print(words[-12000:])
        print(f"[fuzz] {name}: FOUND something (status {status}), in {findings}")
        sys.exit(1)
    edges, features, inputs = covered[-1] if covered else ("?", "?", "?")
    print(f"[fuzz] {name}: {done[1]} runs in {done[2]} s; {edges} edges, {features} features, "
          f"{inputs} inputs; nothing found")


if __name__ == "__main__":
    main()
