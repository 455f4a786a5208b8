# SPDX-License-Identifier: MIT
"""Manifests: the files of conf/fleet/ are read by those that they are for, where these
are here, and the times in them fit together.

    python3 tests/fleet/manifests.py ROOT USHERD
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
DEFAULTS = {"notice": "0", "idle_grace": "1s", "deadline": "30s", "linger": "5s", "idle": "60s"}

failures = []


def demand(is_right, what):
    """One thing that has to be so."""
    print(f"{'ok' if is_right else 'FAILED'}: {what}")
    if not is_right:
        failures.append(what)


def seconds(text):
    """The seconds of "250ms", "5m" or "0"."""
    number, unit = re.fullmatch(r"(\d+)([a-z]*)", text).groups()
    return int(number) * UNITS[unit or "s"]


def usher_time(text, key):
    """Of the text of a usher.conf: the time that a key has, by default if it is not there."""
    code = re.sub(r"(^|\s)#.*", "", text)
    found = re.search(rf'\b{key}\s*=\s*"([^"]+)"', code)
    return seconds(found[1] if found else DEFAULTS[key])


def longest_end(text):
    """How long a usherd takes to end at most, after its SIGTERM."""
    return sum(usher_time(text, key) for key in ("notice", "deadline", "linger"))


def usherd_reads(usherd, text, what):
    """usherd -t has nothing to say against a configuration."""
    with tempfile.TemporaryDirectory(prefix="usher-fleet-") as place:
        (pathlib.Path(place) / "usher.conf").write_text(
            text.replace("/srv/www", place).replace("/run/usher", place))
        run = subprocess.run([usherd, "-t", "-c", f"{place}/usher.conf"], capture_output=True,
                             text=True, check=False, timeout=60)
    demand(run.returncode == 0 and "warning" not in run.stderr + run.stdout,
           f"usherd reads {what} {run.stderr if run.returncode else ''}")


def balancer_times(folder, text):
    """HAProxy and keepalived see the 503 before the notice ends, and are the ones who
    close idle connections."""
    notice = usher_time(text, "notice")
    haproxy = re.sub(r"#.*", "", (folder / "haproxy.cfg").read_text())
    check = dict(re.findall(r"\b(inter|fastinter|fall|rise|pool-purge-delay)\s+(\S+)", haproxy))
    fall = seconds(check["inter"]) + (int(check["fall"]) - 1) * seconds(check["fastinter"])
    demand(fall < notice, f"HAProxy's fall time {fall} s is below drain.notice {notice} s")
    idle = usher_time(text, "idle")
    for name in ("client", "http-keep-alive"):
        kept = seconds(re.search(rf"timeout {name} (\S+)", haproxy)[1])
        demand(kept < idle, f"HAProxy's timeout {name} {kept} s is below timeouts.idle {idle} s")
    demand("shutdown-sessions" not in haproxy, "HAProxy cuts nobody when a server leaves")

    keepalived = re.sub(r"#.*", "", (folder / "keepalived.conf").read_text())
    for server in keepalived.split("real_server")[1:]:
        retries = int(re.search(r"\bretry (\d+)", server)[1])
        pause = int(re.search(r"delay_before_retry (\d+)", server)[1])
        fall = int(re.search(r"delay_loop (\d+)", keepalived)[1]) + retries * pause
        demand(fall < notice, f"keepalived's fall time {fall} s is below the notice {notice} s")
        demand("inhibit_on_failure" in server, "keepalived quiesces instead of removing")
    demand(keepalived.count("{") == keepalived.count("}"), "keepalived.conf closes its braces")


def haproxy_reads(folder):
    """haproxy -c has nothing to say against its file."""
    program = shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")
    if not program:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as head:
        head.write("global\n\tlog stdout format raw local0\n")
        head.flush()
        run = subprocess.run([program, "-c", "-f", head.name, "-f", folder / "haproxy.cfg"],
                             capture_output=True, text=True, check=False, timeout=60)
    demand(run.returncode == 0 and "WARNING" not in run.stderr + run.stdout,
           f"haproxy reads haproxy.cfg {run.stderr if run.returncode else ''}")
    return True


def kubernetes_times(pod, text):
    """The times of a pod fit those of the usherd in it."""
    grace = pod["terminationGracePeriodSeconds"]
    demand(grace > longest_end(text), f"terminationGracePeriodSeconds {grace} is above "
           f"notice + deadline + linger {longest_end(text)} s")
    usherd = pod["containers"][0]
    ready, alive = usherd["readinessProbe"], usherd["livenessProbe"]
    seen = ready["periodSeconds"] * ready["failureThreshold"]
    demand(seen < usher_time(text, "notice"), f"the 503 is seen after {seen} s, within the notice")
    demand("lifecycle" not in usherd, "there is no preStop hook beside the notice")
    for probe, health in ((ready, "ready"), (alive, "live")):
        path = probe["httpGet"]["path"]
        demand(re.search(rf'route "{path}" {{ health = {health} }}', text),
               f"{path} is what says {health}")


def kubernetes(folder, usherd):
    """Each document of kubernetes.yaml, and how they name one another."""
    import yaml  # here, so that the rest is tested without it

    documents = list(yaml.safe_load_all((folder / "kubernetes.yaml").read_text()))
    kinds = {document["kind"]: document for document in documents}
    demand(sorted(kinds) == ["ConfigMap", "Deployment", "PodDisruptionBudget", "Service"],
           "kubernetes.yaml has its four objects")
    text = kinds["ConfigMap"]["data"]["usher.conf"]
    usherd_reads(usherd, text, "the usher.conf of kubernetes.yaml")
    spec = kinds["Deployment"]["spec"]
    pod = spec["template"]["spec"]
    kubernetes_times(pod, text)
    demand(spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0, "no pod leaves too early")
    labels = spec["template"]["metadata"]["labels"]
    for who, selector in (("Deployment", spec["selector"]["matchLabels"]),
                          ("Service", kinds["Service"]["spec"]["selector"]),
                          ("PodDisruptionBudget",
                           kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"])):
        demand(selector.items() <= labels.items(), f"the {who} selects the pods")
    ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
    demand(kinds["Service"]["spec"]["ports"][0]["targetPort"] in ports
           and re.search(rf"port = {ports['http']}\b", text), "the ports are those of usher.conf")
    confined = pod["containers"][0]["securityContext"]
    demand(pod["securityContext"]["runAsNonRoot"] and confined["readOnlyRootFilesystem"]
           and not confined["allowPrivilegeEscalation"]
           and confined["capabilities"]["drop"] == ["ALL"], "the container is confined")
    volumes = {volume["name"] for volume in pod["volumes"]}
    mounts = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    demand(mounts == volumes and kinds["ConfigMap"]["metadata"]["name"] ==
           pod["volumes"][0]["configMap"]["name"], "what is mounted is there")


def main():
    folder, usherd = pathlib.Path(sys.argv[1]) / "conf/fleet", sys.argv[2]
    text = (folder / "usher.conf").read_text()
    usherd_reads(usherd, text, "conf/fleet/usher.conf")
    balancer_times(folder, text)
    missing = [] if haproxy_reads(folder) else ["haproxy"]
    try:
        kubernetes(folder, usherd)
    except ModuleNotFoundError:
        missing.append("python3-yaml")
    if failures:
        sys.exit(f"failed: {', '.join(failures)}")
    if missing:
        print(f"SKIPPED: there is no {', '.join(missing)} here")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
