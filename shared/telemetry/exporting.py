"""Whether this process sends its spans anywhere: ATTUNE_TRACES_URL. Without it nothing is imported and nothing kept."""

from typing import TYPE_CHECKING

from shared.telemetry import trace

if TYPE_CHECKING:
    from shared.settings import Traces
    from shared.telemetry.spans import Recording

_recording: "Recording | None" = None


def start(traces: "Traces | None", *, service: str, process: str) -> None:
    """Record from now on, if that is switched on. After the fork: the sending thread belongs to this process."""
    global _recording
    if traces is None or _recording is not None:
        return
    from shared.telemetry import spans

    _recording = spans.to(traces.url, share=traces.share, service=service, process=process)
    trace.record_with(_recording)


def stop() -> None:
    """Record no more, and send what still waits: two seconds at most."""
    global _recording
    trace.record_with(None)
    if _recording is not None:
        _recording.stop()
        _recording = None
