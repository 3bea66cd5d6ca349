"""Who gets which setting: the one place where keys, URLs and sockets meet services."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.data_folder import erasures_file
from deploy.local.databases import EVENTS, database_of, role_of, with_login
from deploy.local.keys import Keys
from deploy.local.sockets import Sockets, url_of
from shared.settings import Settings, Traces


@dataclass(frozen=True, kw_only=True, repr=False)
class Wiring:
    """Everything that settings are made of. No repr: it holds secrets."""

    keys: Keys
    sockets: Sockets
    admin_url: str
    kafka: str | None  # host:port[,host:port]
    data: Path | None = None  # the data folder; None: nothing is kept beside the databases
    audit_folder: Path | None = None  # beside the databases, not in them
    traces: Traces | None = None

    @property
    def public_url(self) -> str:
        return f"http://localhost:{self.sockets.port}"

    @property
    def event_log_url(self) -> str:
        return f"kafka://{self.kafka}" if self.kafka else self.database_url(EVENTS, "owner")

    def database_url(self, area: str, kind: str) -> str:
        role = role_of(area, kind)
        return with_login(
            self.admin_url, database=database_of(area), user=role, password=self.keys.password(role)
        )

    def settings(self, service: str) -> Settings:
        """Settings of one service's web and worker process. Each gets only what is its own."""
        is_gateway = service == "gateway"
        smtp, mailbox = self.sockets.smtp, self.sockets.mailbox
        urls: Mapping[str, str] = {name: url_of(bound) for name, bound in self.sockets.web.items()}
        workers = {name: url_of(bound) for name, bound in self.sockets.worker_internal.items()}
        return Settings(
            service=service,
            database_url=self.database_url(service, "app"),
            worker_database_url=self.database_url(service, "worker"),
            event_log_url=self.event_log_url,
            event_key=self.keys.event,
            vault_key=self.keys.vaults[service],
            vault_keys_before=self.keys.vaults_before[service],
            erasures_file=erasures_file(self.data, service) if self.data is not None else None,
            cursor_key=self.keys.cursor,
            actor_public_key=self.keys.actor_public,
            actor_private_key=self.keys.actor_private if is_gateway else None,
            operator_key=self.keys.operator if is_gateway else None,
            token_key=self.keys.token if is_gateway else None,
            audit_key=self.keys.audit_private,
            audit_folder=self.audit_folder,
            traces=self.traces,
            service_urls=urls if is_gateway else {},
            worker_urls=workers if is_gateway else {},
            public_url=self.public_url,
            smtp_url=url_of(smtp, "smtp") if smtp is not None and service == "notify" else None,
            demo_mailbox_url=url_of(mailbox) if mailbox is not None and is_gateway else None,
        )
