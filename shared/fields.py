"""Marshmallow fields that requests and events share."""

from typing import Any

from marshmallow import ValidationError, fields

from shared.faults import Fault

_NOT_YES_OR_NO = Fault("not_yes_or_no", "Answer true or false.")


class YesOrNo(fields.Boolean):
    """true or false and nothing that resembles them: 1, 1.0 and "yes" are refused, an answer is never guessed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ValidationError(_NOT_YES_OR_NO)
        return value
