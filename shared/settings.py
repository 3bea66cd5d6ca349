"""Settings of one process: typed, from ATTUNE_* variables (secrets also as ATTUNE_X_FILE), checked at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from environs import EnvError, FileAwareEnv

SERVICES = ("intake", "sessions", "integration", "notify", "gateway")


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one process of one service needs to know. Built once at start and passed in."""

    service: str
    database_url: str  # application role; psycopg form: postgresql://…
    worker_database_url: str  # <service>_worker role
    event_log_url: str  # kafka://host:port[,host:port] or postgresql://… of the log's own database
    event_key: bytes  # 32 bytes: signs and checks events
    vault_key: bytes  # 32 bytes: key-encryption key of this service
    actor_public_key: bytes  # Ed25519 public key, PEM: checks the gateway's actor tokens
    cursor_key: bytes  # 32 bytes: binds page cursors and idempotency hashes
    actor_private_key: bytes | None = None  # gateway only, PEM
    operator_key: str | None = None  # gateway only
    audit_key: bytes | None = (
        None  # workers that seal: Ed25519 private key, PEM, signs checkpoints of the audit
    )
    audit_folder: Path | None = None  # workers that seal: where copies of the checkpoints go
    service_urls: Mapping[str, str] = field(default_factory=dict)  # gateway only: service -> http://…
    worker_urls: Mapping[str, str] = field(default_factory=dict)  # gateway only: workers' internal ports
    public_url: str = "http://localhost:8000"  # what links and pages name
    smtp_url: str | None = None  # notify only: smtp://host:port
    demo_mailbox_url: str | None = None  # gateway only: the demo mail server's reading side
    trusted_proxies: int = 0  # gateway only: hops whose X-Forwarded-For counts
    web_threads: int = 8
    dead_letter_ratio: float = 0.1  # share of the latest events that may fail before the consumer stops
    log_level: str = "info"
    instance: str = "1"  # names this process among its like: static group membership


def from_env(service: str) -> Settings:
    """Settings from the environment. Raises SettingsError with one plain line on anything amiss."""
    if service not in SERVICES:
        raise SettingsError(f"there is no service {service!r}; there are: {', '.join(SERVICES)}")
    env = FileAwareEnv(strip_whitespace=True)  # ATTUNE_X_FILE names a file that holds ATTUNE_X
    is_gateway = service == "gateway"
    try:
        urls = {name: env.str(f"ATTUNE_{name.upper()}_URL", "") for name in SERVICES if name != "gateway"}
        workers = {name: env.str(f"ATTUNE_{name.upper()}_WORKER_URL", "") for name in SERVICES}
        private = env.str("ATTUNE_ACTOR_PRIVATE_KEY", "") if is_gateway else ""
        return Settings(
            service=service,
            database_url=env.str("ATTUNE_DATABASE_URL"),
            worker_database_url=env.str("ATTUNE_WORKER_DATABASE_URL"),
            event_log_url=env.str("ATTUNE_EVENT_LOG_URL"),
            event_key=_key(env, "ATTUNE_EVENT_KEY"),
            vault_key=_key(env, "ATTUNE_VAULT_KEY"),
            cursor_key=_key(env, "ATTUNE_CURSOR_KEY"),
            actor_public_key=env.str("ATTUNE_ACTOR_PUBLIC_KEY").encode(),
            actor_private_key=private.encode() or None,
            operator_key=(env.str("ATTUNE_OPERATOR_KEY", "") or None) if is_gateway else None,
            audit_key=env.str("ATTUNE_AUDIT_KEY", "").encode() or None,
            audit_folder=_folder(env, "ATTUNE_AUDIT_FOLDER"),
            service_urls={name: url for name, url in urls.items() if url},
            worker_urls={name: url for name, url in workers.items() if url} if is_gateway else {},
            public_url=env.str("ATTUNE_PUBLIC_URL", "http://localhost:8000"),
            smtp_url=env.str("ATTUNE_SMTP_URL", "") or None,
            demo_mailbox_url=env.str("ATTUNE_DEMO_MAILBOX_URL", "") or None,
            trusted_proxies=_hops(env) if is_gateway else 0,
            web_threads=env.int("ATTUNE_WEB_THREADS", 8),
            dead_letter_ratio=_share(env, "ATTUNE_DEAD_LETTER_RATIO", 0.1),
            log_level=env.str("ATTUNE_LOG_LEVEL", "info"),
            instance=env.str("ATTUNE_INSTANCE", "1"),
        )
    except (EnvError, OSError, ValueError) as error:
        raise SettingsError(f"a setting is missing or wrong: {error}") from error


def _folder(env: FileAwareEnv, name: str) -> Path | None:
    given: str = env.str(name, "")
    return Path(given) if given else None


def _hops(env: FileAwareEnv) -> int:
    hops: int = env.int("ATTUNE_TRUSTED_PROXIES", 0)
    if hops < 0:
        raise SettingsError("ATTUNE_TRUSTED_PROXIES is the number of proxies in front of us, 0 or more")
    return hops


def _share(env: FileAwareEnv, name: str, default: float) -> float:
    share: float = env.float(name, default)
    if not 0 < share <= 1:
        raise SettingsError(f"{name} is a share, above 0 and at most 1 (1: never stop)")
    return share


def _key(env: FileAwareEnv, name: str) -> bytes:
    try:
        key = bytes.fromhex(env.str(name))
    except ValueError:
        key = b""
    if len(key) != 32:
        # The value itself is a secret: only its name is said.
        raise SettingsError(f"{name} must be 64 hexadecimal digits (openssl rand -hex 32 makes some)")
    return key
