"""Walls between people ask who acts, and as what, once of a statement and not of each row that it looks at.

`current_setting` is asked anew for each row, which takes longer than all that is then compared with it: 81 ms for a
partner's own among 20,000 bookings, against 10. What stands in a SELECT of its own is worked out once (PostgreSQL's
InitPlan), and means the same, since a setting doesn't change within a statement. The practice is left as it is: it is
mostly looked up in an index, for which it is asked once anyway.
"""

import re

import structlog
from alembic import op
from sqlalchemy import text

log = structlog.get_logger()
_POLICIES = text(
    "SELECT format('%I ON %I.%I', policyname, schemaname, tablename), qual, with_check FROM pg_policies"
    " WHERE schemaname = 'public'"
)
_ACTS = r"\(NULLIF\(current_setting\('app\.actor'::text, true\), ''::text\)\)::uuid"
_AS = (
    r"string_to_array\(COALESCE\(current_setting\('app\.role'::text, true\), ''::text\), '\+'::text\)"
    r" && ARRAY\[[^\]]*\]"
)
_AS_ONE = r"current_setting\('app\.role'::text, true\) = '\w+'::text"
_ASKED = re.compile(rf"(?<!SELECT )(?<!SELECT \()(?:{_ACTS}|{_AS}|{_AS_ONE})")
"""As PostgreSQL writes a policy's condition out."""
_WITHIN = (r"SELECT \(NULLIF\(", r"SELECT \(string_to_array\(COALESCE\(", r"SELECT \(")
ANEW = re.compile("".join(f"(?<!{begun})" for begun in _WITHIN) + r"current_setting\('app\.(?:actor|role)'")
"""Where a condition asks for each row, however it is written."""


def ask_once() -> None:
    """Of a migration that does nothing else: have every policy of this database ask so. It may be run again.

    One policy after the other, each in a transaction of its own: no two tables are locked against readers at a time, so
    that no service that runs meanwhile comes to wait in a circle. New walls are written so from the beginning.
    """
    held = op.get_bind().execute(_POLICIES).all()
    with op.get_context().autocommit_block():
        for where, using, check in held:
            clauses = {"USING": using or "", "WITH CHECK": check or ""}
            if any(_ASKED.search(one) for one in clauses.values()):
                said = " ".join(f"{name} ({asked_once(one)})" for name, one in clauses.items() if one)
                op.execute(text(f"ALTER POLICY {where} {said}".replace(":", r"\:")))
    now = op.get_bind().execute(_POLICIES).all()
    left = [where for where, *conditions in now if any(ANEW.search(one or "") for one in conditions)]
    if left:  # this server writes them out in another way: they hold as they did, and are slow as they were
        log.warning("walls ask for each row still", count=len(left))


def asked_once(condition: str) -> str:
    """The same condition, with who acts and as what in a SELECT of its own."""
    return _ASKED.sub(lambda asked: f"(SELECT {asked[0]})", condition)
