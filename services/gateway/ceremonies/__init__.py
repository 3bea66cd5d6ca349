"""The ceremonies of signing in: what is done, in which order, told once for the API and for the pages.

Most take `run`, which runs a command in a transaction of its own and makes an answer of what came of it: for a
request with a key, or for a form. Which practice it is about is entered by the ceremony where its own argument names
it, else before.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

T = TypeVar("T")
Command = Callable[[Session], UUID]
Run = Callable[[Command], T]
