"""Every page there is, by role: taken from the gateway's own map and policy, so that a new one is in it by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from services.gateway.policy import OPTIONAL_SIGN_IN, POLICY
from shared.web.actor import OPERATOR, PUBLIC

ROLES = ("public", "partner", "practitioner", "front_desk", "practice_admin")
"""Not operators: what is theirs alone lies under /ops, and tests/browser/test_ops.py looks at it."""
NO_PAGES = {
    "pages.static": "files",
    "pages.show_style_sheet": "a style sheet; tests/gateway/test_colours.py",
    "pages.download_calendar_file": "a file",
    "pages.finish_openid": "leads on; tests/gateway/test_openid.py",
    "pages.go_to_own_copy": "leads to the privacy centre; tests/gateway/pages/words/test_own_copy_whole.py",
}
LEADS_HOME = {"pages.show_start"}
"""Signed in, one lands at one's own first page instead."""

STANDS_FOR = {("pages.show_appointment", "session_id"): "appointment"}
"""Where a name in an address means something else than it mostly does."""


@dataclass(frozen=True)
class Place:
    """One page as one role sees it."""

    role: str
    endpoint: str
    path: str

    def __str__(self) -> str:
        return f"{self.role} {self.path} ({self.endpoint})"


def places(app: Flask, ids: Mapping[str, str]) -> Iterator[Place]:
    """Raises LookupError, with the page's name, for a page of no role, or with something in its address that the
    lived-in practice does not have."""
    if left_out := [
        one.endpoint for one in _pages(app) if not POLICY[one.endpoint].roles & {*ROLES, OPERATOR}
    ]:
        raise LookupError(f"{left_out}: for nobody whom tests/browser/places.py knows")
    for role in ROLES:
        for rule in _pages(app):
            is_for = role in POLICY[rule.endpoint].roles
            is_moot = role != PUBLIC and rule.endpoint in LEADS_HOME and rule.endpoint in OPTIONAL_SIGN_IN
            if is_for and not is_moot:
                yield Place(role, rule.endpoint, _path(app, rule, ids))


def _pages(app: Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages.")]
    return sorted(
        (rule for rule in found if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES),
        key=lambda rule: rule.rule,
    )


def _path(app: Flask, rule: Rule, ids: Mapping[str, str]) -> str:
    names = {name: STANDS_FOR.get((rule.endpoint, name), name) for name in rule.arguments}
    if missing := sorted(set(names.values()) - set(ids)):
        raise LookupError(
            f"{rule.endpoint} ({rule.rule}) needs {missing}: give it to tests/browser/lived_in.py"
        )
    values = {name: ids[stands_for] for name, stands_for in names.items()}
    parts = rule.build({name: rule._converters[name].to_python(value) for name, value in values.items()})
    assert parts is not None, rule
    return parts[1]
