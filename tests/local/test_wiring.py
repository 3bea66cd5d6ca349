"""Each process gets what is its own, and no other's secret."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from deploy.local.keys import open_keys, renew_vault_key
from deploy.local.sockets import bind_all
from deploy.local.wiring import Wiring
from services.gateway.tokens import INVITATION, SIGN_IN, Tokens
from shared.settings import SERVICES


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    sockets = bind_all(0, with_mail=True)
    keys = open_keys(tmp_path / "keys", may_make=True)
    admin_url = "postgresql://postgres:secret@/postgres?host=/some/folder"
    yield Wiring(keys=keys, sockets=sockets, admin_url=admin_url, kafka=None)
    sockets.close()


def test_every_service_has_its_own_database_and_vault_key(wiring: Wiring) -> None:
    settings = [wiring.settings(service) for service in SERVICES]
    assert len({one.database_url for one in settings} | {one.worker_database_url for one in settings}) == 10
    assert len({one.vault_key for one in settings}) == 5
    assert "secret" not in "".join(one.database_url + one.event_log_url for one in settings)
    assert settings[0].database_url.startswith("postgresql://attune_intake_app:")
    assert settings[0].database_url.endswith("@/attune_intake?host=/some/folder")


def test_only_the_gateway_can_sign_for_people_and_knows_the_operator(wiring: Wiring) -> None:
    holders = {one for one in SERVICES if wiring.settings(one).actor_private_key is not None}
    operators = {one for one in SERVICES if wiring.settings(one).operator_key is not None}
    assert holders == operators == {"gateway"}
    assert set(wiring.settings("gateway").service_urls) == set(SERVICES) - {"gateway"}


def test_only_notify_sends_mail(wiring: Wiring) -> None:
    assert {one for one in SERVICES if wiring.settings(one).smtp_url is not None} == {"notify"}


def test_kafka_replaces_the_embedded_log(wiring: Wiring) -> None:
    with_kafka = Wiring(
        keys=wiring.keys, sockets=wiring.sockets, admin_url=wiring.admin_url, kafka="one:9092,two:9092"
    )
    assert with_kafka.settings("notify").event_log_url == "kafka://one:9092,two:9092"
    assert "attune_events_owner" in wiring.settings("notify").event_log_url


def test_sign_ins_and_invitations_go_on_whenever_keys_are_renewed(wiring: Wiring, tmp_path: Path) -> None:
    def tokens() -> list[str]:
        keys = open_keys(tmp_path / "keys", may_make=False)
        settings = replace(wiring, keys=keys).settings("gateway")
        made = Tokens(settings.token_key or settings.vault_key)  # as the gateway's app does
        return [made.make(kind, UUID(int=1), UUID(int=2)) for kind in (SIGN_IN, INVITATION)]

    first = tokens()
    for _ in range(2):
        renew_vault_key(tmp_path / "keys", "gateway")
        (tmp_path / "keys" / "vault_gateway.before").unlink()  # its time is over when all is rewrapped
        assert tokens() == first
