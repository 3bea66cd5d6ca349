"""What people do: `OPEN` acts happen in both twins alike, `SECRET` ones in one of them alone.

Every act is a function of a home and a number that Hypothesis draws; what can't be done just now is refused by the
product, which is part of the story too.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.privacy.home import Home

Act = Callable[[Home, int], None]
PARTS = ("hope", "meeting_what_surfaces", "honouring_limits", "past")
CHANNELS = ("feelings", "thoughts", "images", "sensations", "beliefs")
FINE = {"mood": 7, "sleep_h": 7.5, "is_safe_at_home": True, "wants_contact": False}


def _entry(n: int, text: str) -> dict[str, Any]:
    return {"channel": CHANNELS[n % 5], "text": text, "mood": n % 11}


def _words(n: int) -> str:
    """More or fewer of them: a length must not show either."""
    return "what nobody else may know " * (1 + n % 40)


def _write(home: Home, who: str, n: int, text: str) -> str:
    caller = home.ana("integration") if who == "ana" else home.bo("integration")
    made = caller.post("/me/journal", _entry(n, text))
    assert made.status_code == 201, made.text
    return home.keep(f"{who} entries", made.json["entry_id"])


# ---- open to both worlds ------------------------------------------------------------------------------------


def ana_writes(home: Home, n: int) -> None:
    _write(home, "ana", n, f"Ana's own words {n}")


def ana_shares(home: Home, n: int) -> None:
    entry = _write(home, "ana", n, f"Ana's, for Bo {n}")
    home.ana("integration").post(f"/me/journal/{entry}/share", {"audience": "both"})


def bo_shares_with_ana(home: Home, n: int) -> None:
    entry = _write(home, "bo", n, f"Bo's, for Ana {n}")
    home.bo("integration").post(f"/me/journal/{entry}/share", {"audience": "partner"})
    home.keep("shared by bo", entry)


def bo_takes_back(home: Home, n: int) -> None:
    for entry in home.made.get("shared by bo", [])[-1:]:
        home.bo("integration").post(f"/me/journal/{entry}/unshare")
        home.made["shared by bo"].remove(entry)


def both_share_an_intention(home: Home, n: int) -> None:
    part = PARTS[n % 4]
    for who in (home.ana("intake"), home.bo("intake")):
        own = who.get("/me/intention").json["parts"]
        version = next((one["version"] for one in own if one["part"] == part), None)
        who.put(
            f"/me/intention/parts/{part}",
            {"text": f"together {n}"},
            etag=None if version is None else f'"{version}"',
        )
        who.post(f"/me/intention/parts/{part}/share")


def a_medicine_session_ends(home: Home, n: int) -> None:
    if len(home.made.get("ends", [])) < 2:
        home.keep("ends", str(n))
        home.end_a_medicine_session()


def ana_answers(home: Home, n: int) -> None:
    for one in home.ana("integration").get("/me/check-ins").json["items"][:1]:
        home.ana("integration").post(f"/me/check-ins/{one['check_in_id']}/answer", FINE)


def ana_opens_a_notice(home: Home, n: int) -> None:
    """One of hers, as its button does: it lies among the others from then on."""
    unread = [one for one in home.ana("notify").get("/me/inbox").json["items"] if not one["is_read"]]
    if unread:
        home.ana("notify").post(f"/me/inbox/{unread[n % len(unread)]['message_id']}/read")


def days_pass(home: Home, n: int) -> None:
    home.world.move_clock(home.practice, timedelta(days=1 + n % 4))


def the_desk_reads(home: Home, n: int) -> None:
    home.desk("intake").get("/couples")


# ---- Bo's own, and his care team's --------------------------------------------------------------------------


def bo_writes(home: Home, n: int) -> None:
    _write(home, "bo", n, _words(n))


def bo_rewrites(home: Home, n: int) -> None:
    bo = home.bo("integration")
    entries = bo.get("/me/journal").json["items"]
    if entries:
        one = entries[n % len(entries)]
        bo.put(f"/me/journal/{one['entry_id']}", _entry(n, _words(n)), etag=f'"{one["version"]}"')


def bo_shares_with_his_practitioner(home: Home, n: int) -> None:
    entry = _write(home, "bo", n, _words(n))
    home.bo("integration").post(f"/me/journal/{entry}/share", {"audience": "practitioner"})


def bo_shares_with_his_practitioner_and_takes_back(home: Home, n: int) -> None:
    entry = _write(home, "bo", n, _words(n))
    home.bo("integration").post(f"/me/journal/{entry}/share", {"audience": "practitioner"})
    home.bo("integration").post(f"/me/journal/{entry}/unshare")


def bo_shares_with_ana_and_takes_back_at_once(home: Home, n: int) -> None:
    """Before anybody is told of it."""
    entry = _write(home, "bo", n, _words(n))
    home.bo("integration").post(f"/me/journal/{entry}/share", {"audience": ("partner", "both")[n % 2]})
    home.bo("integration").post(f"/me/journal/{entry}/unshare")


def bo_shares_an_intention_and_takes_it_back_at_once(home: Home, n: int) -> None:
    """A part that Ana does not read anyway."""
    bo, part = home.bo("intake"), PARTS[n % 4]
    own = {one["part"]: one for one in bo.get("/me/intention").json["parts"]}
    if part in own and own[part]["is_shared"]:
        return
    etag = f'"{own[part]["version"]}"' if part in own else None
    bo.put(f"/me/intention/parts/{part}", {"text": _words(n)}, etag=etag)
    bo.post(f"/me/intention/parts/{part}/share")
    bo.post(f"/me/intention/parts/{part}/unshare")


def bo_answers(home: Home, n: int) -> None:
    bo = home.bo("integration")
    for one in bo.get("/me/check-ins").json["items"][:1]:
        answers = {**FINE, "mood": n % 11, "is_safe_at_home": n % 3 > 0, "wants_contact": n % 2 > 0}
        bo.post(f"/me/check-ins/{one['check_in_id']}/answer", {**answers, "words": _words(n)})


def bo_skips(home: Home, n: int) -> None:
    bo = home.bo("integration")
    for one in bo.get("/me/check-ins").json["items"][:1]:
        bo.post(f"/me/check-ins/{one['check_in_id']}/skip")


def bo_drafts_an_intention(home: Home, n: int) -> None:
    bo, part = home.bo("intake"), PARTS[n % 4]
    own = {one["part"]: one["version"] for one in bo.get("/me/intention").json["parts"]}
    etag = f'"{own[part]}"' if part in own else None
    bo.put(f"/me/intention/parts/{part}", {"text": _words(n)}, etag=etag)
    bo.get(f"/me/intention/preview/{part}")


def bo_is_not_ready(home: Home, n: int) -> None:
    if home.stands:
        return  # it would hold the session, which both worlds must then hear of (`the_session_is_held`)
    decision = ("not_yet", "not_indicated")[n % 2]
    body = {"decision": decision, "reason": _words(n)}
    made = home.therapist("intake").post(f"{home.of_bo()}/readiness", body)
    assert made.status_code == 201, made.text


def bo_reads_and_sets_his_notices(home: Home, n: int) -> None:
    bo = home.bo("notify")
    bo.get("/me/inbox")
    etag = bo.get("/me/preferences").headers.get("ETag")
    quiet = {
        "language": ("en", "es")[n % 2],
        "quiet_from": "21:00",
        "quiet_until": "07:00",
        "zone": "America/Denver",
    }
    bo.put("/me/preferences", quiet, etag=etag)


def his_practitioner_looks(home: Home, n: int) -> None:
    home.therapist("integration").get(f"{home.of_bo()}/journal")
    home.therapist("integration").get("/safety-concerns")
    for alert in home.therapist("notify").get("/alerts").json["items"][: n % 2]:
        home.therapist("notify").post(f"/alerts/{alert['alert_id']}/acknowledge")


OPEN: tuple[Act, ...] = (
    ana_writes, ana_shares, bo_shares_with_ana, bo_takes_back, both_share_an_intention, a_medicine_session_ends,
    ana_answers, ana_opens_a_notice, days_pass, the_desk_reads,
)  # fmt: skip
SECRET: tuple[Act, ...] = (
    bo_writes, bo_rewrites, bo_shares_with_his_practitioner,
    bo_shares_with_his_practitioner_and_takes_back, bo_shares_with_ana_and_takes_back_at_once,
    bo_shares_an_intention_and_takes_it_back_at_once, bo_answers, bo_skips,
    bo_drafts_an_intention, bo_is_not_ready, bo_reads_and_sets_his_notices, his_practitioner_looks,
)  # fmt: skip
