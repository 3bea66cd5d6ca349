"""Who may use which of notify's routes. The gateway forwards neither contacts nor messages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notify.models import Delivery
from services.notify.queries.views import is_alert_of, owns_contact, whom_of_alert
from shared.audit.looks import Act
from shared.web.actor import CLINICIANS, OPERATOR, PARTNER, PUBLIC, STAFF, Actor
from shared.web.policy import ANY_ADMIN, ANY_DESK, ANY_SIGNED_IN, Policy, named, roles, the_actor


def own_message(db: Session, actor: Actor, path_values: Mapping[str, Any]) -> bool:
    """The message lies in the actor's own inbox."""
    mine = select(Delivery.id).where(
        Delivery.id == path_values["message_id"],
        Delivery.person_id == actor.person_id,
        Delivery.channel == "inbox",
    )
    return db.scalars(mine).first() is not None


def own_contact(db: Session, actor: Actor, path_values: Mapping[str, Any]) -> bool:
    """The contact point is the actor's own."""
    return owns_contact(db, actor.person_id, path_values["contact_id"])


def own_alert(db: Session, actor: Actor, path_values: Mapping[str, Any]) -> bool:
    """The alert is about a couple the actor treats, or it climbed to the actor."""
    return is_alert_of(db, actor, path_values["alert_id"])


def whom_it_is_about(db: Session, _: Actor, path_values: Mapping[str, Any]) -> UUID | None:
    """The partner whose doing or answer raised the alert, or their couple."""
    return whom_of_alert(db, path_values["alert_id"])


# An alert climbs to practice admins: they see and acknowledge those that reached them, and no other.
_ALERTED = (*CLINICIANS, "practice_admin")

POLICY: Policy = {
    "notify.store_contact": roles(PUBLIC, OPERATOR, *STAFF).audited(
        "contact_point", Act.CHANGE, right="role"
    ),
    "notify.send_message": roles(OPERATOR, *STAFF).audited("delivery", Act.CHANGE, right="role"),
    "notify.show_sender": ANY_SIGNED_IN,
    "notify.name_sender": ANY_ADMIN,
    "notify.list_inbox": ANY_SIGNED_IN,
    "notify.read_message": roles(PARTNER, *STAFF, relation=own_message),
    "notify.show_preferences": ANY_SIGNED_IN,
    "notify.set_preferences": ANY_SIGNED_IN,
    "notify.list_own_contacts": ANY_SIGNED_IN.audited(
        "contact_point", Act.READ, about=the_actor, right="self"
    ),
    "notify.mark_contact": roles(PARTNER, *STAFF, relation=own_contact).audited(
        "contact_point", Act.CHANGE, record=named("contact_id"), about=the_actor
    ),
    "notify.list_alerts": roles(*_ALERTED).audited("alert", right="own_alert"),
    "notify.acknowledge_alert": roles(*_ALERTED, relation=own_alert).audited(
        "alert", Act.CHANGE, record=named("alert_id"), about=whom_it_is_about
    ),
    "notify.list_deliveries": ANY_DESK,
}
