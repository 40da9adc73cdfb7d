"""The whole rule book, and how one is read."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any, Self

import orjson
import yaml
from pydantic import Field, ValidationError, model_validator

from schemas.rules.base import Section
from schemas.rules.calendar import CalendarRules
from schemas.rules.cleansing import CleansingRules
from schemas.rules.deals import DealRules
from schemas.rules.followup import FollowUpRules, NoteRules, NurtureRules
from schemas.rules.forecast import ForecastRules
from schemas.rules.grades import GradeRules
from schemas.rules.health import HealthRules
from schemas.rules.identity import IdentityRules
from schemas.rules.lead import AssignmentRules, LeadRules
from schemas.rules.learning import LearningRules
from schemas.rules.market import CompanyRules, StrategicRules, TenderRules
from schemas.rules.names import CalendarName
from schemas.rules.notifications import NotificationRules
from schemas.rules.overrides import Key, Override, layered, layers, mentioned
from schemas.rules.problems import RuleBookError, problems_of
from schemas.rules.purchase import PurchaseRules
from schemas.rules.summary import FunnelRules, SummaryRules
from schemas.rules.visits import VisitRules
from schemas.rules.yaml12 import load, where_and_what

EVERYWHERE = frozenset({"name", "overrides", "cleansing", "identity", "calendars", "learning", "notifications"})
"""What no override may touch: cleansing and identity come before a lead is known, calendars are chosen by name, one
model learns from all leads, and notifications are about people, not leads."""


class RuleBook(Section):
    """One rule book. Its version is derived from its content, so the same rules always carry the same version."""

    name: str = Field("default", min_length=1, max_length=80, description="What people call this book")
    cleansing: CleansingRules = Field(CleansingRules(), description="How fields are cleansed")
    identity: IdentityRules = Field(IdentityRules(), description="When two records are about the same person")
    calendars: dict[CalendarName, CalendarRules] = Field(
        {"default": CalendarRules()}, description="Business calendars by name; `default` always exists"
    )
    lead: LeadRules = Field(LeadRules(), description="The lead record")
    assignment: AssignmentRules = Field(AssignmentRules(), description="Who gets a new lead")
    followup: FollowUpRules = Field(FollowUpRules(), description="First contact with a new lead")
    nurture: NurtureRules = Field(NurtureRules(), description="What happens to leads that do not buy at once")
    notes: NoteRules = Field(NoteRules(), description="Notes of contacts")
    company: CompanyRules = Field(CompanyRules(), description="Companies as entities")
    strategic: StrategicRules = Field(StrategicRules(), description="Strategic changes of companies")
    tenders: TenderRules = Field(TenderRules(), description="Tenders")
    deals: DealRules = Field(DealRules(), description="Stages of deals")
    forecast: ForecastRules = Field(ForecastRules(), description="Forecasts of deals")
    summary: SummaryRules = Field(SummaryRules(), description="Daily summaries")
    funnel: FunnelRules = Field(FunnelRules(), description="The funnel of leads")
    health: HealthRules = Field(HealthRules(), description="The health index")
    grades: GradeRules = Field(GradeRules(), description="Grades and high potential")
    purchase: PurchaseRules = Field(PurchaseRules(), description="Leads that are likely to buy")
    learning: LearningRules = Field(LearningRules(), description="What the models learn, when and from what")
    visits: VisitRules = Field(VisitRules(), description="Doubtful visits")
    notifications: NotificationRules = Field(NotificationRules(), description="Messages to people")
    overrides: tuple[Override, ...] = Field((), description="Other values per industry, region, source or grade")

    @model_validator(mode="after")
    def _resolves(self) -> Self:
        calendars = {**self._sections(), "notifications": self.notifications}
        found = [*_dangling(self.calendars, calendars), *self._override_problems()]
        if found:
            raise RuleBookError(found)
        return self

    def _sections(self) -> dict[str, Section]:
        found = {name: getattr(self, name) for name in type(self).model_fields if name not in EVERYWHERE}
        return {name: section for name, section in found.items() if isinstance(section, Section)}

    def _override_problems(self) -> Iterator[str]:
        sections = self._sections()
        for index, override in enumerate(self.overrides):
            for name in override.set:
                if name not in sections:
                    yield f"overrides.{index}.set.{name}: not a section to override; they are {', '.join(sections)}"
        for name in sections:
            try:
                combinations = layers(self.overrides, name)
            except ValueError as error:
                yield f"overrides: {error}"
                continue
            yield from self._combination_problems(name, combinations)

    def _combination_problems(self, name: str, combinations: list[tuple[int, ...]]) -> Iterator[str]:
        failed: list[set[int]] = []
        for combination in sorted(combinations, key=len):
            if any(former <= set(combination) for former in failed):
                continue  # what is wrong alone is said once
            problems = self._layer_problems(name, combination)
            if problems:
                failed.append(set(combination))
            yield from problems

    def _layer_problems(self, name: str, combination: tuple[int, ...]) -> list[str]:
        where = "overrides." + "+".join(map(str, combination)) + f".set.{name}"
        try:
            section = self._layered(name, combination)
        except ValidationError as error:
            return problems_of(error, where)
        return _dangling(self.calendars, {where: section})

    def _layered(self, name: str, combination: tuple[int, ...]) -> Section:
        section: Section = getattr(self, name)
        changed = layered(section.model_dump(mode="json"), name, (self.overrides[index] for index in combination))
        return type(section).model_validate(changed)

    @cached_property
    def document(self) -> str:
        """The canonical JSON: keys sorted, defaults written out."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode()

    @cached_property
    def version(self) -> str:
        """`name@` and 12 hex digits of the content."""
        return f"{self.name}@{blake2b(self.document.encode(), digest_size=6).hexdigest()}"

    @cached_property
    def _mentioned(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(values) for values in mentioned(self.overrides).values())

    @cached_property
    def _resolved(self) -> dict[Key, "RuleBook"]:
        return {}

    def overridden(self, section: str) -> bool:
        """Return whether a section may be another for some leads."""
        return any(section in override.set for override in self.overrides)

    def for_(
        self,
        industry: str | None = None,
        region: str | None = None,
        source: str | None = None,
        grade: str | None = None,
    ) -> "RuleBook":
        """Return the rules for a lead of this industry, region, source and grade: this book with overrides merged in.

        Quick: without overrides it is the book itself, else a look-up. The result is for reading rules only; the
        version that signals carry is that of the whole book.
        """
        if not self.overrides:
            return self
        industries, regions, sources, grades = self._mentioned
        key = Key(
            industry if industry in industries else None,
            region if region in regions else None,
            source if source in sources else None,
            grade if grade in grades else None,
        )
        found = self._resolved.get(key)
        if found is None:
            found = self._resolved[key] = self._resolve(key)
        return found

    def _resolve(self, key: Key) -> "RuleBook":
        fitting = tuple(index for index, override in enumerate(self.overrides) if override.when.fits(key))
        whole = {name: getattr(self, name) for name in type(self).model_fields}
        for name in self._sections():
            touching = tuple(index for index in fitting if name in self.overrides[index].set)
            if touching:
                whole[name] = self._layered(name, touching)
        return RuleBook.model_construct(**{**whole, "overrides": ()})


def _dangling(calendars: Mapping[str, Any], sections: Mapping[str, Section]) -> list[str]:
    """Return the references that lead nowhere: calendars that the book does not have."""
    problems = [] if "default" in calendars else ["calendars: `default` is missing; rules that name none refer to it"]
    for name, section in sections.items():
        calendar = getattr(section, "calendar", None)
        if calendar is not None and calendar not in calendars:
            problems.append(f"{name}.calendar: there is no calendar {calendar!r}; there are {', '.join(calendars)}")
    return problems


def load_rule_book(text: str) -> RuleBook:
    """Read a rule book from YAML (or JSON, which is YAML). Raises RuleBookError with every problem found."""
    try:
        raw = load(text)
    except yaml.YAMLError as error:
        raise RuleBookError([f"not YAML: {where_and_what(error)}"]) from error
    if not isinstance(raw, dict):
        raise RuleBookError(["the document must be a mapping of sections, such as `followup:`"])
    try:
        return RuleBook.model_validate(raw)
    except ValidationError as error:
        raise RuleBookError(problems_of(error)) from error
