"""Everything Ana can observe, whole: her own pages and lists, every door to Bo's things, and what was sent to her."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from functools import partial
from typing import Any

from tests.privacy.home import Home, address_of

Look = Callable[[], list[Any]]
Observed = dict[str, str]
"""Where she looked → status, headers and body as one text."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)?|\d{4}-\d\d-\d\d \d\d:\d\d|\d{8}T\d{6}Z")
_QUARTER = timedelta(minutes=15)
_CURSOR = re.compile(r'(?<="next_cursor": ")[^"]+|(?<="next_cursor":")[^"]+|(?<=cursor=)[\w.=-]+')

_CLOCK = re.compile(r"(\d{1,2}:)(\d\d)(?=[^<>]*</time>)")
"""As a page shows a moment, to the minute."""
_FORM = re.compile(
    r'(?<=name="csrf_token" value=")[^"]+|(?<=name="mark" value=")[^"]+|(?<=__Host-attune-form=)[^;]+'
)
"""What every answer makes anew, or for one person and day."""
PAGES = (
    "/",
    "/today",
    "/prepare",
    "/prepare/intention",
    "/prepare/intention/1",
    "/prepare/shared",
    "/journal",
    "/journal/new",
    "/journal/shared",
    "/sessions",
    "/check-ins",
    "/notices",
    "/more",
    "/more/notifications",
    "/more/privacy",
)
NOTHING = "00000000-0000-4000-8000-000000000000"
OF_SESSION = ("", "/calendar.ics")
OF_MEDICINE = (*OF_SESSION, "/consent", "/day")
"""Pages of each session of hers."""


def everywhere(_: str) -> bool:
    return True


def observe(home: Home, wanted: Callable[[str], bool] = everywhere) -> Observed:
    """Look at every `wanted` place. Ids are named by their first appearance in it, and moments by their quarter hour
    since the practice began, so twins can be compared."""
    found: Observed = {}
    for where, look in _looks(home):
        if not wanted(where):
            continue
        answers = look()
        found[where] = _renamed(home, "\n".join(_as_text(where, answer) for answer in answers))
        if where == "copy data":
            held = answers[0].json
            found |= {f"copied {part}": _renamed(home, repr(one)) for part, one in held.items()}
    found["what was sent to her"] = _renamed(home, repr(_sent_to(home)))
    found["mail"] = _renamed(home, _mail_to(home))
    return found


def _as_text(where: str, answer: Any) -> str:
    body = _ORDERED.get(where, _whole)(answer)
    return f"{answer.status_code} {sorted(answer.headers.items())} {body}"


def differences(one: Observed, other: Observed) -> list[str]:
    """Where they differ, each with the lines that only one of them has."""
    return [
        "\n".join([where, *_only(one.get(where, ""), other.get(where, ""))])
        for where in sorted(one.keys() | other.keys())
        if one.get(where) != other.get(where)
    ]


def _only(one: str, other: str) -> Iterator[str]:
    lines = unified_diff(one.splitlines(), other.splitlines(), "one", "other", lineterm="", n=0)
    return (line[:600] for line in lines)


def _whole(answer: Any) -> str:
    body: str = answer.get_data(as_text=True)
    return body


def _list_in_order(answer: Any) -> str:
    """Sessions without a time lie in the order of their random ids, which says nothing: put by what they show."""
    items = answer.json["items"]
    return repr(sorted(items, key=lambda one: (one["starts_at"] or "~", one["kind"], one["state"])))


def _page_in_order(answer: Any) -> str:
    """The same of the page: entries without a time take each other's places."""
    body = _whole(answer)
    untimed = sorted(_UNTIMED.findall(body), key=lambda entry: _ID.sub("", entry))
    return _UNTIMED.sub(lambda _: untimed.pop(0), body)


_UNTIMED = re.compile(r"<li(?:\s[^>]*)?>(?:(?!</li>|<time).)*</li>", re.DOTALL)
_ORDERED: dict[str, Callable[[Any], str]] = {
    "sessions/me/sessions": _list_in_order,
    "page /today": _page_in_order,
    "page /sessions": _page_in_order,
}


def _renamed(home: Home, text: str) -> str:
    names: dict[str, str] = {}

    def named(kind: str) -> Callable[[re.Match[str]], str]:
        return lambda match: names.setdefault(match.group(), f"<{kind} {len(names)}>")

    text = _FORM.sub("<form>", _CURSOR.sub("<cursor>", text))
    text = re.sub(r"p-[0-9a-f]{12}", "<practice>", text)
    text = _CLOCK.sub(lambda match: f"{match[1]}{int(match[2]) // 15 * 15:02}", text)
    return _MOMENT.sub(lambda match: _since(home.began, match.group()), _ID.sub(named("id"), text))


def _since(began: datetime, moment: str) -> str:
    """Real time, in which one twin comes after the other, has no name; the practice's has."""
    at = datetime.fromisoformat(moment)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return "<moment>" if at < began - timedelta(hours=1) else f"<quarter {(at - began) // _QUARTER}>"


