"""One record of the log on the screen and as JSON, already redacted."""

from collections.abc import Mapping

from deploy.local.events.output import Output
from shared.clock import utcnow
from shared.eventlog.peek import Seen
from shared.path.operating.redaction import Redacted, Shown, State
from shared.path.operating.type_names import short_type
from shared.path.operating.words import age, clock_time

_NOT_SHOWN = {
    State.FORGED: "SIGNATURE WRONG OR MISSING: nothing in it can be believed",
    State.MALFORMED: "signature valid, but its content can't be read by this version",
    State.UNKNOWN_TYPE: "signature valid, but this version does not know the type",
}


def record_row(seen: Seen, one: Redacted) -> dict[str, object]:
    """The columns of an `event` row."""
    return {
        "owner": one.owner,
        "type": one.type,
        "event_id": one.event_id,
        "practice_id": one.practice_id,
        "partition": one.partition,
        "offset": one.offset,
        "appended_at": seen.appended_at,
        "occurred_at": one.occurred_at,
        "age_s": (utcnow() - seen.appended_at).total_seconds(),
        "state": one.state,
        "is_signature_valid": one.state is not State.FORGED,
        "key": one.key,
        "fields": one.fields,
        "hidden_fields": one.hidden_fields,
    }


def say_record(out: Output, seen: Seen, one: Redacted) -> None:
    """Three or four lines of at most 80 columns."""
    ago = age((utcnow() - seen.appended_at).total_seconds())
    name = "tick" if one.state is State.TICK else short_type(one.type)
    out.say(f"{clock_time(seen.appended_at)}  {one.owner}  {name}  ({ago} ago)")
    if one.event_id is not None:
        out.say(f"  event {one.event_id}  key {one.key}")
        out.say(f"  practice {one.practice_id}  {one.owner}[{one.partition}] offset {one.offset}")
    else:
        out.say(f"  {one.owner}[{one.partition}] offset {one.offset}  key {one.key}")
    if one.state in _NOT_SHOWN:
        out.say(f"  {_NOT_SHOWN[one.state]}")
    for line in wrapped(field_texts(one.fields, one.hidden_fields)):
        out.say(f"  {line}")


def field_texts(fields: Mapping[str, Shown], hidden: tuple[str, ...]) -> list[str]:
    """name=value for what may be seen, the name alone for what may not."""
    return [f"{name}={_text(value)}" for name, value in fields.items()] + [f"{name}=…" for name in hidden]


def wrapped(words: list[str], width: int = 76) -> list[str]:
    """Words in lines; a word longer than a line gets one of its own."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _text(value: Shown) -> str:
    if isinstance(value, list):
        return "[" + ",".join(_text(one) for one in value) + "]"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
