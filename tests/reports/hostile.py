"""A run whose targets say what would harm whoever shows it carelessly."""

from msgspec import structs

from harness.records.run import TargetRecord
from harness.reports.material import Material, material_of
from harness.runs.folder import Run
from tests.reports.making import GREETING, NEW, OLD, REFUSED, facts, greeted_on, plan_of, refused_on, run_of

MEAN = "<script>x</script> | ` \\| *b* @everyone #1 https://evil.example ::error::x %0A ]]> --> \x00\x1b[31m\u202e\ufffe\r\nnext"
"""HTML, table borders, code, mentions, commands of workflows, the ends of comments, and characters that no file should have.

Half a surrogate is not among them: no run can be saved with one, or read.
"""

MEAN_TARGET = "cmd:x|`<b>`,::y"


def hostile_run(text: str = MEAN) -> Run:
    """Two scenarios on two targets, one of them with a mean name."""
    failed = structs.replace(
        refused_on(NEW, "fail"), target=MEAN_TARGET, reason=f"expected {text}, observed {text}", expected=text, observed=text, step=1
    )
    varied = structs.replace(greeted_on(OLD), verdict="variation", reason=text, step=7)
    flaky = structs.replace(greeted_on(NEW), target=MEAN_TARGET, flaky=(f"fail: {text}",))
    targets = (TargetRecord(OLD, text, facts("2.7.18")), TargetRecord(MEAN_TARGET, text, facts("3.12.1")))
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
    return run_of([refused_on(OLD, message=text), failed, varied, flaky], plans, targets=targets)


def hostile(text: str = MEAN) -> Material:
    """The same, ready for reports, with a mean title."""
    return material_of(hostile_run(text), title=text)
