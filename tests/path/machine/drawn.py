"""What the machine draws: keys by number, facts as (key, whether it is a change), and trouble on the way."""

from hypothesis import strategies as st

from tests.path.machine.awaits import Trouble

KEY = st.integers(0, 4)
FACTS = st.lists(st.tuples(KEY, st.booleans()), min_size=2, max_size=6)
SOME_FACTS = st.lists(st.tuples(KEY, st.booleans()), max_size=4)
READER = st.sampled_from(["projector", "reactor"])
MEMBER = st.integers(0, 1)
TROUBLE = st.one_of(
    st.none(), st.builds(Trouble, at=st.integers(0, 19), is_done=st.booleans(), is_crash=st.booleans())
)
