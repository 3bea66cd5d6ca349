"""Settings of one process: typed, from ATTUNE_* variables and files of secrets, checked at start."""

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from environs import EnvError

from shared.database_url import database_url
from shared.environment import Environment
from shared.smtp import FORM, is_server

SERVICES = ("intake", "sessions", "integration", "notify", "gateway")


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and says what to do."""


@dataclass(frozen=True)
class Traces:
    """Where spans are sent, and of which share of the traces (docs/operations-traces.md)."""

    url: str  # an OTLP/HTTP endpoint: http://collector:4318/v1/traces
    share: float = 0.1  # above 0, at most 1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one process of one service needs to know. Built once at start and passed in."""

    service: str
    database_url: str  # application role; psycopg form: postgresql://…
    worker_database_url: str  # <service>_worker role
    event_log_url: str  # kafka://host:port[,host:port] or postgresql://… of the log's own database
    event_key: bytes  # 32 bytes: signs and checks events
    vault_key: bytes  # 32 bytes: key-encryption key of this service
    vault_keys_before: Sequence[bytes] = ()  # older ones, while data keys still lie under them
    erasures_file: Path | None = None  # where destroyed data keys are written down outside the database
    actor_public_key: bytes  # Ed25519 public key, PEM: checks the gateway's actor tokens
    cursor_key: bytes  # 32 bytes: binds page cursors and idempotency hashes
    actor_private_key: bytes | None = None  # gateway only, PEM
    operator_key: str | None = None  # gateway only
    token_key: bytes | None = (
        None  # gateway only: 32 bytes, makes people's tokens; None: the vault's key does
    )
    audit_key: bytes | None = (
        None  # workers that seal: Ed25519 private key, PEM, signs checkpoints of the audit
    )
    audit_folder: Path | None = None  # workers that seal: where copies of the checkpoints go
    service_urls: Mapping[str, str] = field(default_factory=dict)  # gateway only: service -> http://…
    worker_urls: Mapping[str, str] = field(default_factory=dict)  # gateway only: workers' internal ports
    public_url: str = "http://localhost:8000"  # what links and pages name
    smtp_url: str | None = None  # notify only: see shared.smtp
    demo_mailbox_url: str | None = None  # gateway only: the demo mail server's reading side
    trusted_proxies: int = 0  # gateway only: hops whose X-Forwarded-For counts
    web_threads: int = 8
    dead_letter_ratio: float = 0.1  # share of the latest events that may fail before the consumer stops
    log_level: str = "info"
    traces: Traces | None = None  # None: no spans are recorded
    instance: str = "1"  # names this process among its like: static group membership
    leaves_group: bool = False  # its name won't come back (a pod's): it leaves the group when it stops

    def of_web(self) -> "Settings":
        """What a web process may know of it: it signs nothing of the audit."""
        return replace(self, audit_key=None, audit_folder=None)


def from_env(service: str) -> Settings:
    """Settings from the environment. Raises SettingsError with one plain line on anything amiss."""
    if service not in SERVICES:
        raise SettingsError(f"there is no service {service!r}; there are: {', '.join(SERVICES)}")
    env = Environment()
    is_gateway = service == "gateway"
    try:
        urls = {name: env.str(f"ATTUNE_{name.upper()}_URL", "") for name in SERVICES if name != "gateway"}
        workers = {name: env.str(f"ATTUNE_{name.upper()}_WORKER_URL", "") for name in SERVICES}
        private = env.str("ATTUNE_ACTOR_PRIVATE_KEY", "") if is_gateway else ""
        return Settings(
            service=service,
            database_url=required_database_url("DATABASE"),
            worker_database_url=required_database_url("WORKER_DATABASE"),
            event_log_url=env.str("ATTUNE_EVENT_LOG_URL"),
            event_key=_key(env, "ATTUNE_EVENT_KEY"),
            vault_key=_key(env, "ATTUNE_VAULT_KEY"),
            vault_keys_before=_keys_before(env, is_gateway=is_gateway),
            erasures_file=_path("ATTUNE_ERASURES_FILE"),
            token_key=_key(env, "ATTUNE_TOKEN_KEY") if is_gateway and env.has("ATTUNE_TOKEN_KEY") else None,
            cursor_key=_key(env, "ATTUNE_CURSOR_KEY"),
            actor_public_key=env.str("ATTUNE_ACTOR_PUBLIC_KEY").encode(),
            actor_private_key=private.encode() or None,
            operator_key=(env.str("ATTUNE_OPERATOR_KEY", "") or None) if is_gateway else None,
            audit_key=env.str("ATTUNE_AUDIT_KEY", "").encode() or None,
            audit_folder=_folder(env, "ATTUNE_AUDIT_FOLDER"),
            service_urls={name: url for name, url in urls.items() if url},
            worker_urls={name: url for name, url in workers.items() if url} if is_gateway else {},
            public_url=env.str("ATTUNE_PUBLIC_URL", "http://localhost:8000"),
            smtp_url=_mail_server(env),
            demo_mailbox_url=env.str("ATTUNE_DEMO_MAILBOX_URL", "") or None,
            trusted_proxies=_hops(env) if is_gateway else 0,
            web_threads=env.int("ATTUNE_WEB_THREADS", 8),
            dead_letter_ratio=_share(env, "ATTUNE_DEAD_LETTER_RATIO", 0.1, "1: never stop"),
            log_level=env.str("ATTUNE_LOG_LEVEL", "info"),
            traces=traces_from_env(env),
            instance=env.str("ATTUNE_INSTANCE", "1"),
            leaves_group=env.bool("ATTUNE_LEAVES_GROUP", False),
        )
    except (EnvError, OSError, ValueError) as error:
        raise SettingsError(f"a setting is missing or wrong: {error}") from error


