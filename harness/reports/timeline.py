"""Draw a scenario as a sequence diagram in text: a column for each role, a row for each step, arrows where values go over. Runs nothing."""

from collections.abc import Iterator, Sequence
from shlex import quote

from rich.text import Text

from harness.records.plan import NETWORK_ROLE, Plan, Step
from harness.reports.counting import several
from harness.reports.terminal import Page, Part, assemble, wrapped
from harness.reports.wording import expectation_words

NARROWEST_COLUMN = 26


class Diagram:
    """Lays out the rows of one plan on a page. With too little room for a column each, roles are named in front of their calls."""

    def __init__(self, page: Page, plan: Plan) -> None:
        self.page = page
        self.plan = plan
        self.roles = list(plan.roles)
        self.line, self.right, self.left = ("│", "▶", "◀") if page.signs else ("|", ">", "<")
        self.rule = ("─" if page.signs else "-") * 3
        self.number_width = len(str(len(plan.steps))) + 1
        room = page.width - self.number_width - 1 - 3 * (len(self.roles) - 1)
        self.column = room // max(len(self.roles), 1)
        self.stacked = self.column < NARROWEST_COLUMN and len(self.roles) > 1
        if self.stacked:
            self.column = page.width - self.number_width - 1

    def titles(self) -> None:
        """The names of the roles."""
        if self.stacked:
            return
        cells = [assemble([(role + (f" ({count} at once)" if count > 1 else ""), "bold")]) for role, count in self.plan.roles.items()]
        self._row(Text(""), cells)

    def step(self, step: Step) -> None:
        """The call, in the column of its role; what happens to the network between them, across all columns."""
        if step.role == NETWORK_ROLE:
            number = str(step.call.n + 1).rjust(self.number_width)
            self.page.line((number, "dim"), " ", (f"{self.rule} network: {step.text} {self.rule}", "yellow"))
            return
        call = _call_parts(step)
        if self.stacked:
            call = [(f"{step.role}: ", "cyan"), *call]
        self._in_column(step, assemble([(str(step.call.n + 1), "dim")]), assemble(call))

    def hand_over(self, step: Step) -> None:
        """What goes over to another role after a step."""
        for names, role in self._gifts(step):
            self._gift(step, names, role)

    def left_out(self, numbers: Sequence[int]) -> None:
        """Steps of further rounds of a repetition, which are not drawn."""
        if numbers:
            span = f"{numbers[0] + 1} to {numbers[-1] + 1}" if len(numbers) > 1 else f"{numbers[0] + 1}"
            self.page.line((f"further rounds: {several(len(numbers), 'step')}, {span}", "dim"), indent=self.number_width + 1)

    def below(self, step: Step, *parts: Part) -> None:
        """Something about a step, under it in the same column."""
        if step.role == NETWORK_ROLE:
            self.page.line(*parts, indent=self.number_width + 3)
            return
        self._in_column(step, Text(""), assemble(parts), indent=2)

    def _in_column(self, step: Step, number: Text, content: Text, indent: int = 0) -> None:
        own = 0 if self.stacked else self.roles.index(step.role)
        pieces = wrapped(content, self.column - indent, 2)
        for position, piece in enumerate(pieces):
            cell = Text(" " * (indent + (2 if position else 0))) + piece
            blank: list[Text] = [Text("")] * (1 if self.stacked else len(self.roles))
            blank[own] = cell
            self._row(number if position == 0 else Text(""), blank)

    def _row(self, number: Text, cells: Sequence[Text], separators: Sequence[Part] = ()) -> None:
        row = Text(" " * (self.number_width - number.cell_len)) + number + Text(" ")
        for position, cell in enumerate(cells):
            if position:
                row += assemble([separators[position - 1] if separators else (f" {self.line} ", "dim")])
            row += cell + Text(" " * max(self.column - cell.cell_len, 0))
        self.page.text(row)

    def _gifts(self, step: Step) -> list[tuple[list[str], str]]:
        """Names that this step sets and other roles read later, by role."""
        found: dict[str, list[str]] = {}
        for name in step.export:
            for later in self.plan.steps[step.call.n + 1 :]:
                if later.role != step.role and name in later.reads and name not in found.setdefault(later.role, []):
                    found[later.role].append(name)
        return [(names, role) for role, names in found.items() if names]

    def _gift(self, step: Step, names: list[str], role: str) -> None:
        words = ", ".join(names)
        if self.stacked or len(self.roles) != 2:
            self.below(step, (f"{words} {self.right} {role}", "dim"))
            return
        if self.roles.index(step.role) == 0:
            cell = assemble([(words, "dim")])
            cell = Text(" " * max(self.column - cell.cell_len, 0)) + cell
            self._row(Text(""), [cell, Text("")], [(f" {self.line}{self.right}", "dim")])
        else:
            self._row(Text(""), [Text(""), assemble([(words, "dim")])], [(f"{self.left}{self.line} ", "dim")])


def repeated_steps(plan: Plan) -> frozenset[int]:
    """Numbers of the steps that a repetition makes again: an earlier one is written at the same place."""
    first: dict[tuple[int, int], int] = {}
    for step in plan.steps:
        first.setdefault((step.place.line, step.place.column), step.call.n)
    return frozenset(step.call.n for step in plan.steps if first[step.place.line, step.place.column] != step.call.n)


def _call_parts(step: Step) -> list[Part]:
    if step.call.kind == "background":
        return [step.text, (f"  in the background: {step.call.job}", "dim")]
    return [step.text]


def print_head(page: Page, plan: Plan) -> None:
    """What a scenario is about."""
    page.line((plan.id, "bold"), (f"  {plan.file}", "dim"), hang=2)
    page.line(plan.title, hang=2)
    page.blank()
    for paragraph in plan.about.strip().split("\n"):
        page.line(paragraph)
    facts = [("see", plan.see), ("needs", [need.text for need in plan.needs]), ("tags", plan.tags)]
    if plan.own_process:
        facts.append(("process", ["its own"]))
    page.blank()
    page.table([[(word, "dim"), ", ".join(items)] for word, items in facts if items])
    page.blank()


def print_plan(page: Page, plan: Plan) -> None:
    """A scenario as it is meant: its steps, and what each must do; of a repetition the first round."""
    print_head(page, plan)
    diagram = Diagram(page, plan)
    diagram.titles()
    for step in drawn(diagram, repeated_steps(plan)):
        diagram.step(step)
        _expectations(diagram, step)
        diagram.hand_over(step)
    page.blank()
    page.whole((f"{several(len(plan.steps), 'step')}; play it: sockmatrix run -k {quote('id:' + plan.id)}", "dim"))


def drawn(diagram: Diagram, without: frozenset[int]) -> Iterator[Step]:
    """The steps to draw; those `without` are told in between, by their number only."""
    skipped: list[int] = []
    for step in diagram.plan.steps:
        if step.call.n in without:
            skipped.append(step.call.n)
            continue
        diagram.left_out(skipped)
        skipped.clear()
        yield step
    diagram.left_out(skipped)


def _expectations(diagram: Diagram, step: Step) -> None:
    for words in expectation_words(step.expect):
        diagram.below(step, (words, "green"))
    for variation in step.varies:
        departure = ", ".join(expectation_words(variation.expect)) or "no exception"
        diagram.below(step, (f"where {variation.when}: ", "cyan"), (departure, "green"))
        diagram.below(step, (f"because {variation.because} ({', '.join(variation.see)})", "dim"))
