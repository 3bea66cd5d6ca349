"""What a story in a practice is told with: its people's browsers, their mail, its clock; and how somebody clicks."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from services.notify.mail.delivering import deliver_once
from shared.db.practice import move_clock
from shared.db.tenancy import Scope
from tests.browser.person import PHONE, Person, person
from tests.browser.site import Site, serve
from tests.gateway.door import Door, Practice
from tests.notify.mailserver import MailServer
from tests.sessions.couple_in_care import ZONE
from tests.world.world import World

_LINK = re.compile(r"https?://\S+/i/[\w.~-]+")


@dataclass
class Story:
    """A real practice, not a demo's: everybody comes in by the link in their own mail."""

    browser: Browser
    site: Site
    mail: MailServer
    practice: Practice
    browsers: ExitStack = field(default_factory=ExitStack)

    def address(self, name: str) -> str:
        return f"{name.lower()}@{self.practice.slug}.example.org"

    def joins(self, name: str, size: tuple[int, int] = PHONE) -> Person:
        """Somebody opens a browser of their own."""
        return self.browsers.enter_context(person(self.browser, self.site, size=size))

    def link(self, name: str) -> str:
        """The newest link that was mailed to their own address."""
        self.post()
        bodies = [one.get_content() for one in self.mail.to(self.address(name))]
        (*_, link) = [found for body in bodies for found in _LINK.findall(body)]
        assert link.startswith(self.site.url)
        return str(link)

    def post(self) -> None:
        """What is to be mailed goes out."""
        self.site.settle()
        world = self.site.world
        notify = world.sides["notify"].database
        while deliver_once(notify, self.mail.url, world.clock, public_url=self.site.url):
            pass

    def mails(self) -> list[str]:
        """Everything that anybody of this practice was sent, as it went out."""
        sent = [raw for to, raw in self.mail.taken if to.endswith(f"@{self.practice.slug}.example.org")]
        return [raw.decode() for raw in sent]

    @property
    def now(self) -> datetime:
        return self.site.world.now(self.practice.id)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """That time of the practice's wall, this many days from today."""
        day = (self.now.astimezone(ZoneInfo(ZONE)) + timedelta(days=days)).date()
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)

    def move_to(self, moment: datetime) -> None:
        """The practice's clock goes to just past `moment`; the gateway, whose clock it is, goes along."""
        world = self.site.world
        world.move_clock(self.practice.id, timedelta(seconds=int((moment - self.now).total_seconds()) + 1))
        ahead = round((self.now - world.clock()).total_seconds())
        with world.sides["gateway"].database.transaction(Scope(self.practice.id, role="worker")) as db:
            move_clock(db, self.practice.id, ahead)
        self.site.settle()


@contextmanager
def story(browser: Browser, world: World, mail: MailServer) -> Iterator[Story]:
    """A practice without anybody, tomorrow at three minutes past nine: far from a quarter hour."""
    with serve(world, at_its_address=True) as site:
        practice = Door(world, site.app).create_practice(is_demo=False)
        told = Story(browser, site, mail, practice)
        told.move_to(told.at(1, 9, 3))
        with told.browsers:
            yield told


def press(one: Person, name: str, *, exact: bool = True) -> None:
    """Click the button that a person would call `name`, wait for the page that follows, and let events have effects."""
    one.follow(name, role="button", exact=exact)
    one.site.world.pump()


def follow(one: Person, name: str, *, exact: bool = True) -> None:
    """Click a link: nothing changes by it."""
    one.follow(name, exact=exact)


def cards(one: Person) -> list[str]:
    """What the page shows as shared, or as it would be shared, in its words."""
    return one.page.locator("article.card").all_inner_texts()


_WALK = """async () => {
  const found = {};
  const todo = [...document.querySelectorAll('nav.tabbar a')].map((a) => a.pathname);
  while (todo.length) {
    const path = todo.pop();
    if (path in found) continue;
    found[path] = '';
    const answer = await fetch(path);
    found[path] = await answer.text();
    if (!(answer.headers.get('content-type') || '').startsWith('text/html')) continue;
    const read = new DOMParser().parseFromString(found[path], 'text/html');
    for (const a of read.querySelectorAll('a[href]')) {
      const to = new URL(a.getAttribute('href'), location.origin + path);
      if (to.origin === location.origin) todo.push(to.pathname + to.search);
    }
  }
  return found;
}"""


def everything(one: Person) -> dict[str, str]:
    """Every page that somebody can reach from their bar by links, as their own browser gets it: source by path."""
    found: dict[str, str] = one.page.evaluate(_WALK)
    return found
