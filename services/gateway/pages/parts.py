"""The parts of a page, asked of the services at the same time. One that can't be had leaves the others alone."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import current_app

from services.gateway.context import check_proof, upstream
from services.gateway.language import language
from services.gateway.policy import is_private
from services.gateway.problems import TooMuchForOneFile
from services.gateway.upstream import Answer, Upstream
from shared.errors import NotFound, Problem, Unavailable
from shared.web.actor import Actor
from shared.web.context import current_actor

EXTENSION = "gateway_parts"
_THREADS = 16
WHOLE_BYTES, WHOLE_S = 10_000_000, 30.0
"""How much a list that is asked for whole may hold, and how long it may take."""


@dataclass(frozen=True)
class Ask:
    """A question to one service, with the reader's own rights. `path` lies below /api/v1/<service>/.

    When what `is_main` is missing or not for the reader, the page is not found; of other parts they see nothing.
    `may_be_down`: of a form that comes back, which shows what was typed also while the service does not answer.
    `is_whole`: of a list, all its pages, one after another; it is down when one of them can't be had in time.
    """

    service: str
    path: str
    query: Mapping[str, str] | None = None
    is_main: bool = False
    may_be_down: bool = False
    is_whole: bool = False


@dataclass(frozen=True)
class Part:
    """What came back. `data` is None when there is nothing for the reader; `is_down`: the service did not answer."""

    data: Any = None
    etag: str = ""
    is_down: bool = False

    @property
    def items(self) -> list[Any]:
        """The items of a list; none where there is no list."""
        return list(self.data["items"]) if isinstance(self.data, dict) and "items" in self.data else []


def asking_threads() -> ThreadPoolExecutor:
    """The threads of one process that ask. Make them after the fork."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="part")


def gather(**asked: Ask) -> dict[str, Any]:
    """Ask all at once; a Part by the name of each. Raises NotFound or Unavailable for what is main.

    Raises StepUpNeeded when one shows private words and the reader has not shown lately that it is them, and
    TooMuchForOneFile for a list that is asked for whole and is too long.
    """
    if any(is_private(one.service, one.path) for one in asked.values()):
        check_proof()
    actor, services, words = current_actor(), upstream(), language()
    threads: ThreadPoolExecutor = current_app.extensions[EXTENSION]
    under_way = {
        name: threads.submit(copy_context().run, partial(_ask, services, actor, words, one))
        for name, one in asked.items()
    }
    wait(under_way.values())  # whatever the first raises, nothing goes on behind the answer
    parts = {name: running.result() for name, running in under_way.items()}
    for name, one in asked.items():
        if one.is_main and parts[name].is_down and not one.may_be_down:
            raise Unavailable
        if one.is_main and parts[name].data is None and not parts[name].is_down:
            raise NotFound
    return parts


def _ask(services: Upstream, actor: Actor, words: str, asked: Ask) -> Part:
    if not asked.is_whole:
        return _call(services, actor, words, asked, {})[0]
    items: list[Any] = []
    size, until, turned = 0, time.monotonic() + WHOLE_S, {"limit": "100"}
    while True:
        part, length = _call(services, actor, words, asked, turned)
        is_list = isinstance(part.data, dict) and "next_cursor" in part.data
        if not is_list:  # there is none for this reader, or it broke off, or it is something else
            return Part(is_down=part.is_down or part.data is not None or bool(items))
        items += part.items
        size += length
        if not (cursor := part.data["next_cursor"]):
            return Part({"items": items})
        if size > WHOLE_BYTES:
            raise TooMuchForOneFile
        if time.monotonic() > until:
            return Part(is_down=True)
        turned = {"limit": "100", "cursor": cursor}


def _call(
    services: Upstream, actor: Actor, words: str, asked: Ask, more: Mapping[str, str]
) -> tuple[Part, int]:
    """What came back, and its length in bytes."""
    try:
        answer = services.call(
            asked.service,
            "GET",
            asked.path,
            actor=actor,
            headers={"Accept-Language": words},
            query=urlencode({**(asked.query or {}), **more}).encode(),
            is_repeatable=True,
        )
        return _part(answer), len(answer.body)
    except (Problem, ValueError):
        return Part(is_down=True), 0


def _part(answer: Answer) -> Part:
    if answer.status == 200:
        return Part(answer.json(), answer.headers.get("ETag", ""))
    return Part(is_down=answer.status != 404)
