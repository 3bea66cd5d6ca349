"""A practice's own colour on its public pages, in shades of it that everybody can read.

Contrast is WCAG 2.2's (relative luminance, success criterion 1.4.3): text needs 4.5 to 1. The practice chooses
the colour, we the shade: the colour itself where it can be read, else the nearest towards black on light paper,
towards white on dark. The grounds are those of static/tokens.css.
"""

import re
from dataclasses import dataclass

HEX = re.compile(r"#[0-9a-f]{6}")
_READABLE = 4.5
_LIGHT_GROUNDS, _ON_LIGHT = ("#faf6f0", "#fffdfa", "#f1eae0"), "#fffdfa"
_DARK_GROUNDS, _ON_DARK = ("#1b1a18", "#252320", "#302d29"), "#12211b"
_SOFT_SHARE = 0.14
"""How much of the colour is in the ground of what is chosen or current."""
_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class Shade:
    """What stands for the sage: text and buttons in `action`, grounds in `soft`, text on buttons in `on_action`."""

    action: str
    soft: str
    on_action: str


def light(colour: str) -> Shade:
    return _shade(colour, "#000000", _LIGHT_GROUNDS, _ON_LIGHT)


def dark(colour: str) -> Shade:
    return _shade(colour, "#ffffff", _DARK_GROUNDS, _ON_DARK)


def style_sheet(colour: str) -> str:
    """The tokens that a practice's colour replaces."""
    day, night = light(colour), dark(colour)
    return (
        ":root {"
        f" --action: light-dark({day.action}, {night.action});"
        f" --action-soft: light-dark({day.soft}, {night.soft});"
        f" --on-action: light-dark({day.on_action}, {night.on_action});"
        " }\n"
    )


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _shade(colour: str, towards: str, grounds: tuple[str, ...], on_action: str) -> Shade:
    for step in range(_STEPS + 1):
        action = _mixed(towards, colour, step / _STEPS)
        soft = _mixed(action, grounds[1], _SOFT_SHARE)
        if all(contrast(action, ground) >= _READABLE for ground in (*grounds, soft, on_action)):
            return Shade(action=action, soft=soft, on_action=on_action)
    raise AssertionError("black on light grounds and white on dark ones can be read")


def _mixed(one: str, other: str, share: float) -> str:
    """`share` of `one` in `other`."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
