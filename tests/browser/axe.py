"""axe-core in a page: what somebody with a screen reader, a keyboard or weak eyes would stumble over."""

from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).with_name("axe.min.js").read_text()


def faults(page: Page) -> list[str]:
    """One line for each violation: rule, place and why. Runs in a world of its own, past the page's policy."""
    page.evaluate(_AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
