"""Who was told what: every person gets each notice exactly once, in the inbox and by mail, in neutral words."""

from collections import defaultdict
from typing import Any

from deploy.local.journey.faults import Off, check
from deploy.local.journey.mailbox import Mailbox, lost_mail
from deploy.local.journey.people import Person
from deploy.local.journey.story import Story

TELLTALE = (
    "ketamine", "psilocybin", "medicine", "psychedelic", "consent", "withdr", "readiness", "diagnos",
    "journal", "intention",
)  # fmt: skip
_TELLTALE_IN_MAIL = (*TELLTALE, "session", "appointment", "therap", "couple", "check-in")


class Letters:
    """Keeps what each person must have got so far and compares it with what they have."""

    def __init__(self, story: Story, mailbox: Mailbox, desk: Person) -> None:
        self._story, self._mailbox, self._desk = story, mailbox, desk
        self._expected: dict[str, list[str]] = defaultdict(list)
        self._before: dict[str, tuple[int, int]] = {}  # mails that came and were lost until they joined
        self._names: set[str] = set()

    def begin(self, person: Person) -> None:
        """From now on count this person's messages: the inbox is empty, mail so far was to join."""
        check(not self.inbox(person), f"an empty inbox for {person.display_name}", self.inbox(person))
        mails, lost = self._mailbox.messages(person.address), lost_mail(self._desk.client, person.person_id)
        self._before[person.person_id] = len(mails), lost
        self._names.add(person.display_name.lower())

    def told(self, *people: Person, of: str) -> None:
        """Each of these people gets exactly one more message; wait for it."""
        for person in people:
            self._expected[person.person_id].append(of)
        for person in people:
            self._await(person, of)

    def told_alike(self, one: Person, other: Person, *, of: str) -> None:
        """Both get exactly one more message, with the same words."""
        self.told(one, other, of=of)
        texts = [self._newest_text(person) for person in (one, other)]
        check(texts[0] == texts[1], f"the same words to both of: {of}", texts)
        mails = {(mail["subject"], mail["text"]) for person in (one, other) for mail in self.mail(person)}
        check(len(mails) <= 1, "every mail to both with the same words", mails)

    def nothing_more(self, *people: Person) -> None:
        """Nobody of these has more, or less, than they were to be told so far."""
        for person in people:
            expected, have = self._expected[person.person_id], self.inbox(person)
            check(len(have) == len(expected), self._all_of(person), f"{len(have)} messages: {have}")
            mail, lost = self._mail_and_lost(person)
            if mail + lost < len(expected):
                raise Off(f"{self._all_of(person)} by mail", f"{mail} mails and {lost} lost")

    def inbox(self, person: Person) -> list[Any]:
        """A person's inbox. Raises Off when it holds more than it should, or words that tell anything."""
        items = person.client.items("/notify/me/inbox")
        expected = self._expected[person.person_id]
        ids = {item["message_id"] for item in items}
        check(len(ids) == len(items), "each message once in the inbox", items)
        check(len(items) <= len(expected), self._all_of(person), f"{len(items)} messages: {items}")
        for item in items:
            self._check_neutral(item["text"], person, TELLTALE)
        return items

    def mail(self, person: Person) -> list[Any]:
        """A person's mail since they joined. Raises Off when it is too much, or tells anything."""
        mails = self._mailbox.messages(person.address)[self._before[person.person_id][0] :]
        expected = self._expected[person.person_id]
        check(len(mails) <= len(expected), f"{self._all_of(person)} by mail", f"{len(mails)} mails: {mails}")
        ids = {mail["headers"]["Message-ID"] for mail in mails}
        check(len(ids) == len(mails), "each mail once", mails)
        for mail in mails:
            self._check_neutral(f"{mail['subject']} {mail['text']}", person, _TELLTALE_IN_MAIL)
        return mails

    def _await(self, person: Person, of: str) -> None:
        expected = len(self._expected[person.person_id])
        self._story.until(
            f"{person.display_name}'s inbox to tell of {of}",
            lambda: self.inbox(person),
            lambda items: len(items) == expected,
        )
        self._story.until(
            f"mail to {person.display_name} to tell of {of}",
            lambda: self._mail_and_lost(person),
            lambda seen: sum(seen) >= expected,
            by_mail=True,
        )

    def _mail_and_lost(self, person: Person) -> tuple[int, int]:
        """How many mails came, and, only when some are missing, how many staff is shown as lost."""
        mails = len(self.mail(person))
        is_complete = mails == len(self._expected[person.person_id])
        if is_complete:
            return mails, 0
        return mails, lost_mail(self._desk.client, person.person_id) - self._before[person.person_id][1]

    def _newest_text(self, person: Person) -> str:
        newest = max(self.inbox(person), key=lambda item: str(item["received_at"]))
        return str(newest["text"])

    def _all_of(self, person: Person) -> str:
        expected = self._expected[person.person_id]
        return f"{len(expected)} messages for {person.display_name} ({', '.join(expected) or 'none'})"

    def _check_neutral(self, text: str, reader: Person, telltale: tuple[str, ...]) -> None:
        lower = text.lower()
        others = self._names - {reader.display_name.lower()}
        telling = [word for word in (*telltale, *sorted(others)) if word in lower]
        check(not telling, "a message in neutral words", f"{telling} in: {text}")
