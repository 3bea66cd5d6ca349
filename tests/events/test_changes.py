"""What may change in an event, judged twice: by the check, and by readers that try what writers may write."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.base import Zone
from shared.events.compatibility import breaks, moved, unread
from tests.events.changes import CHANGES, Change, text
from tests.events.forms import KINDS, Form, told
from tests.events.readers import trips_over

pytestmark = pytest.mark.D1

TURNED = [
    Change(f"{one.name}, undone", (one.after,), one.before[0], one.backward, one.forward)
    for one in CHANGES
    if len(one.before) == 1
]


def sentences(*, writer: Form, reader: Form) -> list[str]:
    return [*unread(writer=writer.schema, reader=reader.schema), *moved(reader.schema, writer.schema)]


def test_there_are_twenty_four_kinds_of_change() -> None:
    assert len({one.name for one in CHANGES}) == len(CHANGES) == 24


@pytest.mark.parametrize("change", [*CHANGES, *TURNED], ids=lambda change: change.name)
def test_a_change_is_judged_as_readers_find_it(change: Change) -> None:
    for revisions, why in (
        ([(change.after, revision) for revision in change.before], change.forward),
        ([(revision, change.after) for revision in change.before], change.backward),
    ):
        said = [line for writer, reader in revisions for line in sentences(writer=writer, reader=reader)]
        tripped = [trips_over(reader, writer) for writer, reader in revisions]
        if why is None:
            assert said == []
            assert not any(tripped)
        else:
            assert why in "; ".join(said)
            assert any(tripped)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_verdict_on_a_change_names_both_ages_of_readers(change: Change) -> None:
    verdict = "; ".join(line for one in change.before for line in breaks(one.schema, change.after.schema))
    assert bool(verdict) == bool(change.forward or change.backward)
    for why in filter(None, (change.forward, change.backward)):
        assert why in verdict


def test_what_only_an_earlier_revision_knows_is_found() -> None:
    [change] = [one for one in CHANGES if one.name == "an optional field comes back as something else"]
    first, last = change.before
    assert breaks(last.schema, change.after.schema) == []
    assert breaks(first.schema, change.after.schema) != []


def test_what_can_not_be_shown_to_be_harmless_is_refused() -> None:
    narrow, wide = text(pattern="^[a-z]+$"), text(pattern="^[a-z0-9]+$")
    assert trips_over(reader=wide, writer=narrow) is None
    assert unread(writer=narrow.schema, reader=wide.schema) != []
    odd = text(multipleOf=2)
    assert unread(writer=odd.schema, reader=text().schema) == [
        "x differs in multipleOf, of which no rule here knows what it does"
    ]


@pytest.mark.parametrize(
    ("reader", "unknown"),
    [
        (text(), []),
        (text(pattern="^[a-z]+$", minLength=4, maxLength=5), []),
        (text(pattern="^e"), ["late"]),
        (text(minLength=5), ["late"]),
        (text(maxLength=4), ["early"]),
    ],
)
def test_each_word_of_an_enumeration_is_held_against_what_the_reader_asks(
    reader: Form, unknown: list[str]
) -> None:
    writer = text(enum=["early", "late"])
    assert unread(writer=writer.schema, reader=reader.schema) == [
        f'x may be "{word}", which is not known' for word in unknown
    ]
    assert (trips_over(reader, writer) is not None) == bool(unknown)


def field(kind: Any) -> st.SearchStrategy[Any]:
    """A field of this kind: needed, or left out for one of the defaults it can have."""
    defaults: list[Any] = [1, 2] if kind is int else [True] if kind is bool else []
    defaults += [()] if getattr(kind, "__origin__", None) is tuple else []
    maybe = kind | None
    return st.sampled_from([kind, maybe, (maybe, None), *((kind, default) for default in defaults)])


FIELDS = st.sampled_from([*KINDS, Zone]).flatmap(field)
FORMS = st.dictionaries(st.sampled_from(["x", "y"]), FIELDS).map(lambda fields: told(**fields))


@settings(deadline=None)  # how long one pair takes depends on what else the machine does
@given(FORMS, FORMS)
def test_the_check_and_the_readers_agree_on_any_two_definitions(one: Form, other: Form) -> None:
    said = sentences(writer=one, reader=other)
    tripped = trips_over(reader=other, writer=one)
    assert bool(said) == (tripped is not None), (said, tripped)
