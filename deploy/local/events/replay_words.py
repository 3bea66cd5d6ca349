"""What a replay did, told as it happens: a line per letter, a sum, and what to do next."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from deploy.local.events.output import Output
from shared.path.dead_letters.letters import PARKED, Letter
from shared.path.dead_letters.outcome import Outcome, Result
from shared.path.operating.tags import Tags
from shared.path.operating.type_names import short_type
from shared.path.operating.words import clock_time, many

_WHY = {
    Result.FAILED: "its handler failed again ({error}): the fix is not in this program, or does not reach it",
    Result.FORGED: "its signature does not fit: the stored record was changed, or the event key is another",
    Result.MALFORMED: "this version can't read it either",
    Result.UNKNOWN_TYPE: "this version does not know its type either: replay from the newer one",
    Result.NO_PRACTICE: "its practice is not known here yet: let the worker catch up with the gateway first",
    Result.BUSY: "the worker holds its partition: try again in a moment",
    Result.UNAVAILABLE: "something that its handler needs did not answer ({error}): try again later",
}


class Report:
    """Counts and words. `waiting` is how much of what was asked for is not applied."""

    def __init__(self, out: Output, service: str, tags: Tags, *, is_rehearsal: bool) -> None:
        self._out, self._service, self._tags = out, service, tags
        self._is_rehearsal = is_rehearsal
        self._behind: Counter[int] = Counter()
        self.applied = self.waiting = self.untried = 0
        self._seen_missing = False

    def say_missing(self, letters: Sequence[Letter], ids: Sequence[int], events: Sequence[UUID]) -> None:
        """Of what was named one by one: what is not there, never applied, or applied already."""
        named = [(f"#{one}", [letter for letter in letters if letter.id == one]) for one in ids]
        named += [(str(one), [letter for letter in letters if letter.event_id == one]) for one in events]
        for name, found in named:
            done = [letter for letter in found if letter.replayed_at is not None]
            if not found:
                self._miss(name, "missing", f"{name}: {self._service} has put aside no such event")
            elif found[0].is_evidence:
                self._miss(
                    name, "evidence", f"{name}: forged or unreadable, so it is evidence and never applied"
                )
            elif len(done) == len(found) and done[-1].replayed_at is not None:
                at, who = clock_time(done[-1].replayed_at), done[-1].replayed_by
                self._out.row("named", service=self._service, named=name, result="replayed_before")
                self._out.say(f"{name}: was replayed {at} by {who} already")
                self._seen_missing = True

    def tell(self, outcome: Outcome) -> None:
        """One letter's, as soon as it is certain."""
        letter = outcome.letter
        self._out.row(
            "outcome", service=self._service, id=letter.id, event_id=letter.event_id, type=letter.type,
            key=self._tags.of_key(letter.key), is_rehearsal=self._is_rehearsal, result=outcome.result,
            is_applied=outcome.is_applied, error_type=outcome.error_type, behind_id=outcome.behind_id,
        )  # fmt: skip
        if outcome.is_applied:
            self.applied += 1
        else:
            self.waiting += 1
        if outcome.result is Result.BEHIND:
            self._behind[outcome.behind_id or 0] += 1
            return
        name = f"#{letter.id}  {short_type(letter.type)}  key {self._tags.of_key(letter.key)}"
        self._out.say(f"{name}  {self._words(outcome)}" if outcome.is_applied else f"{name}  waits:")
        if not outcome.is_applied:
            self._out.say(f"    {_WHY[outcome.result].format(error=outcome.error_type)}")

    def tell_all(self, outcomes: Sequence[Outcome], *, untried: int) -> None:
        for outcome in outcomes:
            self.tell(outcome)
        self.untried += untried

    def say_cut_short(self) -> None:
        """The database was lost on the way: what was applied stays so."""
        if self.applied:
            self._out.say(f"{many(self.applied, 'event')} applied until here; the rest was not tried.")

    def say_sum(self) -> None:
        """The sum, and the next step."""
        self._out.row(
            "sum", service=self._service, is_rehearsal=self._is_rehearsal, applied=self.applied,
            waiting=self.waiting, untried=self.untried,
        )  # fmt: skip
        for letter_id, count in self._behind.items():
            verb = "waits" if count == 1 else "wait"
            self._out.say(f"{many(count, 'event')} {verb} behind #{letter_id}, which has to go first")
        if not (self.applied or self.waiting):
            if not self._seen_missing:
                self._out.say(f"Nothing that fits waits in {self._service}.")
            return
        would = "would be applied" if self._is_rehearsal else "applied"
        verb = "waits" if self.waiting == 1 else "wait"
        more = f", {many(self.untried, 'more event')} of long keys not tried" if self.untried else ""
        self._out.say("", f"{self.applied} {would}, {self.waiting} still {verb}{more}.")
        if self._is_rehearsal:
            self._out.say("Nothing was changed. Do it: the same without --dry-run, with --by YOUR-NAME.")
        elif self.waiting:
            self._out.say(f"See them: attune events dead-letters {self._service}")
        else:
            self._out.say("See that all is well: attune events lag")

    def _miss(self, name: str, result: str, line: str) -> None:
        self.waiting += 1
        self._seen_missing = True
        self._out.row("named", service=self._service, named=name, result=result)
        self._out.say(line)

    def _words(self, outcome: Outcome) -> str:
        if outcome.result is Result.KNOWN:
            return "was applied before: only struck off"
        applied = "would be applied" if self._is_rehearsal else "applied"
        return f"{applied} (was parked)" if outcome.letter.reason == PARKED else applied
