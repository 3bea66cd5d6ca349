"""Gateway's composition root for the web."""

from collections.abc import Mapping

from flask import Flask

from services.gateway.policy import POLICY
from services.gateway.routes import bp
from shared.clock import Clock, utcnow
from shared.settings import Settings
from shared.web.service import service_app


def create_app(settings: Settings, clock: Clock = utcnow, *, apps: Mapping[str, Flask] | None = None) -> Flask:
    """The gateway's app. `apps` puts services of the same process in place of HTTP (tests)."""
    return service_app(settings, title="Attune Gateway", blueprints=[bp], policy=POLICY, clock=clock)
