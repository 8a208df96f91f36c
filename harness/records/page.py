"""What the HTML page is made of, and what it exports. Texts that occur often are kept once, in a table, and named by their place in it.

Making it is the business of `harness.pages`. Everything in it that came from a target has been made printable.
"""

from msgspec import Struct

from harness.records.comparison import DifferenceKind
from harness.records.gate import KnownState
from harness.records.known import KnownKind
from harness.records.observation import Verdict

PAGE_VERSION = 1

Text = int
"""Place of a text in a table of texts."""
Targets = int
"""Place of a list of targets in a table of such lists."""


class PageLink(Struct, frozen=True, omit_defaults=True):
    """A source that somebody cites."""

    text: str
    """As it is written in a scenario: `posix:recv`."""
    url: str = ""
    """Where it can be read; empty: nowhere on the web."""


class PageTarget(Struct, frozen=True, omit_defaults=True):
    """One target: a column."""

    id: str
    rerun: str
    """Options that make `sockmatrix run` play on it: `-t python3.8`."""
    python: str = ""
    implementation: str = ""
    implementation_version: str = ""
    libc: str = ""
    libc_version: str = ""
    os: str = ""
    network: str = ""
    trouble: str = ""
    """Why it could not be started."""
    facts: tuple[tuple[str, str], ...] = ()
    """Each fact with its value in words."""


class PageScenario(Struct, frozen=True, omit_defaults=True):
    """One scenario: a row."""

    id: str
    title: Text
    verdicts: str
    """One letter a target, in the order of the targets: the first letter of the verdict, `.` where there is no result, `_` where none was
    planned."""
    tags: tuple[Text, ...] = ()
    see: tuple[Text, ...] = ()
    calls: tuple[Text, ...] = ()
    """Names of the functions and methods that it calls."""
    flaky: tuple[int, ...] = ()
    """Places of the targets on which it also ended otherwise."""
    known: tuple[int, ...] = ()
    """Places of the targets on which it is known to depart, and does."""


class PageBehaviour(Struct, frozen=True, omit_defaults=True):
    """Targets that did the same."""

    targets: Targets
    shown: Text
    cause: Text | None = None
    """Absent: not explained."""


class PageDifference(Struct, frozen=True, omit_defaults=True):
    """A step with two or more behaviours."""

    scenario: int
    """Its place in `Page.scenarios`."""
    step: int
    call: Text
    line: int
    behaviours: tuple[PageBehaviour, ...]
    instance: int = 0
    because: Text | None = None
    see: tuple[Text, ...] = ()


class PageGroup(Struct, frozen=True, omit_defaults=True):
    """Differences of one kind that part the targets in the same way."""

    kind: DifferenceKind
    differences: tuple[PageDifference, ...]


class PageRed(Struct, frozen=True, omit_defaults=True):
    """A verdict that makes the run red, with its grounds."""

    scenario: int
    """Its place in `Page.scenarios`."""
    verdict: Verdict
    targets: Targets
    grounds: Text
    step: int | None = None
    call: Text | None = None
    """The step as written, with its role."""
    known: Text | None = None
    """Why it is known; then it does not make the run red."""
    see: Text | None = None
    """Where that is told of."""


class PageKnown(Struct, frozen=True, omit_defaults=True):
    """A known failure, and what became of it."""

    scenario: str
    """An id, or a pattern."""
    when: str
    kind: KnownKind
    state: KnownState
    said: str
    """What it came to, in words."""
    reason: str
    see: str
    place: str = ""


class PageMerge(Struct, frozen=True):
    """Two bunches of targets that become one in the picture of who behaves alike."""

    left: int
    """A target's place; or, from the number of targets on, the merge of that number."""
    right: int
    distance: float
    """In how many steps their members part, on average."""


class PageChunk(Struct, frozen=True, omit_defaults=True):
    """Which scenarios are told in one chunk of details."""

    first: int
    """Place of the first in `Page.scenarios`."""
    count: int


