"""Readings on the day of a medicine session: what can be one at all."""

from dataclasses import dataclass
from typing import Self

SYSTOLIC_MMHG, DIASTOLIC_MMHG = (40, 300), (20, 200)
"""What a blood-pressure cuff can show; a typing mistake lies outside, a patient in danger within."""


@dataclass(frozen=True, kw_only=True)
class BloodPressure:
    """In mmHg. It is only recorded here: whether a dose may be given the prescriber decides."""

    systolic: int
    diastolic: int

    @classmethod
    def read(cls, text: str) -> Self:
        """From "128/82", as it is kept."""
        systolic, diastolic = text.split("/")
        return cls(systolic=int(systolic), diastolic=int(diastolic))

    def __str__(self) -> str:
        return f"{self.systolic}/{self.diastolic}"
