"""Where a name stands in a list: where a person would look for it, whatever the database's order of bytes is."""

import unicodedata


def place_of_name(name: str | None) -> tuple[bool, str, str]:
    """A key to sort by: without regard to accents and capitals; without a name, last.

    Spanish ñ stands beside n: lists are short, and in two languages.
    """
    text = name or ""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return name is None, bare.casefold(), text
