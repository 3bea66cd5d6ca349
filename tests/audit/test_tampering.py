"""Whatever is done to a chain that was signed is found; and a verifier that looks less closely is found out too."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from shared.audit.canonical import framed
from shared.audit.verifying import LINES, Problem, Verdict, verify
from tests.audit import chains
from tests.audit.chains import KEYS, SERVICE, TAMPERINGS, Case, Tampering, cases
from tests.scale import SCALE, Count, told

pytestmark = pytest.mark.A1
EXAMPLES = max(40, ceil(10_000 * SCALE / len(TAMPERINGS)))

Verifier = Callable[[Case], Verdict]


def honest(case: Case) -> Verdict:
    return verify(SERVICE, case.links, case.checkpoints, case.outside, KEYS)


def blind_to(problem: Problem) -> Verifier:
    """A verifier in which one check was forgotten."""

    def look(case: Case) -> Verdict:
        verdict = honest(case)
        return replace(verdict, findings=[one for one in verdict.findings if one.problem is not problem])

    return look


def without_the_outside(case: Case) -> Verdict:
    """A verifier that believes what the database says of itself."""
    return honest(replace(case, outside=case.checkpoints))


def finds_every_tampering(look: Verifier, tamper: Tampering, count: Count) -> None:
    """Raises AssertionError when something was tampered with and `look` finds the chain sound."""

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=SCALE == 0,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(cases(), st.data())
    def play(case: Case, data: st.DataObject) -> None:
        changed = tamper(case, data)
        assume(changed != case)
        count.tried += 1
        verdict = look(changed)
        assert not verdict.is_sound, tamper.__name__
        assert verdict.findings[0].sequence <= _first_changed(case, changed), tamper.__name__

    play()


def _first_changed(case: Case, changed: Case) -> int:
    """At which row an auditor must begin to look, at the latest: the first checkpoint that the change is under."""
    sound = next(
        (n for n, (one, other) in enumerate(zip(case.links, changed.links, strict=False)) if one != other),
        min(len(case.links), len(changed.links)),
    )
    signed = [one.sequence for one in case.outside if one.sequence > sound]
    return max(sound + 2, min(signed, default=len(case.links)), *(one.sequence for one in case.checkpoints))


@pytest.fixture(scope="module")
def all_kinds() -> Iterator[Count]:
    with told("audit_tampers") as count:
        yield count


@pytest.mark.timeout(120 + 3600 * SCALE)
@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
def test_every_tampering_is_found(all_kinds: Count, tamper: Tampering) -> None:
    with told(f"audit_{tamper.__name__}", within=all_kinds) as count:
        finds_every_tampering(honest, tamper, count)


@settings(max_examples=EXAMPLES, database=None, deadline=None, derandomize=SCALE == 0)
@given(cases())
def test_a_chain_that_nobody_touched_is_sound(case: Case) -> None:
    verdict = honest(case)
    assert verdict.findings == []
    assert (verdict.rows, verdict.signed_up_to) == (len(case.links), case.checkpoints[-1].sequence)


PLANTED: dict[str, tuple[Verifier, Tampering]] = {
    "without_the_outside": (without_the_outside, chains.truncate),
    "edited": (blind_to(Problem.EDITED), chains.edit),
    "missing": (blind_to(Problem.MISSING), chains.delete),
    "broken": (blind_to(Problem.BROKEN), chains.edit_and_hash_again),
    "rewritten": (blind_to(Problem.REWRITTEN), chains.rewrite),
    "truncated": (blind_to(Problem.TRUNCATED), chains.cut),
    "forged": (blind_to(Problem.FORGED), chains.forge),
    "checkpoint_lost": (blind_to(Problem.CHECKPOINT_LOST), chains.lose_checkpoint),
    "copy_lost": (blind_to(Problem.COPY_LOST), chains.lose_copy),
}
"""Each check left out once, and what then goes unnoticed."""


@pytest.mark.parametrize(("look", "tamper"), PLANTED.values(), ids=PLANTED)
def test_a_verifier_that_forgets_a_check_is_found_out(look: Verifier, tamper: Tampering) -> None:
    with pytest.raises(AssertionError, match=tamper.__name__):
        finds_every_tampering(look, tamper, Count())


def test_each_check_is_left_out_once() -> None:
    assert set(PLANTED) == {*Problem, "without_the_outside"}


def test_every_problem_has_a_line_that_names_the_row() -> None:
    assert set(LINES) == set(Problem)
    assert all("{sequence}" in line for line in LINES.values())


def test_no_field_runs_into_the_next() -> None:
    assert (
        len({framed("ab", "c"), framed("a", "bc"), framed("abc", ""), framed("abc", None), framed("abc")})
        == 5
    )
