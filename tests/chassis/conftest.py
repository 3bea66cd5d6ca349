"""Fixtures of these tests."""

from tests.chassis.everybody import everybody

__all__ = ["everybody"]
