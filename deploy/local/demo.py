"""The demo practice of `attune up`: Oak Practice, its staff, and one couple, made over the public API.

Making it again finds what is there and adds what is missing, so an interrupted start is mended by the next.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from deploy.local.errors import UserError
from deploy.local.journey.accounts import Door
from deploy.local.journey.client import Client, Current
from deploy.local.journey.clock import moment
from deploy.local.journey.faults import Off
from deploy.local.journey.mailbox import Mailbox
from deploy.local.journey.waiting import make_when_known, until

NAME, SLUG, ZONE = "Oak Practice", "oak", "America/Denver"
OPENS, CLOSES = "08:00", "18:00"
PATIENCE_S = 30.0
ADMIN, DESK = "Imogen Vale", "Piet Brook"
STAFF: Mapping[str, tuple[str, str]] = {  # name -> role, profession
    ADMIN: ("practice_admin", ""),
    DESK: ("front_desk", ""),
    "Rosalind Frost": ("prescriber", "physician"),
    "Theodora Lindqvist": ("practitioner", "psychotherapist"),
    "Fabian Moss": ("facilitator", "facilitator"),
}
COUPLE = ("Noor", "Sam")
ROOMS: Mapping[str, str] = {"Cedar": "medicine", "Birch": "talk"}
_SHOWN = {"practitioner": "therapist"}


def create(url: str, operator_key: str) -> list[str]:
    """Make what is missing of the demo practice. Lines that say how to sign in. Raises UserError."""
    try:
        people = _accounts(url)
        if not {*STAFF, *COUPLE} <= set(people):
            people = _make(url, f"Operator {operator_key}")
    except Off as off:
        raise UserError(f"the demo practice can't be made: expected {off.expected}, saw {off.seen}") from off
    roles = {name: role for name, (role, _) in STAFF.items()} | dict.fromkeys(COUPLE, "partner")
    shown = [
        (name, _SHOWN.get(role, role).replace("_", " ")) for name, role in roles.items() if name in people
    ]
    return [f"One click on the start page signs you in at {NAME} as", *(f"  {n:<20}{r}" for n, r in shown)]


def _make(url: str, authorization: str) -> dict[str, str]:
    platform = Client(url, authorization=authorization)
    if platform.get(f"/practices/{SLUG}").status == 404:
        platform.make("/practices", {"name": NAME, "slug": SLUG, "zone": ZONE, "is_demo": True})
    operator, door = Client(url, authorization=authorization, practice=SLUG), Door(url, SLUG)
    people = _accounts(url)
    for name, (role, _) in STAFF.items():
        if name not in people:
            body = {"display_name": name, "roles": [role], "email": _address(name)}
            people[name] = make_when_known(operator, "/staff", body, patience_s=PATIENCE_S)["person_id"]
    admin, desk = door.client(people[ADMIN]), door.client(people[DESK])
    clinicians = [name for name, (_, profession) in STAFF.items() if profession]
    _equip(operator, admin, {people[name]: STAFF[name][1] for name in clinicians})
    couple = _couple(desk, [people[name] for name in clinicians])
    mailbox = Mailbox(operator)
    if mailbox.is_there:
        missing = [one for one in couple["partners"] if one["display_name"] not in people]
        with ThreadPoolExecutor() as pool:
            list(pool.map(partial(_join, Client(url), desk, mailbox), missing))
    return until(
        "everybody of the demo to have an account",
        lambda: _accounts(url),
        lambda found: {*STAFF, *(COUPLE if mailbox.is_there else ())} <= set(found),
        patience_s=PATIENCE_S,
    )


def _accounts(url: str) -> dict[str, str]:
    """Names and ids of everybody with an account; nobody before there is a practice."""
    answer = Client(url).get("/demo/people", {"practice": SLUG})
    items = [] if answer.status == 404 else answer.must_be(200).json["items"]
    return {one["display_name"]: one["person_id"] for one in items}


def _equip(operator: Client, admin: Client, professions: Mapping[str, str]) -> None:
    """Rooms, licences and availability, where there are none."""
    rooms = {room["name"] for room in admin.items("/sessions/rooms")}
    for name, kind in ROOMS.items():
        if name not in rooms:
            admin.make("/sessions/rooms", {"name": name, "kind": kind})
    today = moment(operator.read("/demo/clock")["now"]).date()
    licence = {
        "jurisdiction": "US-CO",
        "valid_from": (today - timedelta(days=365)).isoformat(),
        "valid_until": (today + timedelta(days=5 * 365)).isoformat(),
    }
    known = {one["person_id"]: one for one in admin.items("/sessions/practitioners")}

    def equip(person_id: str) -> None:
        path, has = f"/sessions/practitioners/{person_id}", known.get(person_id, {})
        if not has.get("licences"):
            body = {**licence, "profession": professions[person_id]}
            make_when_known(admin, f"{path}/licences", body, patience_s=PATIENCE_S)
        there = {rule["weekday"] for rule in has.get("availability", [])}
        for weekday in {0, 1, 2, 3, 4} - there:
            hours = {"weekday": weekday, "from_time": OPENS, "until_time": CLOSES, "zone": ZONE}
            make_when_known(admin, f"{path}/availability", hours, patience_s=PATIENCE_S)

    with ThreadPoolExecutor() as pool:
        list(pool.map(equip, professions))


def _couple(desk: Client, care_team: list[str]) -> Any:
    """Noor and Sam, treated by everybody."""
    there = [one for one in desk.items("/intake/couples") if _names(one) == set(COUPLE)]
    couple = there[0] if there else desk.make(
        "/intake/couples", {"partners": [{"display_name": name} for name in COUPLE]}
    )  # fmt: skip
    path = f"/intake/couples/{couple['couple_id']}"

    def current() -> Current:
        found = desk.read(path)
        return Current(found["version"], set(found["practitioner_ids"]) == set(care_team))

    desk.put(f"{path}/care-team", {"practitioner_ids": care_team}, current=current)
    return couple


def _join(public: Client, desk: Client, mailbox: Mailbox, partner: Any) -> None:
    """Accept the newest invitation in a partner's mailbox; have one sent where none works."""
    name, address = partner["display_name"], _address(partner["display_name"])
    tokens = mailbox.invitation_tokens(address)
    if tokens and public.post("/invitations/accept", {"token": tokens[-1]}).status == 201:
        return
    make_when_known(desk, "/invitations", {"person_id": partner["person_id"], "email": address})
    newer = until(
        f"the invitation of {name}",
        lambda: mailbox.invitation_tokens(address),
        lambda found: len(found) > len(tokens),
        patience_s=PATIENCE_S,
    )
    public.make("/invitations/accept", {"token": newer[-1]})


def _names(couple: Any) -> set[str]:
    return {partner["display_name"] for partner in couple["partners"]}


def _address(name: str) -> str:
    return f"{name.split()[0].lower()}@{SLUG}.example"
