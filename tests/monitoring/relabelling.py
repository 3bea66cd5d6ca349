"""What Prometheus makes of a target's labels before it asks it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any


def relabelled(labels: Mapping[str, str], rules: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The labels after `relabel_configs`, of which this knows the action `replace`, with a whole match and no words
    in its replacement."""
    found = dict(labels)
    for rule in rules:
        assert rule.keys() <= {"source_labels", "regex", "target_label", "replacement"}, rule
        told = ";".join(found.get(name, "") for name in rule.get("source_labels", ()))
        if matched := re.fullmatch(rule.get("regex", "(.*)"), told, re.DOTALL):
            found[rule["target_label"]] = rule.get("replacement", matched[1] if matched.groups() else "")
    return found
