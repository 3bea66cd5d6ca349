"""Makes a service's Flask app: the same edge for all five (size, JSON, actor, policy, problems, metrics, OpenAPI)."""

import time
from collections.abc import Callable, Sequence

import flask
from flask import Flask, Response, g, request
from flask_smorest import Api, Blueprint
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import Clock, utcnow
from shared.db.tenancy import Database
from shared.errors import Malformed, MediaNotSupported, NotFound, NotSignedIn
from shared.path.carried import carried
from shared.path.handlers import Handlers
from shared.settings import Settings
from shared.telemetry import exporting, metrics, trace
from shared.telemetry.build import tell_version
from shared.vault.opening import vault_of
from shared.web import problems
from shared.web.actor import Actor, Verifier
from shared.web.clock_route import clock_blueprint
from shared.web.internal import READINESS
from shared.web.operators import operators_blueprint, operators_policy
from shared.web.operators.reach import EXTENSION as REACH
from shared.web.operators.reach import Reach
from shared.web.policy import OPEN_ENDPOINTS, Policy, check_complete

LARGEST_BODY = 256 * 1024
_POOL = 6
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Identify = Callable[[], Actor]
"""How an app learns who asks; services verify the gateway's token, the gateway looks at its own sessions."""


def service_app(
    settings: Settings,
    *,
    title: str,
    blueprints: Sequence[Blueprint],
    policy: Policy,
    handlers: Handlers,
    clock: Clock = utcnow,
    identify: Identify | None = None,
    pages: Sequence[flask.Blueprint] = (),
    form_pages: str = "",
) -> Flask:
    """The app of one service. Fails when a route has no rule. Make it after the fork: it opens a pool.

    `handlers`: what its worker does with events, for an operator who replays what was put aside.
    `pages` are blueprints that the OpenAPI document leaves out; `form_pages` names the one whose
    endpoints take a browser's form instead of JSON (whoever identifies then sees to it that it came from our pages).
    """
    tell_version(settings.service, "web")
    exporting.start(settings.traces, service=settings.service, process="web")
    app = Flask(settings.service, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        PROPAGATE_EXCEPTIONS=False,
    )
    carries = carried(event_key=settings.event_key, vault=vault_of(settings), clock=clock)
    app.extensions["attune_settings"] = settings
    app.extensions["attune_clock"] = clock
    app.extensions["attune_database"] = Database(
        settings.database_url, pool_size=_POOL, name=f"{settings.service}-web", carries=carries
    )
    app.extensions[READINESS] = lambda: _not_ready(app)
    verifier = Verifier(settings.actor_public_key, audience=settings.service)
    clock_bp, clock_policy = clock_blueprint(settings.service)
    policy = {**policy, **clock_policy, **operators_policy(settings.service)}
    app.extensions[REACH] = Reach(
        service=settings.service,
        url=settings.worker_database_url,
        handlers=handlers,
        event_key=settings.event_key,
        carries=carries,
    )
    who = identify or (lambda: _from_token(verifier, clock))
    _install_edge(app, policy, who, form_pages)
    api = Api(app)
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    for blueprint in (*blueprints, clock_bp, operators_blueprint(settings.service)):
        api.register_blueprint(blueprint)
    for page in pages:
        app.register_blueprint(page)
    problems.install(app)
    check_complete(app, policy)
    return app


def _not_ready(app: Flask) -> list[str]:
    """What this process still waits for: its database."""
    database: Database = app.extensions["attune_database"]
    try:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return ["the database does not answer"]
    return []


def _from_token(verifier: Verifier, clock: Clock) -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise NotSignedIn
    return verifier.verify(token, now=clock())


def _install_edge(app: Flask, policy: Policy, who: Identify, form_pages: str) -> None:
    @app.before_request
    def admit() -> None:
        g.started = time.perf_counter()
        parent, method, route = trace.parse(request.headers.get("traceparent")), _method(), _route()
        about = {"http.request.method": method, "http.route": route, "attune.service": app.name}
        g.span = trace.span(parent, f"{method} {route}", "server", about)
        g.told = g.span.__enter__()
        if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS:
            return  # no route: Flask answers 404 or 405 with the same bytes as any other
        g.actor, g.rule, g.is_admitted = who(), policy[request.endpoint], False
        if not g.rule.admits_role(g.actor):
            raise NotFound
        if request.method in ("POST", "PUT", "PATCH"):
            _check_body(is_form=bool(form_pages) and request.blueprint == form_pages)

    @app.after_request
    def finish(response: Response) -> Response:
        rule = _route()
        if "rule" in g and response.status_code < 400 and not g.is_admitted:
            response = problems.document(NotFound())  # a route that never asked the policy shows nothing
        if etag := g.get("etag"):
            response.headers["ETag"] = etag
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        spent = time.perf_counter() - g.started
        method = _method()
        g.told.tell({"http.response.status_code": response.status_code})
        if response.status_code >= 500:
            g.told.fail(str(response.status_code))
        metrics.http_requests.labels(app.name, method, rule, response.status_code).inc()
        metrics.http_seconds.labels(app.name, method, rule).observe(spent)
        return response

    @app.teardown_request
    def close_span(_: BaseException | None) -> None:
        if span := g.pop("span", None):
            span.__exit__(None, None, None)


def _method() -> str:
    return request.method if request.method in _METHODS else "other"  # a method may be any word


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "unmatched"


def _check_body(*, is_form: bool) -> None:
    """JSON or nothing, from a page its form or nothing; no text that the database can't hold."""
    kind = "application/x-www-form-urlencoded" if is_form else "application/json"
    if is_form and request.mimetype == kind:
        _check_text(request.form.to_dict(flat=False))
        return
    if not request.content_length and not request.data:
        return
    if request.mimetype != kind:
        raise MediaNotSupported
    try:
        body = request.get_json()
        _check_text(body)
    except RecursionError as error:
        raise Malformed from error


def _check_text(value: object) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise Malformed
        try:
            value.encode()
        except UnicodeEncodeError as error:  # a lone surrogate
            raise Malformed from error
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name)
            _check_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_text(inner)
