"""The parts of a page, asked of the services at the same time. One that can't be had leaves the others alone."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import current_app

from services.gateway.context import check_proof, upstream
from services.gateway.language import language
from services.gateway.policy import is_private
from services.gateway.upstream import Answer, Upstream
from shared.errors import NotFound, Problem, Unavailable
from shared.web.actor import Actor
from shared.web.context import current_actor

EXTENSION = "gateway_parts"
_THREADS = 16


@dataclass(frozen=True)
class Ask:
    """A question to one service, with the reader's own rights. `path` lies below /api/v1/<service>/.

    When what `is_main` is missing or not for the reader, the page is not found; of other parts they see nothing.
    `may_be_down`: of a form that comes back, which shows what was typed also while the service does not answer.
    """

    service: str
    path: str
    query: Mapping[str, str] | None = None
    is_main: bool = False
    may_be_down: bool = False


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

    Raises StepUpNeeded when one shows private words and the reader has not shown lately that it is them.
    """
    if any(is_private(one.service, one.path) for one in asked.values()):
        check_proof()
    actor, services, words = current_actor(), upstream(), language()
    threads: ThreadPoolExecutor = current_app.extensions[EXTENSION]
    under_way = {
        name: threads.submit(copy_context().run, partial(_ask, services, actor, words, one))
        for name, one in asked.items()
    }
    parts = {name: running.result() for name, running in under_way.items()}
    for name, one in asked.items():
        if one.is_main and parts[name].is_down and not one.may_be_down:
            raise Unavailable
        if one.is_main and parts[name].data is None and not parts[name].is_down:
            raise NotFound
    return parts


def _ask(services: Upstream, actor: Actor, words: str, asked: Ask) -> Part:
    query = urlencode(asked.query or {}).encode()
    try:
        answer = services.call(
            asked.service,
            "GET",
            asked.path,
            actor=actor,
            headers={"Accept-Language": words},
            query=query,
            is_repeatable=True,
        )
        return _part(answer)
    except (Problem, ValueError):
        return Part(is_down=True)


def _part(answer: Answer) -> Part:
    if answer.status == 200:
        return Part(answer.json(), answer.headers.get("ETag", ""))
    return Part(is_down=answer.status != 404)
