"""After a restore: nobody is signed in. A sign-in that was ended since the backup would else be open again."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.gateway.models import SignIn
from shared.clock import Clock
from shared.path.restored import Restored


def end_every_sign_in(db: Session, _: datetime) -> int:
    """End all that are open; how many. Links that nobody is known to have used stay: their owners may need them."""
    clock: Clock = db.info["clock"]  # sign-ins live in real time
    ended = update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=clock())
    return db.connection().execute(ended).rowcount


RESTORED = Restored(end_every_sign_in, says="{count} sign-ins were ended: everybody signs in again")
