"""The figures of a journey: what they are, and how they are added up from the groups that the database gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wizard.services.funnel_flights import Flight
from wizard.services.funnel_rows import PEOPLE, PLACES, STEPS, WHOLE, Group

Histogram = Mapping[int, int]


@dataclass(frozen=True)
class TreadFigures:
    """One tread. Times in seconds, None where none is known: what lies before a browser's first post is not measured.

    `came` are people, of whom `went_on`, `here` and `given_up` make up the whole; `refused` are people too; `reasons` and `new_ones`
    count posts, `contacts` days on which the helpdesk had to do with one of them.
    """

    slug: str
    came: int
    went_on: int
    here: int
    given_up: int
    middle: int | None
    slow: int | None
    refused: int
    reasons: tuple[tuple[str, int], ...]
    new_ones: int
    contacts: int

    @property
    def percent(self) -> int | None:
        """How many of a hundred who came went on."""
        return round(100 * self.went_on / self.came) if self.came else None


@dataclass
class Part:
    """People of one week, language or organisation: who came, who is inside, who stands somewhere now, who gave up."""

    came: int = 0
    inside: int = 0
    here: int = 0
    given_up: int = 0

    def add(self, count: int, *, inside: bool, gone: bool) -> None:
        self.came += count
        self.inside += count if inside else 0
        self.here += count if not inside and not gone else 0
        self.given_up += count if not inside and gone else 0


@dataclass(frozen=True)
class Funnel:
    """The answer: the treads in order; how many are inside and how long the middle one of them took; and by week, language, organisation.

    `weeks` are by their Monday. Who is not known has no language: `""`.
    """

    journey: str
    since: datetime
    at: datetime
    treads: tuple[TreadFigures, ...]
    inside: int
    middle: int | None
    weeks: tuple[tuple[datetime, Part], ...]
    languages: tuple[tuple[str, Part], ...]
    organisations: tuple[tuple[str, Part], ...]

    @property
    def came(self) -> int:
        return self.treads[0].came if self.treads else 0

    @property
    def contacts(self) -> int:
        """How often the helpdesk had to do with people under way."""
        return sum(tread.contacts for tread in self.treads)

    @property
    def contacts_per_100(self) -> float | None:
        """The same for every hundred who came."""
        return round(100 * self.contacts / self.came, 1) if self.came else None

    @property
    def worst(self) -> TreadFigures | None:
        """The tread on which most people stand now."""
        found = max(self.treads, key=lambda tread: tread.here, default=None)
        return found if found and found.here else None


def percentile(histogram: Histogram, percent: int) -> int | None:
    """The least value below or at which `percent` of a hundred lie (nearest rank); None for an empty histogram."""
    wanted = -(-sum(histogram.values()) * percent // 100)
    for value in sorted(histogram):
        wanted -= histogram[value]
        if wanted <= 0:
            return value
    return None


class Tally:
    """Adds the groups up."""

    def __init__(self, flight: Flight) -> None:
        self.inside = flight.inside
        self.came: Counter[int] = Counter()
        self.here: Counter[int] = Counter()
        self.given_up: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        self.new_ones: Counter[int] = Counter()
        self.seconds: dict[int, Counter[int]] = defaultdict(Counter)
        self.whole: Counter[int] = Counter()
        self.weeks: dict[int, Part] = defaultdict(Part)
        self.languages: dict[str, Part] = defaultdict(Part)
        self.organisations: dict[str, Part] = defaultdict(Part)

    def take(self, group: Group) -> None:
        takers = {PEOPLE: self._people, STEPS: self._steps, WHOLE: self._whole, PLACES: self._places}
        takers[group.kind](group)

    def _people(self, group: Group) -> None:
        for number in range(1, group.place + 1):
            self.came[number] += group.count
        (self.given_up if group.part else self.here)[group.place] += group.count
        state = {"inside": group.place >= self.inside, "gone": bool(group.part)}
        self.weeks[group.week].add(group.count, **state)
        self.languages[group.name].add(group.count, **state)

    def _steps(self, group: Group) -> None:
        self.refused[group.place] += group.count if group.part else 0
        self.new_ones[group.place] += group.new_ones
        if group.seconds is not None:
            self.seconds[group.place][group.seconds] += group.count

    def _whole(self, group: Group) -> None:
        self.whole[group.seconds or 0] += group.count

    def _places(self, group: Group) -> None:
        part = self.organisations[group.name]
        part.add(group.count, inside=group.place >= self.inside, gone=bool(group.part))

    def tread(self, number: int, slug: str, reasons: tuple[tuple[str, int], ...], contacts: int) -> TreadFigures:
        return TreadFigures(
            slug=slug,
            came=self.came[number],
            went_on=self.came[number + 1],
            here=self.here[number],
            given_up=self.given_up[number],
            middle=percentile(self.seconds[number], 50),
            slow=percentile(self.seconds[number], 90),
            refused=self.refused[number],
            reasons=reasons,
            new_ones=self.new_ones[number],
            contacts=contacts,
        )
