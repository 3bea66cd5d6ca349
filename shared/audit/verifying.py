"""Whether a chain still is what was sealed: pure, over rows and checkpoints that somebody read.

Three witnesses are held against each other: the rows, which name the hash before them; the checkpoints in the
database, which are signed; and their copies outside it, which whoever changed the database can't change along.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.audit.canonical import FIRST, Link, hash_of
from shared.audit.signing import Checkpoint, Keys, is_signed


class Problem(StrEnum):
    """What can be wrong, each with a line for people (`{sequence}` is the first bad one)."""

    EDITED = "edited"
    MISSING = "missing"
    BROKEN = "broken"
    REWRITTEN = "rewritten"
    TRUNCATED = "truncated"
    FORGED = "forged"
    CHECKPOINT_LOST = "checkpoint_lost"
    COPY_LOST = "copy_lost"


LINES = {
    Problem.EDITED: "row {sequence} is not what was sealed",
    Problem.MISSING: "row {sequence} is missing, and perhaps more before the next",
    Problem.BROKEN: "row {sequence} does not follow the row before it: one of them was replaced or moved",
    Problem.REWRITTEN: "row {sequence} is not the one that was signed: rows up to it were rewritten",
    Problem.TRUNCATED: "the chain ends before row {sequence}, which was signed: its end was cut off",
    Problem.FORGED: "the checkpoint at row {sequence} has no signature of a known key",
    Problem.CHECKPOINT_LOST: "the checkpoint at row {sequence} is missing in the database, or another than outside",
    Problem.COPY_LOST: "the checkpoint at row {sequence} is missing in the file outside the database",
}


@dataclass(frozen=True)
class Finding:
    problem: Problem
    sequence: int

    @property
    def text(self) -> str:
        return LINES[self.problem].format(sequence=self.sequence)


@dataclass
class Verdict:
    """What was found, and how much was looked at."""

    rows: int = 0
    checkpoints: int = 0
    outside: int = 0
    signed_up_to: int = 0  # rows behind this could be rewritten without a trace, until the next checkpoint
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.findings


def verify(
    service: str,
    links: Iterable[Link],
    checkpoints: Sequence[Checkpoint],
    outside: Sequence[Checkpoint],
    keys: Keys,
    *,
    copied: Callable[[], Sequence[Checkpoint]] | None = None,
) -> Verdict:
    """Hold the three against each other. `links` in the order of their sequence; each is looked at once.

    While a platform runs, `outside` must be read first and the rows last, so that each knows at least as much as
    the one before; `copied` is the file once more, after all.
    """
    verdict = Verdict(checkpoints=len(checkpoints), outside=len(outside))
    trusted: dict[int, set[bytes]] = {}
    for one in {*checkpoints, *outside}:
        if is_signed(one, service, keys):
            trusted.setdefault(one.sequence, set()).add(one.hash)
        else:
            verdict.findings.append(Finding(Problem.FORGED, one.sequence))
    verdict.signed_up_to = max(trusted, default=0)
    end = _walk(service, links, trusted, verdict)
    beyond = [sequence for sequence in trusted if sequence > end]
    if beyond:
        verdict.findings.append(Finding(Problem.TRUNCATED, end + 1))
    verdict.findings += _lost(checkpoints, outside, outside if copied is None else copied())
    verdict.findings.sort(key=lambda one: one.sequence)
    return verdict


def _walk(service: str, links: Iterable[Link], trusted: dict[int, set[bytes]], verdict: Verdict) -> int:
    """Along the rows; returns where they end. After a break it goes on from there, to name the next one too."""
    sequence, previous = 0, FIRST
    for link in links:
        verdict.rows += 1
        if link.sequence != sequence + 1:
            verdict.findings.append(Finding(Problem.MISSING, sequence + 1))
        elif link.previous != previous:
            verdict.findings.append(Finding(Problem.BROKEN, link.sequence))
        if hash_of(service, link.sequence, link.row, link.previous) != link.hash:
            verdict.findings.append(Finding(Problem.EDITED, link.sequence))
        if trusted.get(link.sequence, {link.hash}) != {link.hash}:
            verdict.findings.append(Finding(Problem.REWRITTEN, link.sequence))
        sequence, previous = link.sequence, link.hash
    return sequence


def _lost(
    here: Sequence[Checkpoint], there: Sequence[Checkpoint], copied: Sequence[Checkpoint]
) -> list[Finding]:
    """Checkpoints that only one side has. The newest in the database may not have been copied yet."""
    newest = max((one.sequence for one in here), default=0)
    lost = {one.sequence for one in set(there) - set(here)}
    uncopied = {one.sequence for one in set(here) - set(copied)} - {newest}
    return [
        *(Finding(Problem.CHECKPOINT_LOST, sequence) for sequence in lost),
        *(Finding(Problem.COPY_LOST, sequence) for sequence in uncopied - lost),
    ]
