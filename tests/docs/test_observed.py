"""What was seen to differ stands with its scenario, and cannot be taken for markup."""

from pathlib import Path

from harness.compat.records import Behaving, CompatNote
from tools.docs.observed import Observed, observed

NOTE = CompatNote(
    scenario="mine/x",
    step=3,
    line=12,
    text="s.recv(1) | <b>",
    kind="exception",
    behaviours=(
        Behaving("TimeoutError: `timed` out", {"cpython-linux-glibc": ("3.13.0",)}, "python >= 3.10"),
        Behaving("nothing", {"jython-linux": ("2.7.3",)}),
    ),
)


def test_a_scenario_has_what_was_seen() -> None:
    assert Observed({"mine/x": [NOTE]}).lines("mine/x") == [
        "<details>",
        "<summary>Seen to differ in 1 step</summary>",
        "",
        "- <code>s.recv&#40;1&#41; &#124; &#60;b&#62;</code> · exception",
        "  - `python >= 3.10`: <code>TimeoutError&#58; &#96;timed&#96; out</code>",
        "  - not explained: `nothing`",
        "",
        "</details>",
        "",
    ]


def test_another_has_nothing() -> None:
    assert Observed({"mine/x": [NOTE]}).lines("mine/y") == []


def test_without_data_nothing_is_told(tmp_path: Path) -> None:
    assert observed(tmp_path / "compat.json") == Observed({})
