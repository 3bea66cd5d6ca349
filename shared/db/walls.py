"""Walls between people ask who acts, and as what, once of a statement and not of each row that it looks at.

`current_setting` is asked anew for each row, which takes longer than all that is then compared with it: 81 ms for a
partner's own among 20,000 bookings, against 10. What stands in a SELECT of its own is worked out once (PostgreSQL's
InitPlan), and means the same, since a setting doesn't change within a statement.
"""

import re

from alembic import op
from sqlalchemy import text

_ACTS = r"\(NULLIF\(current_setting\('app\.actor'::text, true\), ''::text\)\)::uuid"
_AS = (
    r"string_to_array\(COALESCE\(current_setting\('app\.role'::text, true\), ''::text\), '\+'::text\)"
    r" && ARRAY\[[^\]]*\]"
)
_AS_ONE = r"current_setting\('app\.role'::text, true\) = '\w+'::text"
_ASKED = re.compile(rf"(?<!SELECT )(?<!SELECT \()(?:{_ACTS}|{_AS}|{_AS_ONE})")
"""As PostgreSQL writes a policy's condition out."""


def ask_once() -> None:
    """Of a migration: have every policy of this database ask so. Nothing changes where it does already.

    One policy after the other, each in a transaction of its own: no two tables are locked at a time, so that no service
    that runs meanwhile comes to wait in a circle.
    """
    found = op.get_bind().execute(
        text("SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = 'public'")
    )
    with op.get_context().autocommit_block():
        for table, policy, using, check in found.all():
            clauses = {"USING": using, "WITH CHECK": check}
            asking = {name: asked_once(one) for name, one in clauses.items() if one is not None}
            if any(clauses[name] != one for name, one in asking.items()):
                said = " ".join(f"{name} ({one})" for name, one in asking.items())
                op.execute(text(f"ALTER POLICY {policy} ON {table} {said}".replace(":", r"\:")))


def asked_once(condition: str) -> str:
    """The same condition, with who acts and as what in a SELECT of its own."""
    return _ASKED.sub(lambda asked: f"(SELECT {asked[0]})", condition)
