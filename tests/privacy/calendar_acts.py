"""What people do about appointments. `EITHER` acts release one fact in both twins, for a cause that differs.

Bo's own appointments are at hours that nobody else asks for, and none of them is an integration session: that some
hour is taken and that a medicine session may go ahead are released facts, which both twins must have alike.
"""

from datetime import datetime, timedelta

from tests.privacy.acts import Act
from tests.privacy.appointments import OPEN_HOURS, SECRET_HOURS, at
from tests.privacy.home import Home

KINDS = ("preparation", "regulation", "check_in")


def a_joint_appointment(home: Home, n: int) -> None:
    starts_at = at(home.now, 1 + n % 6, OPEN_HOURS[n % 4])
    both = (home.ana_id, home.bo_id)
    home.book("joint", both, kind=KINDS[n % 3], room_id=home.rooms.talk, starts_at=starts_at)


def ana_is_booked_alone(home: Home, n: int) -> None:
    starts_at = at(home.now, 1 + n % 5, OPEN_HOURS[(n + 1) % 4])
    home.book("ana's", (home.ana_id,), kind=KINDS[n % 3], room_id=home.rooms.talk, starts_at=starts_at)


def the_desk_cancels(home: Home, n: int) -> None:
    for booked in home.made.get(("joint", "ana's")[n % 2], [])[-1:]:
        home.desk("sessions").post(f"/bookings/{booked}/cancel")


def a_medicine_session_is_planned(home: Home, n: int) -> None:
    """Of which partners hear nothing until it is confirmed but that it is not scheduled yet."""
    if "medicine" in home.made:
        return
    starts_at = at(home.now, 9 + n % 3, 9)
    body = {
        "couple_id": str(home.couple_id),
        "programme": "ketamine_clinic",
        "taking_ids": [str(home.ana_id), str(home.bo_id)],
        "practitioner_ids": [str(home.therapist_id)],
        "room_id": home.rooms.medicine,
        "starts_at": starts_at,
        "duration_min": 180,
    }
    planned = home.therapist("sessions").post("/medicine-sessions", body)
    if planned.status_code == 201:
        home.keep("medicine", planned.json["session_id"])
        home.keep("medicine starts", starts_at)


def everything_is_arranged(home: Home, n: int) -> None:
    """Readiness, preparation, transport, integration, both consents: the session is confirmed."""
    if "medicine" not in home.made or "arranged" in home.made:
        return
    (session_id,), (starts_at,) = home.made["medicine"], home.made["medicine starts"]
    expires_at = (home.now + timedelta(days=60)).isoformat()
    for person_id in (home.ana_id, home.bo_id):
        of_person = f"/couples/{home.couple_id}/partners/{person_id}"
        ready = {"decision": "ready", "reason": "as talked about", "expires_at": expires_at}
        home.therapist("intake").post(f"{of_person}/readiness", ready)
        home.therapist("intake").post(f"{of_person}/preparation-completed")
        plan = f"/medicine-sessions/{session_id}/transport-plan"
        home.therapist("sessions").post(plan, {"person_id": str(person_id)})
    home.book(
        "integration",
        (home.ana_id, home.bo_id),
        kind="integration",
        room_id=home.rooms.talk,
        starts_at=(datetime.fromisoformat(starts_at) + timedelta(days=1)).isoformat(),
    )
    home.consent(home.ana("sessions"), session_id)
    home.consent(home.bo("sessions"), session_id)
    home.keep("arranged", session_id)


def the_session_is_held(home: Home, n: int) -> None:
    """For a reason of Bo's, in the world in which he has any; partners hear the same of it (rule C2)."""
    if not home.stands:
        return
    (session_id,) = home.made["medicine"]
    session = f"/medicine-sessions/{session_id}"
    reasons = (
        lambda: home.bo("sessions").post(f"/me{session}/withdraw"),
        lambda: home.therapist("intake").post(
            f"{home.of_bo()}/readiness", {"decision": "not_yet", "reason": "what nobody else may know"}
        ),
        lambda: home.withdraw_transport(session_id, home.bo_id),
    )
    if home.keeps_secrets:
        reasons[n % 3]()
    else:
        home.withdraw_transport(session_id, home.ana_id)
    home.keep("held", session_id)


# ---- Bo's own -----------------------------------------------------------------------------------------------


def bo_is_booked_alone(home: Home, n: int) -> None:
    starts_at = at(home.now, 1 + n % 6, SECRET_HOURS[n % 4])
    home.book("bo's", (home.bo_id,), kind=KINDS[n % 3], room_id=home.rooms.other, starts_at=starts_at)


def bos_appointment_is_cancelled(home: Home, n: int) -> None:
    for booked in home.made.get("bo's", [])[-1:]:
        home.desk("sessions").post(f"/bookings/{booked}/cancel")


def bo_wavers(home: Home, n: int) -> None:
    """He consents and takes it back, while the session waits for more than that."""
    if "medicine" not in home.made or "arranged" in home.made:
        return
    bo, (session_id,) = home.bo("sessions"), home.made["medicine"]
    for _ in range(1 + n % 2):
        home.consent(bo, session_id)
        bo.post(f"/me/medicine-sessions/{session_id}/withdraw")


OPEN: tuple[Act, ...] = (
    a_joint_appointment, ana_is_booked_alone, the_desk_cancels, a_medicine_session_is_planned,
    everything_is_arranged,
)  # fmt: skip
EITHER: tuple[Act, ...] = (the_session_is_held,)
SECRET: tuple[Act, ...] = (bo_is_booked_alone, bos_appointment_is_cancelled, bo_wavers)
