"""A couple, each with a browser of their own."""

from dataclasses import dataclass

import httpx
import pytest

from tests.gateway.door import Handler, door_to
from tests.gateway.pages.words.reader import Reader
from tests.notify.mailserver import MailServer
from tests.privacy.home import Home, make_home, signed_in
from tests.world.world import World


@dataclass
class Pair:
    """Ana and Bo at the pages, and the home that they belong to."""

    home: Home
    ana: Reader
    bo: Reader

    def without(self, *services: str) -> Reader:
        """Ana at a gateway behind which these services don't answer."""

        def broken(_: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

        world = self.home.world
        handlers: dict[str, Handler] = {
            name: broken if name in services else httpx.WSGITransport(app=side.app).handle_request
            for name, side in world.sides.items()
            if name != "gateway"
        }
        return Reader(door_to(world, handlers).app, self.home.cookie)


@pytest.fixture
def pair(world: World, mail: MailServer) -> Pair:
    home = make_home(world, mail)
    app = world.sides["gateway"].app
    return Pair(
        home,
        Reader(app, home.cookie),
        Reader(app, signed_in(world, home.practice, home.bo_id)),
    )
