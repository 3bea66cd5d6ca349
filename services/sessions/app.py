"""Sessions's composition root for the web."""

from flask import Flask

from services.sessions.policy import POLICY
from services.sessions.routes import bp
from services.sessions.worker import SPEC
from shared.clock import Clock, utcnow
from shared.settings import Settings
from shared.web.service import service_app


def create_app(settings: Settings, clock: Clock = utcnow) -> Flask:
    return service_app(
        settings,
        title="Attune Sessions",
        blueprints=[bp],
        policy=POLICY,
        handlers=SPEC.handlers,
        clock=clock,
    )
