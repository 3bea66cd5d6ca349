"""The sharing and privacy centre: who can see what, all that is shared now, and taking it back."""

from flask import Response

from services.gateway.pages import bp
from services.gateway.pages.channels import BY_NAME
from services.gateway.pages.frame import page
from services.gateway.pages.intention_sharing import SHARED_INTENTION
from services.gateway.pages.journal import more_path, turning
from services.gateway.pages.own_couple import OWN_COUPLE, names
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.questions import BY_PART

_AT_ONCE = "50"
_POLICIES = {
    "discretion": ("my_policy_discretion", "policy_discretion_words"),
    "no_secrets": ("my_policy_no_secrets", "policy_no_secrets_words"),
}
_SEEN = (
    ("seen_intention", "seen_intention_words", "some", "all", "none"),
    ("seen_journal", "seen_journal_words", "some", "some", "none"),
    ("seen_check_ins", "seen_check_ins_words", "none", "some", "none"),
    ("seen_consents", "seen_consents_words", "none", "all", "none"),
    ("seen_times", "seen_times_words", "all", "all", "all"),
)
"""Kinds of things, and who sees how much: the other partner, the care team, the front desk. Always so, whatever
is shared just now: what is, stands below it word for word."""


@bp.get("/more/privacy")
def show_privacy() -> Response:
    parts = gather(
        couple=OWN_COUPLE,
        intention=SHARED_INTENTION,
        journal=Ask("integration", "me/shared-by-me", turning(_AT_ONCE)),
    )
    couple, intention, journal = parts["couple"], parts["intention"], parts["journal"]
    answers = [] if intention.data is None else intention.data["parts"]
    policy = (couple.data or {}).get("confidentiality_policy")
    return page(
        "partner/privacy.html",
        seen=_SEEN,
        answers=[{"question": BY_PART[one["part"]], "text": one["text"]} for one in answers],
        entries=[{**one, "channel": BY_NAME[one["channel"]]} for one in journal.items],
        is_down=intention.is_down or journal.is_down,
        more=more_path("/more/privacy", journal.data),
        policy=_POLICIES.get(policy or ""),
        **names(couple),
    )
