"""What notify states again of its own, for a reader whose projections are rebuilt."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_
from sqlalchemy.orm import Session

from services.notify.models import Alert
from shared.events.notify import AlertAcknowledged
from shared.path.snapshots import Snapshot, Snapshots


def snapshot_alert_acknowledged(_: Session, alerts: Sequence[Alert]) -> Iterable[AlertAcknowledged]:
    """Who took up which safety concern, and when."""
    for one in alerts:
        if one.person_id is not None and one.acknowledged_by is not None and one.acknowledged_at is not None:
            yield AlertAcknowledged(
                alert_id=one.id,
                concern_id=one.source_id,
                person_id=one.person_id,
                by=one.acknowledged_by,
                at=one.acknowledged_at,
            )


SNAPSHOTS: Snapshots = {
    AlertAcknowledged: Snapshot(
        Alert.id,
        snapshot_alert_acknowledged,
        only=and_(Alert.kind == "safety", Alert.state == "acknowledged"),
    ),
}
