"""What the player says when something is not as it should be."""


class Off(Exception):
    """An effect is missing, doubled or wrong. `step` is filled in by the step it happens in."""

    def __init__(self, expected: str, seen: str, *, step: str = "") -> None:
        super().__init__(expected, seen, step)
        self.expected, self.seen, self.step = expected, seen, step

    def __str__(self) -> str:
        return f"step {self.step}: expected {self.expected}, saw {self.seen}"

    def at(self, step: str) -> "Off":
        """The same fault, named after the innermost step it happened in."""
        return self if self.step else Off(self.expected, self.seen, step=step)


def check(holds: bool, expected: str, seen: object) -> None:
    """Raise Off unless `holds`."""
    if not holds:
        raise Off(expected, shown(seen))


def shown(value: object, *, most: int = 400) -> str:
    """A value as one line of bounded length."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
