"""An exception that holds a private word, raised everywhere something can be raised: nobody logs the word."""

import gc
import logging
import socket
import sys
import threading
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from flask import Flask
from gunicorn.config import Config
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.clock import utcnow
from shared.db.practice import practice_now, project_practice_created
from shared.db.tenancy import Scope
from shared.events.base import Received, Zone
from shared.events.gateway import PracticeCreated
from shared.path import timers
from shared.path.timers import DueTimer, Timers
from shared.path.worker import _guarded
from shared.telemetry import last_resort
from shared.web.context import admit_by_role, transaction
from shared.web.internal import start_internal_server
from shared.web.policy import EVERYBODY
from shared.web.serve import _Log
from tests.integration.story import a_couple
from tests.loglines import every_line
from tests.path.stage import Stage
from tests.world.world import World

pytestmark = [pytest.mark.P3, pytest.mark.parametrize("on", ["postgres"], indirect=True)]
LIBRARIES = (
    "gunicorn.error", "gunicorn.access", "werkzeug", "sqlalchemy.engine.Engine", "sqlalchemy.pool", "psycopg",
    "psycopg.pool", "kafka.consumer.group", "kafka.client", "flask.app", "integration", "asyncio", "urllib3",
)  # fmt: skip


class Private(Exception):
    """An error of a program that puts what it worked on into its message."""


@pytest.fixture
def word() -> str:
    return f"zx{uuid4().hex}"


@pytest.fixture
def written(on: Stage, word: str, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Everything that this process wrote, to the log and past it; the word is looked for at the end."""
    with every_line(with_hooks=True) as stream:

        def so_far() -> str:
            return stream.getvalue()

        yield so_far
        out, err = capfd.readouterr()
        everything = stream.getvalue() + out + err
    assert word not in everything
    assert "Traceback" not in everything


def test_a_route(world: World, written: Callable[[], str], word: str) -> None:
    couple = a_couple(world)
    app: Flask = world.sides["integration"].app
    view = app.view_functions["integration.list_own_journeys"]

    def fail() -> NoReturn:
        raise Private(word)

    def fail_in_sql() -> None:
        with transaction() as db:
            db.execute(text("SELECT no_such_function(CAST(:word AS text))"), {"word": word})

    try:
        for planted in (fail, fail_in_sql):
            app.view_functions["integration.list_own_journeys"] = planted
            answer = couple.ana.get(f"/me/journeys?cursor={word}")
            assert (answer.status_code, word in answer.text) == (500, False)
    finally:
        app.view_functions["integration.list_own_journeys"] = view
    assert couple.ana.get(f"/me/journal/{word}").status_code == 404
    assert couple.ana.post("/me/journal", {"channel": word, "text": word}).status_code == 422
    assert "Private" in written()
    assert "ProgrammingError" in written()


def test_a_route_whose_transaction_breaks_a_rule_of_the_database(
    world: World, written: Callable[[], str], word: str
) -> None:
    couple = a_couple(world)
    app: Flask = world.sides["integration"].app
    view = app.view_functions["integration.list_own_journeys"]

    def break_it() -> None:
        with transaction() as db:
            statement = text(
                "INSERT INTO idempotency (practice_id, actor_id, route, key)"
                " VALUES (current_setting('app.practice')::uuid, NULL, :w, :w)"
            )
            db.execute(statement, {"w": word})

    app.view_functions["integration.list_own_journeys"] = break_it
    try:
        assert couple.ana.get("/me/journeys").status_code == 409
    finally:
        app.view_functions["integration.list_own_journeys"] = view
    assert "IntegrityError" in written()


def test_a_handler_of_events(on: Stage, written: Callable[[], str], word: str) -> None:
    on.note(uuid4(), 1)
    on.relay()
    on.outage = [Private(word) for _ in range(50)]  # type: ignore[assignment]
    on.consume(until=1)
    assert on.dead() == ["failed"]
    assert word not in str(on.read("SELECT row_to_json(dead_letter)::text FROM dead_letter"))
    assert "Private" in written()


def test_a_timer(on: Stage, written: Callable[[], str], word: str) -> None:
    def fail(_: Session, __: DueTimer, ___: datetime) -> None:
        raise Private(word)

    with on.reader_db.transaction(Scope(on.practice_id)) as db:
        created = PracticeCreated(zone=Zone("America/Denver"), is_demo=True)
        project_practice_created(db, [Received(created, uuid4(), on.practice_id, utcnow())])
        timers.schedule(db, "probe", uuid4(), practice_now(db) - timedelta(hours=1))
    assert Timers(on.reader_db, service="reader", handlers={"probe": fail}).fire_due(most=1) == 0
    assert "timer failed" in written()


def test_a_loop_of_a_worker(written: Callable[[], str], word: str) -> None:
    def fail() -> None:
        raise Private(word)

    stop, crashed = threading.Event(), threading.Event()
    _guarded("probe", fail, stop, crashed)()
    assert crashed.is_set()
    assert "part crashed" in written()


def test_a_thread_and_an_object_that_nobody_watches(written: Callable[[], str], word: str) -> None:
    class Leaving:
        def __del__(self) -> None:
            raise Private(word)

    def fail() -> None:
        raise Private(word)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Leaving()
    gc.collect()
    try:
        fail()
    except Private as error:
        sys.excepthook(Private, error, error.__traceback__)
    assert written().count("uncaught exception") == 2
    assert "exception that could not be raised" in written()


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_logger_of_a_library(written: Callable[[], str], word: str, name: str) -> None:
    logger = logging.getLogger(name)
    try:
        raise Private(word)
    except Private as error:
        logger.exception("Error handling request /people/%s", word)
        logger.error("parameters: %s", [word], exc_info=error)
    logger.error("%d is not a number", word)  # a record that can't even be put together
    logger.warning(word)
    assert name in written()


def test_gunicorn_with_handlers_of_its_own(written: Callable[[], str], word: str) -> None:
    logging.getLogger("gunicorn.error").addHandler(logging.StreamHandler(sys.stderr))
    made = _Log(Config())
    try:
        raise Private(word)
    except Private:
        made.exception("Error handling request %s", f"/people/{word}")
    made.access(None, None, {"RAW_URI": word}, None)
    assert "gunicorn.error" in written()


def test_a_warning(written: Callable[[], str], word: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        last_resort.install()  # catching warnings took it away
        warnings.warn(word, RuntimeWarning, stacklevel=1)
    assert "library warning" in written()


def test_the_internal_port(written: Callable[[], str], word: str) -> None:
    def fail() -> list[str]:
        raise Private(word)

    listening = socket.create_server(("127.0.0.1", 0))
    start_internal_server(listening, is_ready=fail)
    port = listening.getsockname()[1]
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz?{word}", timeout=5)
    assert written() is not None


def test_a_route_that_opens_no_transaction(world: World, written: Callable[[], str], word: str) -> None:
    couple = a_couple(world)
    app: Flask = world.sides["integration"].app
    endpoint = "integration-clock.show_clock"
    view = app.view_functions[endpoint]

    def fail(*_: Any) -> NoReturn:
        admit_by_role()
        raise Private(word)

    assert EVERYBODY.relation_by_role == ()
    app.view_functions[endpoint] = fail
    try:
        assert couple.ana.get("/clock").status_code == 500
    finally:
        app.view_functions[endpoint] = view
    assert "unexpected error" in written()
