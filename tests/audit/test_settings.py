"""A worker that seals does not start without what it signs with and where the copies go."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.path.worker import _sealer
from shared.settings import Settings, SettingsError, from_env
from tests.audit.chained import private_pem
from tests.world.world import World

pytestmark = pytest.mark.A1


def test_a_worker_without_a_key_or_a_folder_does_not_start(world: World, tmp_path: Path) -> None:
    side = world.sides["intake"]
    for key, folder, named in (
        (None, tmp_path, "ATTUNE_AUDIT_KEY is missing"),
        (b"no key", tmp_path, "ATTUNE_AUDIT_KEY must be an Ed25519 private key"),
        (private_pem(), None, "ATTUNE_AUDIT_FOLDER is missing"),
    ):
        settings: Settings = replace(side.settings, audit_key=key, audit_folder=folder)
        with pytest.raises(SettingsError, match=named):
            _sealer(settings, side.database)


def test_the_key_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tmp_path / "audit.pem"
    pem.write_bytes(private_pem())
    given = {
        "DATABASE_URL": "postgresql://x", "WORKER_DATABASE_URL": "postgresql://x",
        "EVENT_LOG_URL": "postgresql://x", "EVENT_KEY": "00" * 32, "VAULT_KEY": "00" * 32,
        "CURSOR_KEY": "00" * 32, "ACTOR_PUBLIC_KEY": "x", "AUDIT_KEY_FILE": str(pem),
        "AUDIT_FOLDER": str(tmp_path),
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"ATTUNE_{name}", value)
    settings = from_env("intake")
    assert (settings.audit_key or b"").strip() == pem.read_bytes().strip()
    assert settings.audit_folder == tmp_path
