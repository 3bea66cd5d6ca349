"""Words as a person typed them into a form, and the version of what they saw."""

import re

from flask import request

_VERSION = re.compile(r"[0-9]{1,9}")


def words(name: str) -> str:
    """What was typed into this field, with plain line ends: a browser sends two characters for each."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def etag_seen() -> str:
    """The ETag of what the form was made from; `"0"` of what was not there yet."""
    version = request.form.get("version", "")
    return f'"{version}"' if _VERSION.fullmatch(version) else '"0"'


def version_of(etag: str) -> str:
    """For a form's hidden field `version`."""
    return etag.strip('"')
