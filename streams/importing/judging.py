"""Judges rows as the event path will: the same decoding, cleansing and resolver, over the library as it stands."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from processors.cleanse import CONTACT_FIELDS
from processors.identity import Subject, leads_in_question, own_lead, resolve
from processors.leads.row import MERGED_INTO
from schemas.identity import EventClaim, IdClaim, IdKey
from schemas.rules.identity import IdentityRules
from sinks.read import LeadRow
from streams.importing.deciding import BAD_DECISION, DECIDED_BEFORE, FILE, LIBRARY, decided_ids, decision_of
from streams.importing.events import Batch, Draft
from streams.importing.known import FullLibrary, Known
from streams.importing.outcomes import (
    CONTRADICTS,
    HELD,
    IMPORTED_BEFORE,
    KEPT,
    NEWER_WINS,
    NO_TELLING,
    VERIFIED,
    Difference,
    Judged,
    alike,
    asks,
)
from streams.importing.placing import Place, Placer
from streams.importing.problems import Said
from streams.importing.seen import Earlier, Seen
from streams.importing.unusable import (
    EXPORTED,
    exported,
    lead_places,
    marked,
    of_nobody,
    unread,
    why_nobody,
    why_refused,
)
from streams.importing.view import (
    View,
    adds_any,
    adds_number,
    numbers_of,
    of_another,
    repeats,
    said_before,
    told,
    with_what_was_read,
)


class Judge:
    """Judges batches of rows in order; what it lets pass is known to the rows after it.

    `library` is only read. `batch` is what made events of the rows, `rules` are those of the workers.
    """

    def __init__(self, library: FullLibrary, batch: Batch, rules: IdentityRules) -> None:
        self._library = library
        self._batch = batch
        self._says_lead = lead_places(batch.columns)
        self._seen = Seen()
        self._known = Known()
        full = rules.resolver == "full"
        self._placer = Placer(library, rules, self._seen.evidence, batch.source, batch.at) if full else None

    def close(self) -> None:
        """Forget what was seen."""
        self._seen.close()

    async def judge(self, drafts: Sequence[Draft]) -> list[Judged]:
        """Return what becomes of each row. Raises SinkUnavailable; the same call can then be made again."""
        if self._placer is None:
            drafts = [draft.alone() for draft in drafts]
        self._known = await self._ask(drafts)
        judged = [with_what_was_read(self._one(draft), draft) for draft in drafts]
        if self._placer is not None:
            self._placer.keep()
        self._seen.keep()
        return judged

    async def _ask(self, drafts: Sequence[Draft]) -> Known:
        usable = [draft for draft in drafts if draft.refusal is None]
        keys = list(dict.fromkeys([known.key for draft in usable for known in draft.ids]))
        events, present, past = await self._library.known([draft.event_id for draft in usable], keys)
        held = dict(present)
        self._seen.look(keys)
        fresh = [draft for draft in usable if draft.event_id not in events]
        decided = await self._decided(fresh, held)
        told = [claim.lead for claim in (*events.values(), *decided.values()) if claim.lead]
        keyed = (known.key for draft in fresh for known in draft.ids)
        wanted = [claim.lead for key in keyed if (claim := held.get(key) or self._seen.claim(key))]
        if self._placer is not None:
            wanted = await self._placer.look(fresh, dict.fromkeys(wanted), past)
            told += await self._placer.name(told)
        named = [lead for draft in fresh if (lead := exported(draft.row.cells, self._says_lead))]
        leads = await self._leads(dict.fromkeys((*wanted, *told, *named)))
        theirs = [
            IdKey(name, lead.fields[name]) for lead in leads.values() for name in CONTACT_FIELDS if name in lead.fields
        ]
        missing = [key for key in theirs if key not in held]
        subjects = [self._subject(draft) for draft in fresh if len(draft.ids) > 1]
        owned = await self._library.identifiers(asked) if (asked := leads_in_question(subjects, held, past)) else {}
        held |= await self._library.lookup(missing) if missing else {}
        return Known(events, held, leads, past, owned, decided)

    async def _decided(self, fresh: Iterable[Draft], held: Mapping[IdKey, IdClaim]) -> dict[str, EventClaim]:
        """Return the decisions on rows by their event ids; nobody decided on a row of which nothing is known."""
        met = [draft.event_id for draft in fresh if any(known.key in held for known in draft.ids)]
        found = (await self._library.known([one for each in met for one in decided_ids(each)], []))[0] if met else {}
        claims = ((each, found.get(one)) for each in met for one in decided_ids(each))
        return {event_id: claim for event_id, claim in claims if claim is not None}

    def _subject(self, draft: Draft) -> Subject:
        return Subject(event_id=draft.event_id, at=self._batch.at, ids=draft.ids)

    async def _leads(self, wanted: Iterable[str]) -> dict[str, LeadRow]:
        """Return rows of leads, and of those that they were merged into."""
        leads: dict[str, LeadRow] = {}
        missing = list(wanted)
        while missing:
            found = await self._library.leads_by_id(missing)
            leads.update(found)
            missing = [into for lead in found.values() if (into := lead.fields.get(MERGED_INTO)) and into not in leads]
        return leads

    def _person(self, lead: str) -> str:
        """Return the lead that the person of a lead goes by."""
        person = self._placer.person(lead) if self._placer is not None else lead
        passed = {lead}
        while (row := self._known.leads.get(person)) is not None and MERGED_INTO in row.fields:
            passed.add(person)
            person = row.fields[MERGED_INTO]
            if person in passed:
                break
        return person

    def _one(self, draft: Draft, *, decided: bool = False) -> Judged:
        row, refusal = draft.row, draft.refusal
        decision = decision_of(self._batch.columns, row.cells) if not decided else None
        if (why := unread(row, self._batch.columns)) is not None:
            return Judged(row, "rejected", why)
        if refusal is not None:
            return Judged(row, "rejected", why_refused(row, self._batch.columns, refusal))
        before = self._known.events.get(draft.event_id)
        if before is not None:  # later rows are compared with it, as they were when it was sent
            person = self._person(before.lead)
            self._seen.take(person, before.lead, [known.key for known in draft.ids], row.line, told(draft))
            return Judged(row, "duplicate", IMPORTED_BEFORE, person or None)
        if (settled := self._known.decided.get(draft.event_id)) is not None:
            return Judged(row, "duplicate", DECIDED_BEFORE, self._person(settled.lead) or None)
        if (whose := self._echoed(draft)) is not None:
            return Judged(row, "duplicate", HELD, whose)
        if (why := self._nobody(draft)) is not None:
            return Judged(row, "rejected", why)
        if decision and decision not in FILE | LIBRARY:
            return Judged(row, "rejected", BAD_DECISION)
        view = self._view(draft)
        if decision in LIBRARY:
            return self._kept(draft, view)
        reason = view.conflict()
        if reason is None and decision == "" and view.differences:
            reason = CONTRADICTS
        if reason is not None and decision not in FILE:
            return Judged(row, "conflict", reason, view.lead, tuple(view.differences), None, draft.event_id)
        return self._passed(draft, view, decision in FILE)

    def _echoed(self, draft: Draft) -> str | None:
        """Return the person of an exported row of which the library holds all: it tells nothing, and is no evidence."""
        if (lead := exported(draft.row.cells, self._says_lead)) is None or not draft.values:
            return None
        if self._masked(draft) and "phone_masked" not in draft.values:  # what was hidden may be anybody's
            return None
        person = self._person(lead)
        stored = self._known.leads.get(person)
        if stored is None or self._seen.lead(person) is not None:
            return None
        further = numbers_of(stored.fields)  # no identifiers, and yet the lead's where one stands first
        keys = [known.key for known in draft.ids if known.key.kind != "phone" or known.key.value not in further]
        claims = [self._known.held.get(key) for key in keys]
        theirs = all(claim is not None and self._person(claim.lead) == person for claim in claims)
        return person if theirs and not adds_any(draft, stored.fields) else None

    def _nobody(self, draft: Draft) -> Said | None:
        """Return why a row is nobody's; None where it is somebody's."""
        cells, columns = draft.row.cells, self._batch.columns
        if self._masked(draft) and exported(cells, self._says_lead) is not None:
            return EXPORTED  # it would come back as somebody new, who may be the same person
        if not draft.ids and not self._evident(draft):
            return NO_TELLING if "phone_masked" in draft.said else why_nobody(cells, columns, draft.unusable)
        by_given = columns.ids and len(draft.given) == len(draft.ids)  # 合计 stands where the ids do
        return of_nobody(cells, columns) if by_given else None

    def _masked(self, draft: Draft) -> bool:
        """Return whether a row without any contact in full has the marks of a masked export."""
        return not draft.ids and not draft.shared and marked(draft.row.cells, self._batch.columns)

    def _evident(self, draft: Draft) -> bool:
        """Return whether a row without identifiers has part of a number or a shared contact, and enough besides."""
        reached = draft.shared or "phone_masked" in draft.said
        return self._placer is not None and bool(reached) and self._placer.tells(draft)

    def _view(self, draft: Draft) -> View:
        ids = [known.key for known in draft.ids]
        held = {key: claim for key in ids if (claim := self._known.held.get(key) or self._seen.claim(key))}
        if not held:
            return self._newcomer(draft, ids)
        resolution = resolve([self._subject(draft)], held, {}, {}, self._known.past)
        own = resolution.leads[0] or own_lead(draft.event_id)
        leads = list(dict.fromkeys(self._person(claim.lead) for claim in held.values()))
        view = self._against(draft, own, self._person(own), leads, resolution.claims)
        if all(key.kind == "phone" for key in held):
            view.differences = [of_another(one) for one in view.differences]
        return view

    def _newcomer(self, draft: Draft, ids: Collection[IdKey]) -> View:
        """Return a row of which no identifier is known: as `_against` would, since nobody has said anything of it."""
        own = own_lead(draft.event_id)
        self._seen.begins(own)
        return View(own, own, ids, None, None, [], draft.values, [], True, False)

    def _against(self, draft: Draft, own: str, lead: str, leads: list[str], claims: Collection[IdKey]) -> View:
        """Return a row beside what library and file say of a person; `leads` are all that its identifiers name."""
        stored, earlier = self._known.leads.get(lead), self._seen.lead(lead)
        values = draft.values
        differences = [self._differing(name, value, lead, stored, earlier) for name, value in values.items()]
        differences += [self._unlike(key, own, earlier) for key in draft.given]
        fields = (stored.fields if stored else {}, earlier.fields if earlier else {})
        present = {**fields[0], **fields[1]}
        repeated = all(repeats(name, value, present, earlier) for name, value in values.items())
        adds = bool(claims) or not repeated or adds_number(draft, *fields)
        different = [one for one in differences if one is not None]
        return View(own, lead, claims, stored, earlier, leads, values, different, adds, bool(leads))

    def _unlike(self, key: IdKey, lead: str, earlier: Earlier | None) -> Difference | None:
        """Return how an id of which a person has one differs from what file or library know of a lead."""
        kind, value = key
        if earlier is not None and kind in earlier.fields:
            other = earlier.fields[kind]
            return Difference(kind, other, value, earlier.line) if other != value else None
        others = [one.value for one in self._known.owned.get(lead, ()) if one.kind == kind]
        return Difference(kind, others[0], value, VERIFIED) if others and value not in others else None

    def _differing(
        self, name: str, value: str, lead: str, stored: LeadRow | None, earlier: Earlier | None
    ) -> Difference | None:
        if earlier is not None and name in earlier.fields:
            other = earlier.fields[name]
            return None if alike(name, other, value) else Difference(name, other, value, earlier.line)
        other = stored.fields.get(name, "") if stored is not None else ""
        if not other or other == value:
            return None
        claim = self._known.held.get(IdKey(name, other))
        verified = claim is not None and claim.verified and claim.lead == lead
        return Difference(name, other, value, VERIFIED if verified else NEWER_WINS)

    def _passed(self, draft: Draft, view: View, taken: bool) -> Judged:
        """Return a row that is sent, unless earlier ones said all of it.

        What the library holds already is sent too: so its event id is known, and the same file, imported again when
        the lead has changed since, changes nothing.
        """
        outcome, reason = view.outcome(taken)
        if outcome == "duplicate" and view.earlier is not None and said_before(draft, view.earlier):
            return Judged(draft.row, outcome, reason, view.lead)
        place = self._placed(draft, view)
        if place is not None and (place.lead, place.person) != (view.own, view.lead):
            known = view.known
            view = self._against(draft, place.lead, place.person, view.leads, view.claims)
            if not known:
                view.known = view.stored is not None or view.earlier is not None or place.person != view.own
                outcome, reason = view.evident() if view.known else (outcome, reason)
        if place is not None and place.questions:
            others = [one.right if one.left == place.lead else one.left for one in place.questions]
            outcome, reason = "review", asks(others)
        verified = frozenset(one.field for one in view.differences) if taken else frozenset()
        record = self._batch.record(draft, verified, view.earlier.rows if view.earlier else 0)
        self._seen.take(view.lead, view.own, view.claims, draft.row.line, told(draft))
        return Judged(draft.row, outcome, reason, view.lead, tuple(view.differences), record)

    def _placed(self, draft: Draft, view: View) -> Place | None:
        if self._placer is None or not self._placer.tells(draft):
            return None
        return self._placer.place(draft, view.own if view.known else None)

    def _kept(self, draft: Draft, view: View) -> Judged:
        """Return a row without what the library knows otherwise, as a person decided."""
        foreign = {
            key.kind
            for key in (known.key for known in draft.ids)
            if (claim := self._known.held.get(key)) is not None and self._person(claim.lead) != view.lead
        }
        dropped = foreign | {one.field for one in view.differences}
        rest = self._batch.draft(draft.row, dropped)
        if rest.refusal is not None or not (rest.ids or rest.shared):
            return Judged(draft.row, "duplicate", KEPT, view.lead)
        judged = self._one(rest, decided=True)
        return Judged(draft.row, judged.outcome, KEPT, judged.lead, judged.differences, judged.record)