class Page(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that the page's overview shows."""

    page: int
    """Version of this format."""
    sockmatrix: str
    folder: str
    """Name of the run's folder."""
    started: str
    """UTC, ISO 8601."""
    seconds: float = 0.0
    complete: bool
    note: str = ""
    """What is odd about the run as a whole, and what it is a part of, or was merged of."""
    exit_code: int
    meaning: str
    """What the exit code says."""
    aside: str = ""
    """What the run was told to overlook."""
    where: str = ""
    """The query that the page opens with."""
    title: str = ""
    """What the reader knows the run by; empty: nothing beyond the name of the program."""
    source: str = ""
    """Address below which the scenario files can be read on the web; empty: nowhere."""
    own_files: bool = False
    """The scenarios are not those of the library: whoever plays one again names its file."""
    targets: tuple[PageTarget, ...]
    scenarios: tuple[PageScenario, ...]
    red: tuple[PageRed, ...] = ()
    """The gravest first, what is known last."""
    known: tuple[PageKnown, ...] = ()
    """Those that somebody has to do something about come first."""
    groups: tuple[PageGroup, ...]
    """Explained ones with many differences first; quiet kinds last."""
    merges: tuple[PageMerge, ...] = ()
    order: tuple[int, ...] = ()
    """Places of the targets so that those which behave alike are beside each other."""
    left_out: dict[str, int] = {}
    """By target, cells that could not be compared."""
    texts: tuple[str, ...]
    lists: tuple[tuple[int, ...], ...]
    """Lists of targets, by their places."""
    links: dict[str, str] = {}
    """Where each cited source can be read."""
    chunks: tuple[PageChunk, ...]


class PageVariation(Struct, frozen=True, omit_defaults=True):
    """A documented departure."""

    when: Text
    then: Text
    because: Text
    see: tuple[Text, ...] = ()
    observed: bool = True


class PageStep(Struct, frozen=True, omit_defaults=True):
    """One step of the timeline."""

    role: Text
    text: Text
    line: int
    kind: str = "call"
    job: str = ""
    expect: tuple[Text, ...] = ()
    varies: tuple[PageVariation, ...] = ()
    gives: tuple[tuple[str, str], ...] = ()
    """Names that it sets and another role reads, each with that role."""
    again: bool = False
    """A further round of a repetition."""


class PageCamp(Struct, frozen=True):
    """Targets that did the same at a step, to the letter."""

    targets: Targets
    shown: Text


class PageOutcome(Struct, frozen=True, omit_defaults=True):
    """What came of one step for one member of its role."""

    step: int
    camps: tuple[PageCamp, ...]
    instance: int = 0
    seconds: str = ""
    """How long it took, one letter a target: `docs/page.md` says how. A blank: not known."""


class PageVerdict(Struct, frozen=True, omit_defaults=True):
    """Targets with one verdict on the same grounds."""

    targets: Targets
    verdict: Verdict | None = None
    """Absent: no result."""
    grounds: Text | None = None
    step: int | None = None
    ground: str = ""
    """The network on which it was played, where that is not the one its target was given."""
    known: Text | None = None
    """Why it is known that it departs."""
    see: Text | None = None
    """Where that is told of."""


class PageDetails(Struct, frozen=True, omit_defaults=True):
    """One scenario with all that was seen of it."""

    about: Text
    file: str
    needs: tuple[Text, ...]
    roles: dict[str, int]
    steps: tuple[PageStep, ...]
    outcomes: tuple[PageOutcome, ...]
    verdicts: tuple[PageVerdict, ...]
    own_process: bool = False
    flaky: tuple[tuple[int, str], ...] = ()
    """A target's place, and how else it ended there."""
    leaks: tuple[tuple[int, str], ...] = ()
    """A target's place, and what was left open there."""
    reproduction: tuple[Text, ...] = ()
    """The lines of a program that shows what happens; programs have most of their lines in common."""


class PageDetailsChunk(Struct, frozen=True, omit_defaults=True):
    """Details of some scenarios, with tables of their own."""

    scenarios: tuple[PageDetails, ...]
    texts: tuple[str, ...]
    lists: tuple[tuple[int, ...], ...]


class ViewRow(Struct, frozen=True, omit_defaults=True):
    """One row as it was shown."""

    scenario: str
    title: str
    verdicts: dict[str, str]
    """By target, in the order of the columns; `missing` where there is no result."""
    differs: tuple[str, ...] = ()
    """Kinds of the differences that were picked."""
    picked: tuple[str, ...] = ()
    """Targets whose cell was picked."""


class ViewBehaviour(Struct, frozen=True, omit_defaults=True):
    """Targets that did the same."""

    targets: tuple[str, ...]
    shown: str
    cause: str = ""


class ViewDifference(Struct, frozen=True, omit_defaults=True):
    """A difference as it was shown."""

    scenario: str
    step: int
    call: str
    file_line: int
    kind: str
    behaviours: tuple[ViewBehaviour, ...]
    because: str = ""
    see: tuple[str, ...] = ()


class View(Struct, frozen=True, omit_defaults=True):
    """Exactly what the page shows, as its JSON export has it."""

    view: int
    """Version of this format."""
    run: str
    started: str
    query: str
    columns: tuple[str, ...]
    rows: tuple[ViewRow, ...]
    differences: tuple[ViewDifference, ...] = ()
