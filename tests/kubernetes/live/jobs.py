"""Jobs made by hand, from a CronJob's template: as it is, or with other arguments."""

import json
from typing import Any

from tests.kubernetes.live.cluster import Cluster, Failed

WITHIN_S = 900.0


def run_from(cluster: Cluster, cron_job: str, name: str, *arguments: str) -> str:
    """What the Job's program printed, once it has succeeded. `arguments`: in place of the CronJob's.

    Raises Failed with the program's last words.
    """
    if arguments:
        template = json.loads(cluster.ours("get", "cronjob", cron_job, "--output", "json"))
        spec: dict[str, Any] = template["spec"]["jobTemplate"]["spec"]
        spec["template"]["spec"]["containers"][0]["args"] = list(arguments)
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}
        cluster.ours("create", "--filename", "-", stdin=json.dumps(job))
    else:  # as an operator does
        cluster.ours("create", "job", name, f"--from=cronjob/{cron_job}")
    cluster.until(f"the Job {name} over", lambda: bool(_ended(cluster, name)), within_s=WITHIN_S)
    said = cluster.ours("logs", f"job/{name}", "--container", "attune", "--tail=30").strip()
    if _ended(cluster, name) != "Complete":
        last = "\n".join(said.splitlines()[-5:]) or "it printed nothing"
        raise Failed(f"the Job {name} ({cron_job}) did not succeed; its last words: {last}")
    return said


def _ended(cluster: Cluster, name: str) -> str | None:
    """Complete or Failed; None while it is under way."""
    status = json.loads(cluster.ours("get", "job", name, "--output", "json"))["status"]
    ends = [
        one["type"]
        for one in status.get("conditions", [])
        if one["status"] == "True" and one["type"] in ("Complete", "Failed")
    ]
    return ends[0] if ends else None