def traces_from_env(env: Environment) -> Traces | None:
    """ATTUNE_TRACES_URL and ATTUNE_TRACES_SHARE; None: off. Raises SettingsError, also for want of packages."""
    try:
        url: str = env.str("ATTUNE_TRACES_URL", "").strip()
        if not url:
            return None
        share = _share(env, "ATTUNE_TRACES_SHARE", 0.1, "1: every trace")
    except (EnvError, OSError, ValueError) as error:
        raise SettingsError(f"a setting is missing or wrong: {error}") from error
    if not _is_endpoint(url):
        raise SettingsError(
            "ATTUNE_TRACES_URL is an OTLP/HTTP endpoint, such as http://collector:4318/v1/traces"
        )
    try:
        importlib.import_module("shared.telemetry.spans")  # before any fork: all processes share it
    except ImportError as error:
        raise SettingsError(
            "ATTUNE_TRACES_URL is set and the packages for it are missing: pip install 'attune[traces]'"
        ) from error
    return Traces(url, share)


def required_database_url(name: str) -> str:
    """ATTUNE_<name>_URL with ATTUNE_<name>_PASSWORD, where that is apart. Raises SettingsError."""
    try:
        url = database_url(name)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if not url:
        raise SettingsError(f"ATTUNE_{name}_URL is missing: set it, or ATTUNE_{name}_URL_FILE")
    return url


def _folder(env: Environment, name: str) -> Path | None:
    given: str = env.str(name, "")
    return Path(given) if given else None


def _hops(env: Environment) -> int:
    hops: int = env.int("ATTUNE_TRUSTED_PROXIES", 0)
    if hops < 0:
        raise SettingsError("ATTUNE_TRUSTED_PROXIES is the number of proxies in front of us, 0 or more")
    return hops


def _mail_server(env: Environment) -> str | None:
    url: str = env.str("ATTUNE_SMTP_URL", "").strip()
    if url and not is_server(url):
        raise SettingsError(f"ATTUNE_SMTP_URL is {FORM}")  # without its value, which may hold a password
    return url or None


def _share(env: Environment, name: str, default: float, of_one: str) -> float:
    share: float = env.float(name, default)
    if not 0 < share <= 1:
        raise SettingsError(f"{name} is a share, above 0 and at most 1 ({of_one})")
    return share


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no number
    except ValueError:
        return False
    # With its path, or spans would go astray in silence; who may send goes into OTEL_EXPORTER_OTLP_HEADERS.
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and len(parts.path) > 1
        and not (parts.username or parts.query or parts.fragment)
    )


def _path(name: str) -> Path | None:
    value = os.environ.get(name, "").strip()  # a file to write to, not one that holds the setting
    return Path(value) if value else None


def _keys_before(env: Environment, *, is_gateway: bool) -> tuple[bytes, ...]:
    name = "ATTUNE_VAULT_KEYS_BEFORE"
    keys = tuple(_key_of(text.strip(), name) for text in env.str(name, "").split(",") if text.strip())
    if keys and is_gateway and not env.has("ATTUNE_TOKEN_KEY"):
        # The tokens that people hold were made from the first key: under another they would all be wrong.
        raise SettingsError(f"{name} needs ATTUNE_TOKEN_KEY in the gateway: set that to its oldest key")
    return keys


def _key(env: Environment, name: str) -> bytes:
    return _key_of(env.str(name), name)


def _key_of(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        # The value itself is a secret: only its name is said.
        raise SettingsError(f"{name} must be 64 hexadecimal digits (openssl rand -hex 32 makes some)")
    return key
