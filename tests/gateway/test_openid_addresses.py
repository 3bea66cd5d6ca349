"""Where a practice's OpenID provider may lie: never inside, and only where it says it is."""

import pytest

from services.gateway.openid import OpenId
from services.gateway.problems import IssuerNotAllowed, ProviderNotThere


class TestWhereItMayLie:
    @pytest.mark.parametrize(
        "url",
        [
            "http://id.example",
            "https://127.0.0.1",
            "https://10.0.0.1",
            "https://[::1]",
            "https://169.254.169.254",
            "https://user@id.example",
            "ftp://id.example",
            "https://",
            "https://[",
        ],
    )
    def test_nothing_inside_is_asked(self, url: str) -> None:
        with pytest.raises(IssuerNotAllowed):
            OpenId(public_url="https://attune.example").endpoints(url)

    def test_on_ones_own_machine_it_may_lie_beside(self, issuer: str) -> None:
        assert OpenId(public_url="http://localhost:8000").endpoints(issuer).token.startswith(issuer)
        with pytest.raises(IssuerNotAllowed):
            OpenId(public_url="https://attune.example").endpoints(issuer)

    def test_one_that_calls_itself_otherwise_is_not_it(self, issuer: str) -> None:
        with pytest.raises(ProviderNotThere):
            OpenId(public_url="http://localhost:8000").endpoints(issuer + "/")
