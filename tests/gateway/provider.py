"""A real OpenID provider on this machine, and a practice whose practitioners may sign in there."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tests.gateway.door import Practice

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock


@contextmanager
def running_provider() -> Iterator[str]:
    """Its address, the issuer."""
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


def use_provider(practice: Practice, issuer: str) -> None:
    """The operator names it as the practice's."""
    body = {"issuer": issuer, "client_id": "attune", "client_secret": "s3cret", "roles": ["practitioner"]}
    answer = practice.door.post(
        "/api/v1/practice/sign-in/openid-provider", body, headers=practice.door.operator(practice.slug)
    )
    assert answer.status_code == 201, answer.text
    assert "s3cret" not in answer.text
