"""Which version runs, as a metric: so that a roll-out can be seen, and a process that is missing."""

from importlib.metadata import version

from shared.telemetry import metrics


def tell_version(service: str, process: str) -> None:
    """Say that this process (`web` or `worker`) of the service runs."""
    metrics.build_info.labels(service, process, version("attune")).set(1)
