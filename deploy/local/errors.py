"""The one kind of failure that the `attune` command shows to people."""


class UserError(Exception):
    """Something the person at the keyboard can act on. The text is the one line they see; exit code 1."""
