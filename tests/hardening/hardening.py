# SPDX-License-Identifier: MIT
"""Hardening: what the linker made can be attacked no more easily than it must.

    python3 tests/hardening/hardening.py fortified|plain FILE...
    python3 tests/hardening/hardening.py selftest CC...

Reads each FILE, an executable, as checksec does, and prints a line for each
protection that is missing. "fortified" is an optimized build without sanitizers.
The selftest builds programs without protections and demands that each lack is
seen, so that the check cannot pass by looking away.
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import elf


def check_layout(file, dynamic):
    """Segments: position-independent, nothing both writable and executable."""
    flags_1 = dynamic.get(elf.DT_FLAGS_1, 0)
    if file.type != elf.ET_DYN or not flags_1 & elf.DF_1_PIE:
        yield "not position-independent (PIE)"
    stacks = file.segments_of(elf.PT_GNU_STACK)
    if not stacks or stacks[0][1] & elf.PF_X:
        yield "the stack is executable"
    for _, flags, _, address, _ in file.segments_of(elf.PT_LOAD):
        if flags & elf.PF_W and flags & elf.PF_X:
            yield f"the segment at {address:#x} is writable and executable"


def check_linking(file, dynamic):
    """The dynamic section: read-only after start, and no path to plant libraries on."""
    is_now = (elf.DT_BIND_NOW in dynamic or dynamic.get(elf.DT_FLAGS, 0) & elf.DF_BIND_NOW or
              dynamic.get(elf.DT_FLAGS_1, 0) & elf.DF_1_NOW)
    if not file.segments_of(elf.PT_GNU_RELRO):
        yield "no RELRO"
    elif not is_now:
        yield "RELRO is partial: no BIND_NOW"
    if elf.DT_TEXTREL in dynamic or dynamic.get(elf.DT_FLAGS, 0) & elf.DF_TEXTREL:
        yield "relocations in code (TEXTREL)"
    if elf.DT_RPATH in dynamic or elf.DT_RUNPATH in dynamic:
        yield "an RPATH or RUNPATH"


# In a program without CET gcc's own start-up code still has two.
START_UP_BRANCH_TARGETS = 8


def has_cet(file):
    """The linker notes CET only if every object has it, and the start-up objects of
    some systems (Debian 12) have not; our own code shows it all the same."""
    wanted = elf.FEATURE_IBT | elf.FEATURE_SHSTK
    return (file.feature_bits() & wanted == wanted or
            file.branch_targets() > START_UP_BRANCH_TARGETS)


def check_code(file, is_fortified):
    """What the compiler put into the code."""
    imports = file.imports()
    if "__stack_chk_fail" not in imports:
        yield "no stack protector"
    if is_fortified and not any(name.endswith("_chk") for name in imports):
        yield "no fortified function (_FORTIFY_SOURCE)"
    if file.machine == elf.EM_X86_64 and not has_cet(file):
        yield "no control-flow protection (CET)"


def lacks(path, is_fortified):
    """What `path` lacks, a sentence each."""
    file = elf.Elf(path)
    dynamic = file.dynamic()
    yield from check_layout(file, dynamic)
    yield from check_linking(file, dynamic)
    yield from check_code(file, is_fortified)


# What is left out, and what has to be noticed then.
WEAKENED = (
    (["-no-pie", "-fno-pie"], "PIE"),
    (["-Wl,-z,execstack"], "stack is executable"),
    (["-Wl,-z,norelro"], "no RELRO"),
    (["-Wl,-z,lazy"], "partial"),
    (["-Wl,-rpath,/usr/lib"], "RPATH"),
    (["-fno-stack-protector"], "stack protector"),
    (["-U_FORTIFY_SOURCE"], "fortified"),
    (["-fcf-protection=none"], "CET"),
)
STRONG = ["-O2", "-fPIE", "-pie", "-fstack-protector-strong", "-fcf-protection=full",
          "-D_FORTIFY_SOURCE=2", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]
PROGRAM = """#include <stdio.h>
#include <string.h>
#define FOUR(a) void a##1(void) {} void a##2(void) {} void a##3(void) {} void a##4(void) {}
FOUR(f) FOUR(g) FOUR(h)
int main(int argc, char **argv)
{ char room[64]; memcpy(room, argv[0], strlen(argv[0])); room[63] = 0; return puts(room) + argc; }
"""


def selftest(compiler):
    """Each weakened program is found out, and nothing is said of the strong one."""
    failures = 0
    with tempfile.TemporaryDirectory() as place:
        source = os.path.join(place, "program.c")
        with open(source, "w", encoding="ascii") as file:
            file.write(PROGRAM)
        for extra, wanted in (([], None), *WEAKENED):
            program = os.path.join(place, "program")
            subprocess.run([*compiler, "-w", "-U_FORTIFY_SOURCE", *STRONG, *extra, source, "-o",
                            program], check=True)
            found = list(lacks(program, True))
            seen = not found if wanted is None else any(wanted in lack for lack in found)
            if not seen:
                print(f"{' '.join(extra) or 'the strong program'}: {found}")
                failures += 1
    print(f"[hardening] selftest: {failures or 'no'} mistakes")
    return failures


def main():
    if sys.argv[1] == "selftest":
        sys.exit(1 if selftest(sys.argv[2:]) else 0)
    breaches = 0
    for path in sys.argv[2:]:
        for lack in lacks(path, sys.argv[1] == "fortified"):
            print(f"{os.path.basename(path)}: {lack}")
            breaches += 1
    print(f"[hardening] {len(sys.argv) - 2} programs: {breaches or 'nothing'} missing")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