def _looks(home: Home) -> Iterator[tuple[str, Look]]:
    """Pairs of a place and a look at it, which gives its answer or, of a list, one for each page."""
    ana, couple, bo = home.ana, home.couple_id, home.bo_id

    def at(service: str, path: str) -> Look:
        return lambda: [ana(service).get(path)]

    def page(path: str) -> Look:
        return lambda: [home.page(path)]

    for path in PAGES:
        yield f"page {path}", page(path)
    for service, paths in {
        "intake": ["/me/couple", "/me/intention", "/me/intention/shared", "/me/intention/from-partner"],
        "sessions": ["/me/sessions", "/me/consents"],
        "integration": ["/me/journeys", "/me/check-ins", "/me/check-ins/all"],
        "notify": ["/me/inbox", "/me/preferences"],
    }.items():
        for path in paths:
            yield f"{service}{path}", at(service, path)
    for path in ("/me/journal", "/me/shared-by-me", "/me/shared-with-me"):
        for size in (100, 1):
            yield f"integration{path}?limit={size}", partial(_turned, home, path, size)
    for number, entry in enumerate(ana("integration").get("/me/journal").json["items"]):
        yield f"own entry {number}", at("integration", f"/me/journal/{entry['entry_id']}")
        if number == 0:
            for end in ("", "/change", "/share"):
                yield f"page of own entry{end}", page(f"/journal/{entry['entry_id']}{end}")
    for number, shown in enumerate(ana("sessions").get("/me/sessions").json["items"]):
        name = f"{number} {shown['kind']}" if shown["starts_at"] else f"{shown['kind']} without a time"
        yield f"calendar file {name}", at("sessions", f"/me/sessions/{shown['session_id']}/calendar.ics")
        yield f"consent {name}", at("sessions", f"/me/medicine-sessions/{shown['session_id']}/consent")
        for end in OF_MEDICINE if shown["kind"] == "medicine" else OF_SESSION:
            yield f"page of session{end} {name}", page(f"/sessions/{shown['session_id']}{end}")
    for number, asked in enumerate(ana("integration").get("/me/check-ins").json["items"]):
        yield f"page of check-in {number}", page(f"/check-ins/{asked['check_in_id']}")
    for kind in ("page", "data"):
        yield f"copy {kind}", partial(_copied, home, kind)
    # Doors that are not hers, to things that are there in one world and not in the other.
    for service, path in (
        ("intake", f"/couples/{couple}"),
        ("intake", f"/couples/{couple}/readiness"),
        ("intake", f"/couples/{couple}/partners/{bo}/intention"),
        ("integration", f"/couples/{couple}/journeys"),
        ("integration", f"/couples/{couple}/partners/{bo}/journal"),
        ("integration", "/safety-concerns"),
        ("notify", "/alerts"),
        ("notify", "/deliveries"),
        ("sessions", "/bookings"),
    ):
        place = path.replace(str(couple), "<couple>").replace(str(bo), "<bo>")
        yield f"door {service}{place}", at(service, path)
    last = _last(home, "bo entries")
    yield "door to what bo wrote last", at("integration", f"/me/journal/{last}")
    yield "door page /journal/<bo>", page(f"/journal/{last}")
    asked_bo = home.bo("integration").get("/me/check-ins").json["items"]
    yield (
        "door page /check-ins/<bo>",
        page(f"/check-ins/{asked_bo[0]['check_in_id'] if asked_bo else NOTHING}"),
    )
    booked = _last(home, "bo's")
    for path in (
        f"/me/sessions/{booked}/calendar.ics",
        f"/bookings/{booked}",
        f"/me/medicine-sessions/{booked}/consent",
    ):
        yield f"door sessions{path.replace(booked, '<bo>')}", at("sessions", path)
    for end in ("", "/consent"):
        yield f"door page /sessions/<bo>{end}", page(f"/sessions/{booked}{end}")


def _turned(home: Home, path: str, size: int) -> list[Any]:
    """A list of hers, its first four pages."""
    answers = [home.ana("integration").get(f"{path}?limit={size}")]
    while (cursor := answers[-1].json["next_cursor"]) and len(answers) < 4:
        answers.append(home.ana("integration").get(f"{path}?limit={size}&cursor={cursor}"))
    return answers


def _copied(home: Home, kind: str) -> list[Any]:
    return [home.copy(kind)]


def _last(home: Home, kind: str) -> str:
    """The id of what was made last, or one of nothing."""
    return (home.made.get(kind) or [NOTHING])[-1]


def _mail_to(home: Home) -> str:
    """Her mails as the mail server got them, but for the moment of sending, which is real time."""
    got = [raw.decode() for to, raw in home.mail.taken if to == address_of(home.ana_id)]
    return "\n".join(re.sub(r"(?m)^Date: .*$", "Date: <moment>", mail) for mail in got)


def _sent_to(home: Home) -> list[Any]:
    sql = (
        "SELECT occasion, channel, state, contact_id IS NULL FROM delivery WHERE person_id = %s"
        " ORDER BY occasion, channel, state"
    )
    return [tuple(row) for row in home.world.rows("notify", home.practice, sql, home.ana_id)]
