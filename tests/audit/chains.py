"""Random chains with their checkpoints, and every way in which somebody tampers with them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import strategies as st

from shared.audit.canonical import FIRST, Link, Row, hash_of
from shared.audit.looks import Act
from shared.audit.signing import Checkpoint, Keys, Signer, keys_from, public_pem

SERVICE = "integration"
BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _signer(seed: bytes) -> tuple[Signer, bytes]:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Signer(pem), public_pem(pem)


OURS, _OUR_PEM = _signer(bytes(32))
THEIRS, _ = _signer(bytes([1] * 32))
KEYS: Keys = keys_from([_OUR_PEM])


@dataclass(frozen=True)
class Case:
    """A chain, its checkpoints in the database and their copies outside."""

    links: tuple[Link, ...]
    checkpoints: tuple[Checkpoint, ...]
    outside: tuple[Checkpoint, ...]

    @property
    def signed(self) -> int:
        """Up to where the copies vouch for the chain: what is behind could be made anew."""
        return max((one.sequence for one in self.outside), default=0)


def sealed(rows: list[Row], start: int = 0, previous: bytes = FIRST) -> tuple[Link, ...]:
    links = []
    for sequence, row in enumerate(rows, start + 1):
        made = hash_of(SERVICE, sequence, row, previous)
        links.append(Link(sequence, row, previous, made))
        previous = made
    return tuple(links)


def row_of(seed: int) -> Row:
    """A row that looks like one of ours; another one for each seed."""
    chance = random.Random(seed)

    def some_id() -> UUID:
        return UUID(int=chance.getrandbits(128))

    return Row(
        (
            some_id(),
            some_id(),
            BEGAN + timedelta(microseconds=chance.randrange(10**12)),
            some_id(),
            chance.choice(["partner", "practitioner", "worker", ""]),
            chance.choice(list(Act)).value,
            chance.choice(["journal_entry", "consent", "check_in"]),
            chance.choice([None, some_id()]),
            chance.choice([None, some_id()]),
            chance.choice(["self", "wrote_it", "released"]),
            chance.choice(["integration.show_own_entry", "integration.write_entry"]),
        )
    )


_new_rows = st.integers(2**33, 2**34).map(row_of)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A sound chain of 2 to 12 rows, signed at some of them; the copies lack the newest checkpoint at the most."""
    rows = [
        row_of(seed) for seed in draw(st.lists(st.integers(0, 2**32), min_size=2, max_size=12, unique=True))
    ]
    links = sealed(rows)
    at = sorted(draw(st.sets(st.integers(1, len(links)), min_size=1, max_size=4)))
    signed = tuple(OURS.sign(SERVICE, n, links[n - 1].hash, BEGAN + timedelta(days=1, minutes=n)) for n in at)
    copied = signed[:-1] if len(signed) > 1 and draw(st.booleans()) else signed
    return Case(links, signed, copied)


Draw = st.DataObject
Tampering = Callable[[Case, Draw], Case]


def _somewhere(case: Case, data: Draw) -> int:
    """An index of a row that is vouched for."""
    return data.draw(st.integers(0, case.signed - 1), label="row")


def edit(case: Case, data: Draw) -> Case:
    """Change one field of one row."""
    return _edited(case, data, data.draw(st.integers(0, len(case.links) - 1), label="row"))


def _edited(case: Case, data: Draw, at: int) -> Case:
    values = list(case.links[at].row.values)
    field = data.draw(st.integers(0, len(values) - 1), label="field")
    held = values[field]
    if isinstance(held, datetime):
        values[field] = held + timedelta(microseconds=1)
    elif isinstance(held, str):
        values[field] = held + "x"
    else:
        values[field] = UUID(int=held.int ^ 1) if isinstance(held, UUID) else UUID(int=1)
    return _with(case, at, replace(case.links[at], row=Row(tuple(values))))


def edit_and_hash_again(case: Case, data: Draw) -> Case:
    """Change a row that is vouched for, and its own hash, but not what follows."""
    at = _somewhere(case, data)
    edited = _edited(case, data, at)
    link = edited.links[at]
    return _with(edited, at, replace(link, hash=hash_of(SERVICE, link.sequence, link.row, link.previous)))


def rewrite(case: Case, data: Draw) -> Case:
    """Change a row that is vouched for and hash everything behind it again."""
    at = _somewhere(case, data)
    values = list(case.links[at].row.values)
    values[4] = f"{values[4]}x"
    rows = [Row(tuple(values)), *(one.row for one in case.links[at + 1 :])]
    return replace(case, links=case.links[:at] + sealed(rows, at, case.links[at].previous))


