"""What may change in an event without a new version: nothing that a reader or a stored event could trip over.

Full compatibility both ways: an older reader understands newer events and a newer reader understands every
event ever stored. Only an optional field may come or go. Anything else needs a new version beside the old one.
"""

from typing import Any

Schema = dict[str, Any]


def breaks(frozen: Schema, now: Schema) -> list[str]:
    """Sentences naming each breaking difference between a frozen schema and today's; empty when none."""
    found = []
    old_fields, new_fields = frozen["properties"], now["properties"]
    old_needed, new_needed = set(frozen["required"]), set(now["required"])
    for name in sorted(set(old_fields) - set(new_fields)):
        if name in old_needed:
            found.append(f"{name} was required and is gone: older readers need it")
    for name in sorted(set(new_fields) - set(old_fields)):
        if name in new_needed:
            found.append(f"{name} is new and required: stored events lack it")
    for name in sorted(set(old_fields) & set(new_fields)):
        if name in old_needed and name not in new_needed:
            found.append(f"{name} became optional: older readers need it")
        if name in new_needed and name not in old_needed:
            found.append(f"{name} became required: stored events may lack it")
        if old_fields[name] != new_fields[name]:
            found.append(f"{name} changed its type or values")
    return found
