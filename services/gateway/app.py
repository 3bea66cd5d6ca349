"""Gateway's composition root for the web."""

from collections.abc import Mapping

import httpx
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from services.gateway import composing
from services.gateway.deprecations import tell_outgoing
from services.gateway.identity import PAGES, identify
from services.gateway.keys import tell_rate
from services.gateway.language import localise
from services.gateway.limits import Limits
from services.gateway.openid import OpenId
from services.gateway.pages import bp as pages
from services.gateway.pages import parts
from services.gateway.pages.problem import keep_out_of_caches, show_problem
from services.gateway.policy import POLICY
from services.gateway.reference import EXTENSION as REFERENCE
from services.gateway.reference import Reference
from services.gateway.routes import bp, edge
from services.gateway.tokens import Tokens
from services.gateway.upstream import PATIENCE_S, Refused, Upstream
from services.gateway.worker import SPEC
from shared.clock import Clock, utcnow
from shared.settings import Settings
from shared.web.actor import Signer
from shared.web.service import service_app


def create_app(
    settings: Settings, clock: Clock = utcnow, *, apps: Mapping[str, Flask] | None = None
) -> Flask:
    """The gateway's app. `apps` puts services of the same process in place of HTTP (tests)."""
    if settings.actor_private_key is None:
        raise ValueError("the gateway needs the private key of its actor tokens")
    app = service_app(
        settings,
        title="Attune Gateway",
        blueprints=[bp],
        policy=POLICY,
        handlers=SPEC.handlers,
        clock=clock,
        identify=identify,
        pages=[edge.bp, pages],
        form_pages=PAGES,
    )
    tokens = Tokens(settings.token_key or settings.vault_key)
    app.extensions["gateway_tokens"] = tokens
    app.extensions[parts.EXTENSION] = parts.asking_threads()
    # Flask's own signed cookie holds one thing: what the token in every form is checked against (Flask-WTF).
    app.secret_key = tokens.key_for(b"forms")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-attune-form",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["gateway_limits"] = Limits(clock)
    app.extensions["gateway_openid"] = OpenId(public_url=settings.public_url)
    app.extensions["gateway_upstream"] = Upstream(
        {name: url for name, url in settings.service_urls.items() if name != "gateway"},
        signer=Signer(settings.actor_private_key),
        clock=clock,
        transports={name: httpx.WSGITransport(app=other) for name, other in (apps or {}).items()},
        # The platform is ready only when these are.
        worker_urls=settings.worker_urls,
        # In one process nothing else moves on while we wait.
        patience_s=PATIENCE_S if apps is None else 0.0,
    )
    app.extensions[REFERENCE] = Reference(app.extensions["gateway_upstream"], clock)
    app.extensions["gateway_mailbox"] = (
        httpx.Client(base_url=settings.demo_mailbox_url, timeout=5.0, trust_env=False)
        if settings.demo_mailbox_url
        else None
    )
    if settings.trusted_proxies:
        # Only whose address it is: where we are and how we are reached, public_url says.
        proxied = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    app.register_error_handler(Refused, composing.refused)
    app.after_request(tell_rate)
    app.after_request(tell_outgoing)
    # First in the list runs last: after the edge has had its say, so that every problem has its words.
    app.after_request_funcs.setdefault(None, [])[:0] = [keep_out_of_caches, show_problem, localise]
    return app