def rewrite_and_forget_checkpoints(case: Case, data: Draw) -> Case:
    """The same, with the database's checkpoints gone too."""
    return replace(rewrite(case, data), checkpoints=())


def delete(case: Case, data: Draw) -> Case:
    """Take one row out of the middle."""
    at = data.draw(st.integers(0, len(case.links) - 2), label="row")
    return replace(case, links=case.links[:at] + case.links[at + 1 :])


def delete_and_close_the_gap(case: Case, data: Draw) -> Case:
    """Take out a row that is vouched for, number and hash what follows again."""
    at = _somewhere(case, data)
    rows = [one.row for one in case.links[at + 1 :]]
    return replace(case, links=case.links[:at] + sealed(rows, at, case.links[at].previous))


def insert(case: Case, data: Draw) -> Case:
    """Put a row in before one that is vouched for, number and hash what follows again."""
    at = _somewhere(case, data)
    rows = [data.draw(_new_rows, label="new"), *(one.row for one in case.links[at:])]
    return replace(case, links=case.links[:at] + sealed(rows, at, case.links[at].previous))


def swap(case: Case, data: Draw) -> Case:
    """Exchange what two neighbours say."""
    at = data.draw(st.integers(0, len(case.links) - 2), label="row")
    one, other = case.links[at], case.links[at + 1]
    return _with(_with(case, at, replace(one, row=other.row)), at + 1, replace(other, row=one.row))


def move(case: Case, data: Draw) -> Case:
    """Exchange two neighbours with their hashes; only their numbers stay where they were."""
    at = data.draw(st.integers(0, len(case.links) - 2), label="row")
    one, other = case.links[at], case.links[at + 1]
    return _with(
        _with(case, at, replace(other, sequence=one.sequence)), at + 1, replace(one, sequence=other.sequence)
    )


def truncate(case: Case, data: Draw) -> Case:
    """Cut the end off, and with it the database's checkpoints behind it."""
    left = _somewhere(case, data)
    kept = tuple(one for one in case.checkpoints if one.sequence <= left)
    return replace(case, links=case.links[:left], checkpoints=kept)


def cut(case: Case, data: Draw) -> Case:
    """Cut the end off and leave the checkpoints."""
    return replace(case, links=case.links[: _somewhere(case, data)])


def empty(case: Case, _: Draw) -> Case:
    """Nothing is left in the database."""
    return replace(case, links=(), checkpoints=())


def lose_checkpoint(case: Case, data: Draw) -> Case:
    """Take a checkpoint out of the database that has a copy outside."""
    gone = data.draw(st.sampled_from(case.outside), label="checkpoint")
    return replace(case, checkpoints=tuple(one for one in case.checkpoints if one != gone))


def lose_copy(case: Case, data: Draw) -> Case:
    """Take a copy out of the file."""
    old = [one for one in case.outside if one != case.checkpoints[-1]]
    if not old:
        return forge(case, data)
    gone = data.draw(st.sampled_from(old), label="copy")
    return replace(case, outside=tuple(one for one in case.outside if one != gone))


def forge(case: Case, data: Draw) -> Case:
    """Rewrite the whole chain and sign it with another key, here and outside."""
    values = [*case.links[0].row.values[:-1], "integration.nowhere"]
    links = sealed([Row(tuple(values)), *(one.row for one in case.links[1:])])
    key_name = data.draw(st.sampled_from([OURS.key_name, THEIRS.key_name]), label="claimed key")

    def again(one: Checkpoint) -> Checkpoint:
        made = THEIRS.sign(SERVICE, one.sequence, links[one.sequence - 1].hash, one.at)
        return replace(made, key_name=key_name)

    return Case(links, tuple(map(again, case.checkpoints)), tuple(map(again, case.outside)))


TAMPERINGS: tuple[Tampering, ...] = (
    edit, edit_and_hash_again, rewrite, rewrite_and_forget_checkpoints, delete, delete_and_close_the_gap, insert,
    swap, move, truncate, cut, empty, lose_checkpoint, lose_copy, forge,
)  # fmt: skip


def _with(case: Case, at: int, link: Link) -> Case:
    return replace(case, links=(*case.links[:at], link, *case.links[at + 1 :]))
