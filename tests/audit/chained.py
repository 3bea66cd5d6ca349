"""A database whose audit is filled, sealed, tampered with and verified."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.audit import reading
from shared.audit.looks import Act, changed_by_worker
from shared.audit.outside import OutsideFile
from shared.audit.sealer import Sealer, seal_all
from shared.audit.signing import Signer, keys_from, public_pem
from shared.audit.verifying import Verdict, verify
from shared.clock import utcnow
from shared.db.tenancy import Database, Scope

SERVICE = "integration"


def private_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class Chained:
    url: str
    folder: Path
    key: bytes = field(default_factory=private_pem)
    practice_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.database = Database(self.url, pool_size=4, name="audit-test", carries={"clock": utcnow})
        self.outside = OutsideFile(self.folder, SERVICE)

    def sealer(self) -> Sealer:
        return Sealer(self.database, service=SERVICE, signer=Signer(self.key), outside=self.outside)

    def look(self, count: int = 1) -> list[UUID]:
        """So many changes, each written down in a transaction of its own; the ids of their records."""
        made = [uuid4() for _ in range(count)]
        for record_id in made:
            with self.database.transaction(Scope(self.practice_id, role="worker")) as db:
                changed_by_worker(
                    db, "check_in", record_id=record_id, about_id=uuid4(), relation="timer", handler="probe"
                )
        return made

    def fill(self, count: int) -> None:
        """Many rows at once."""
        self.sql(
            "INSERT INTO audit_row (id, practice_id, actor_id, roles, act, kind, record_id, relation, route)"
            " SELECT gen_random_uuid(), %s, gen_random_uuid(), 'partner', %s, 'check_in', gen_random_uuid(),"
            " 'is_asked', 'probe' FROM generate_series(1, %s)",
            self.practice_id, Act.READ.value, count,
        )  # fmt: skip

    def seal(self) -> int:
        """Seal all that waits and sign it."""
        sealer = self.sealer()
        count = seal_all(sealer)
        sealer.sign(utcnow())
        return count

    def verify(self) -> Verdict:
        outside = self.outside.read()
        with self.database.transaction(Scope(role="worker")) as db:
            checkpoints = reading.checkpoints(db)
            keys = keys_from([public_pem(self.key)])
            return verify(SERVICE, reading.links(db), checkpoints, outside, keys)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """As a superuser, whom no grant stops."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement, values)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []

    def records(self) -> list[UUID]:
        """The records of the chain, in its order."""
        return [record_id for (record_id,) in self.sql("SELECT record_id FROM audit_chain ORDER BY sequence")]

    def close(self) -> None:
        self.database.close()
