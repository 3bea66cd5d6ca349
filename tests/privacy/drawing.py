"""Stories as Hypothesis draws them: what is open is the same in several lives, and the secrets are each one's own."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.privacy import acts, calendar_acts
from tests.scale import SCALE

CHAPTERS = 2 if SCALE == 0 else 4
FAMILIES = 1 if SCALE == 0 else 3
SIBLINGS = 2 if SCALE == 0 else 6
SHARES = 1 if SCALE == 0 else 3

Step = tuple[acts.Act, int]
Story = list[Step]
Chapter = tuple[Story, int]
"""What happens, and which places are looked at then."""
Life = list[Chapter]
Family = list[Life]
"""Lives that differ in Bo's secrets alone: one twin without any serves all of them, and is looked at once."""
IN_BOTH = (*acts.OPEN, *calendar_acts.OPEN, *calendar_acts.EITHER)
IN_ONE = (*acts.SECRET, *calendar_acts.SECRET)
_numbers = st.integers(0, 119)


def _steps(which: Sequence[acts.Act]) -> st.SearchStrategy[Step]:
    return st.tuples(st.sampled_from(which), _numbers)


def _own(steps: st.SearchStrategy[Step]) -> st.SearchStrategy[tuple[Step, ...]]:
    """Each sibling's own step, at the same point of their stories."""
    return st.tuples(*(steps for _ in range(SIBLINGS)))


_of_all = _steps((*acts.OPEN, *calendar_acts.OPEN)).map(lambda step: (step,) * SIBLINGS)
_for_a_cause_of_each = st.sampled_from(calendar_acts.EITHER).flatmap(lambda act: _own(_steps((act,))))
_of_each = _own(_steps(IN_ONE))
_moves = st.integers(0, 29).flatmap(
    lambda n: _for_a_cause_of_each if n < 3 else _of_all if n < 12 else _of_each
)
_stories = (
    st.lists(_moves, min_size=2, max_size=10)
    .filter(lambda moves: any(move[0][0] in IN_ONE for move in moves))
    .map(lambda moves: [list(story) for story in zip(*moves, strict=True)])
)
_chapters = st.tuples(_stories, st.integers(0, SHARES - 1)).map(
    lambda drawn: [(story, drawn[1]) for story in drawn[0]]
)
one_family = st.lists(_chapters, min_size=CHAPTERS, max_size=CHAPTERS).map(
    lambda chapters: [list(life) for life in zip(*chapters, strict=True)]
)
