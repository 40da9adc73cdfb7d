"""What a slice of the event path sees of people: who is part of whom, and what persons said of it and are asked."""

from collections.abc import Collection

from schemas.evidence import Answer, Membership, Question

Pair = tuple[str, str]


def paired(left: str, right: str) -> Pair:
    """Return two names, the lesser first."""
    return (left, right) if left < right else (right, left)


class Members:
    """People by lead, their leads, answers, open questions and closed ones by pairs of leads."""

    def __init__(self) -> None:
        self.people: dict[str, Membership] = {}
        self.members: dict[str, dict[str, None]] = {}
        self.answers: dict[Pair, Answer] = {}
        self.answered: dict[str, dict[str, None]] = {}
        self.questions: dict[Pair, Question] = {}
        self.closed: dict[Pair, Question] = {}
        self._asked: dict[str, dict[Pair, None]] = {}

    def person(self, lead: str) -> str:
        """Return the person that a lead is part of."""
        member = self.people.get(lead)
        return member.person if member is not None else lead

    def move(self, member: Membership) -> None:
        """Note of which person a lead is part."""
        self.members.get(self.person(member.lead), {}).pop(member.lead, None)
        self.people[member.lead] = member
        self.members.setdefault(member.person, {})[member.lead] = None

    def beside(self, lead: str) -> set[str]:
        """Return the leads that are the same person as one, or were said to be, or not to be, or are asked about."""
        person = self.person(lead)
        beside = {person, *self.members.get(person, ())}
        beside.update(
            other for other in self.answered.get(lead, ()) if self.answers[paired(lead, other)] != "withdrawn"
        )
        for pair in self._asked.get(lead, ()):
            if pair in self.questions:
                beside.update(pair)
        return beside

    def answer(self, left: str, right: str, answer: Answer) -> None:
        """Note what a person said of two leads."""
        self.answers[left, right] = answer
        for one, other in ((left, right), (right, left)):
            self.answered.setdefault(one, {})[other] = None

    def ask(self, question: Question) -> None:
        """Note an open question."""
        pair = (question.left, question.right)
        self.questions[pair] = question
        for lead in pair:
            self._asked.setdefault(lead, {})[pair] = None

    def asked(self, leads: Collection[str]) -> list[Pair]:
        """Return the pairs among some leads about which a question is open."""
        found = [self._asked[lead] for lead in leads if lead in self._asked]
        inside = frozenset(leads) if found else frozenset()
        pairs = dict.fromkeys(pair for each in found for pair in each)
        return [pair for pair in pairs if pair in self.questions and inside.issuperset(pair)]
