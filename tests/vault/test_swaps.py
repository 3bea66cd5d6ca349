"""A ciphertext put elsewhere never opens (rule P4): any other row, field, owner, version, table or practice.

The same test must find a place that leaves a part out; so each part is left out once.
"""

import dataclasses
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from shared.vault import Place, SealBroken
from shared.vault.sealing import framed, open_sealed, seal
from tests.scale import SCALE, Count, told

pytestmark = pytest.mark.P4
CASES = 200 + int(10_000 * SCALE)
KEY = bytes(range(32))
PARTS = [one.name for one in dataclasses.fields(Place)]

ids = st.integers(0, 3).map(lambda n: UUID(int=n))
names = st.text("ab1", max_size=3)  # few, so that parts that run into each other meet
places = st.builds(Place, ids, ids, names, ids, names, st.integers(1, 12))


class Opened(AssertionError):
    """Somebody read words that belong elsewhere."""


@st.composite
def apart(draw: st.DrawFn) -> tuple[Place, Place]:
    """Two places that differ in one part, in as many as they like, or in where one part ends: two, never one."""
    here, there = draw(places), draw(places)
    part = draw(st.sampled_from(["any", "border", *PARTS]))
    if part == "border":
        here = dataclasses.replace(here, version=10 + there.version % 9 + 1)
        there = dataclasses.replace(here, field=f"{here.field}1", version=here.version - 10)
    elif part != "any":
        there = dataclasses.replace(here, **{part: getattr(there, part)})
    assume(here != there)
    return here, there


def swapping(cases: int, count: Count) -> Callable[[], None]:
    """Seal at one place, open at another, under the very same key: the place alone must keep them apart."""

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=not SCALE,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(apart(), st.text(max_size=40))
    def swap(pair: tuple[Place, Place], words: str) -> None:
        here, there = pair
        count.tried += 1
        sealed = seal(words, here, key=KEY, generation=1)
        if open_sealed(sealed, here, key=KEY) != words:
            raise AssertionError("words do not open in their own place")
        try:
            open_sealed(sealed, there, key=KEY)
        except SealBroken:
            return
        raise Opened

    return swap


@pytest.mark.timeout(120 + 3600 * SCALE)
def test_what_is_put_elsewhere_never_opens() -> None:
    with told("vault_swaps") as count:
        swapping(CASES, count)()


@pytest.mark.parametrize("part", PARTS)
def test_a_place_that_leaves_a_part_out_is_found(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [name for name in PARTS if name != part]
    monkeypatch.setattr(
        Place, "associated_data", lambda self: framed(*(str(getattr(self, name)) for name in left))
    )
    with pytest.raises(Opened):
        swapping(200, Count())()


def test_no_associated_data_at_all_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Place, "associated_data", lambda _: b"")
    with pytest.raises(Opened):
        swapping(200, Count())()


def test_parts_that_run_into_each_other_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Place, "associated_data", lambda self: "".join(str(getattr(self, name)) for name in PARTS).encode()
    )
    with pytest.raises(Opened):
        swapping(200, Count())()
