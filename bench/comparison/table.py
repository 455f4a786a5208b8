# SPDX-License-Identifier: MIT
"""The results as a table for people."""
from .results import FLOOR, USHERD
from .workloads import CPU

COLUMNS = (("server", -10), ("µs/request", 11), ("lowest", 8), ("highest", 8), ("× best peer", 12),
           ("× floor", 9), ("requests/s", 12), ("p99 ms", 8))
MEMORY_COLUMNS = (("server", -10), ("MB in all", 11), ("× nginx", 9), ("MB before", 11), ("MB dirty", 10),
                  ("dirty before", 14), ("bytes each", 12))
VERDICTS = {"met": "met", "missed": "MISSED", "unknown": "not known"}


def line(columns, cells):
    """One line: a width below zero aligns to the left."""
    return "".join(f"{cell:<{-width}}" if width < 0 else f"{cell:>{width}}"
                   for (_, width), cell in zip(columns, cells)).rstrip()


def figure(value, digits=2):
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def cpu_row(results, workload, name):
    """The cells of a server in a workload of CPU per request."""
    values = results.values(workload, name)
    # Of requests that are sent together wrk times what it pleases.
    p99 = None if workload.together > 1 else results.median(workload, name, "p99_us") / 1000
    return (name, figure(results.median(workload, name)), figure(min(values)), figure(max(values)),
            figure(results.ratio(workload, name, results.best_peer(workload))),
            figure(results.ratio(workload, name, FLOOR)),
            figure(results.median(workload, name, "requests_per_second"), 0),
            figure(p99))


def memory_row(results, workload, name):
    """The cells of a server in a workload of memory."""
    return (name, figure(results.median(workload, name)),
            figure(results.ratio(workload, name, "nginx")),
            figure(results.median(workload, name, "private_bytes_before") / 1e6),
            figure(results.median(workload, name, "dirty_bytes") / 1e6),
            figure(results.median(workload, name, "dirty_bytes_before") / 1e6),
            figure(results.median(workload, name, "bytes_per_connection"), 0))


def goal_line(goal):
    """What came of one goal."""
    ratio = "" if goal.ratio is None else f"{goal.ratio:.3f} "
    return (f"  goal: {goal.what} at most {goal.limit:.2f} of {goal.against}:"
            f" {ratio}{VERDICTS[goal.verdict]}")


def workload_lines(results, workload):
    """The block of one workload."""
    yield f"{workload.title}  [{workload.name}]"
    columns, row = (COLUMNS, cpu_row) if workload.kind == CPU else (MEMORY_COLUMNS, memory_row)
    yield "  " + line(columns, [title for title, _ in columns])
    for name in results.servers_by_value(workload):
        mark = "> " if name == USHERD else "  "
        yield mark + line(columns, row(results, workload, name))
    for goal in results.goals(workload):
        yield goal_line(goal)


def render(results):
    """The whole report as text."""
    lines = []
    for workload in results.workloads:
        lines += [*workload_lines(results, workload), ""]
    if results.unmeasured:
        lines.append("Not measured:")
        for workload, server, why in results.unmeasured:
            lines.append(f"  {workload}: {server}: {why}")
        lines.append("")
    remarks = list(results.remarks())
    if remarks:
        lines += ["Remarks:", *("  " + remark for remark in remarks), ""]
    goals = results.all_goals()
    met = sum(goal.verdict == "met" for goal in goals)
    lines.append(f"{met} of {len(goals)} goals met.")
    return "\n".join(lines)
