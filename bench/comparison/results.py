# SPDX-License-Identifier: MIT
"""What the samples say: medians, ratios, and which goals are met."""
import statistics
from dataclasses import dataclass
from typing import Optional

from .servers import OWN, PEER, SERVERS
from .workloads import CPU, MEMORY

KINDS = {server.name: server.kind for server in SERVERS}
USHERD = next(server.name for server in SERVERS if server.kind == OWN)
FLOOR = "floor"

# More of the server's CPU than this taken by others makes the figures doubtful.
DISTURBED = 0.05


@dataclass(frozen=True)
class Goal:
    """One goal of a workload. `ratio` is None where a side of it is missing."""

    what: str  # "CPU", "p99" or "memory"
    against: str  # the server it is compared with, or what was looked for
    limit: float
    ratio: Optional[float]

    @property
    def verdict(self):
        """In a word."""
        if self.ratio is None:
            return "unknown"
        return "met" if self.ratio <= self.limit else "missed"


class Results:
    """All samples of a run, and what could not be measured."""

    def __init__(self, workloads):
        self.workloads = workloads
        self.samples = {workload.name: {} for workload in workloads}
        self.unmeasured = []  # (workload, server, why)

    def add(self, workload, server, sample):
        """Takes a sample."""
        self.samples[workload.name].setdefault(server.name, []).append(sample)

    def give_up(self, workload, server, why):
        """Notes why `server` was not measured, or not to the end."""
        self.unmeasured.append((workload.name, server.name, why))

    def values(self, workload, name, key="value"):
        """One figure of each sample of a server."""
        return [sample[key] for sample in self.samples[workload.name].get(name, [])]

    def median(self, workload, name, key="value"):
        """The median of a figure, or None."""
        values = self.values(workload, name, key)
        return statistics.median(values) if values else None

    def servers_by_value(self, workload):
        """The names of the servers that were measured, the best first."""
        return sorted(self.samples[workload.name], key=lambda name: self.median(workload, name))

    def best_peer(self, workload, key="value"):
        """The name of the peer with the lowest median, or None."""
        peers = [name for name in self.samples[workload.name] if KINDS[name] == PEER]
        return min(peers, key=lambda name: self.median(workload, name, key), default=None)

    def yardstick(self, workload):
        """The name of the server that the others are set in relation to, or None."""
        return self.best_peer(workload) if workload.kind == CPU else "nginx"

    def ratio(self, workload, name, other, key="value"):
        """A server's figure divided by another's of the same round, the median of all
        rounds, or None: a machine that changes its speed between two rounds, as one that
        is shared does, changes both sides of each ratio."""
        pairs = zip(self.values(workload, name, key),
                    self.values(workload, other, key) if other else [])
        ratios = [own / others for own, others in pairs if others]
        return statistics.median(ratios) if ratios else None

    def goals(self, workload):
        """Each goal of a workload, with what came of it."""
        what = "CPU" if workload.kind == CPU else "memory"
        rows = (
            (what, self.best_peer(workload), "the best peer", workload.to_peer, "value"),
            (what, FLOOR, "the floor", workload.to_floor, "value"),
            (what, "nginx", "nginx", workload.to_nginx, "value"),
            ("p99", workload.p99_to_peer and self.best_peer(workload, "p99_us"), "the best peer",
             workload.p99_to_peer, "p99_us"),
        )
        return [Goal(what, other or sought, limit,
                     self.ratio(workload, USHERD, other, key))
                for what, other, sought, limit, key in rows if limit is not None]

    def all_goals(self):
        """The goals of all workloads."""
        return [goal for workload in self.workloads for goal in self.goals(workload)]

    def remarks(self):
        """What a reader has to know of the samples, as sentences."""
        for workload in self.workloads:
            for name, samples in self.samples[workload.name].items():
                if workload.kind == MEMORY:
                    continue
                for kind in ("connect", "read", "write", "timeout"):
                    count = sum(sample["errors"][kind] for sample in samples)
                    if count:
                        yield f"{workload.name}: {name}: wrk counted {count} {kind} errors"
        shares = [sample["others_on_cpu"] for workload in self.workloads
                  for samples in self.samples[workload.name].values() for sample in samples
                  if workload.kind == CPU]
        if shares and statistics.median(shares) > DISTURBED:
            yield (f"the machine was busy: other programs took {statistics.median(shares):.0%} of"
                   f" the server's CPU (median; at most {max(shares):.0%})")

    def as_json(self):
        """Everything, raw samples included, for json.dump."""
        return {
            "workloads": [{
                "name": workload.name,
                "title": workload.title,
                "unit": unit_of(workload),
                "servers": {name: {
                    "kind": KINDS[name],
                    "median": self.median(workload, name),
                    "to_best_peer": self.ratio(workload, name, self.best_peer(workload)),
                    "to_nginx": self.ratio(workload, name, "nginx"),
                    "to_floor": self.ratio(workload, name, FLOOR),
                    "samples": self.samples[workload.name][name],
                } for name in self.servers_by_value(workload)},
                "goals": [{"what": goal.what, "against": goal.against, "limit": goal.limit,
                           "ratio": goal.ratio, "verdict": goal.verdict}
                          for goal in self.goals(workload)],
            } for workload in self.workloads],
            "not_measured": [{"workload": workload, "server": server, "why": why}
                             for workload, server, why in self.unmeasured],
            "remarks": list(self.remarks()),
        }


def unit_of(workload):
    """What a workload's figure counts."""
    return "µs of CPU per request" if workload.kind == CPU else "MB"
