"""Facts of several targets at a glance."""

from msgspec import structs

from harness.reports.facts_text import print_facts, shown
from tests.reports.making import facts, paper, printed


def test_each_value_is_shown_once_with_its_targets() -> None:
    page, stream = paper(80)
    print_facts(page, {"a": facts("3.8.18"), "b": facts("3.9.1")}, {"c": "no such file\x07"})
    lines = printed(stream).splitlines()
    assert lines[:4] == [
        "fact                    targets        value",
        "python                  a              3.8.18",
        "                        b              3.9.1",
        "implementation          all 2 targets  cpython",
    ]
    assert lines[-2:] == ["Could not be started", "  c  no such file\\x07"]


def test_values_in_words() -> None:
    one = structs.replace(facts("3.8.18"), names=("accept", "bind"), settings={"b": "2", "a": "1"}, capabilities=())
    assert shown("names", one.names) == "2 names"
    assert shown("settings", one.settings) == "a=1, b=2"
    assert shown("capabilities", one.capabilities) == "none"
    assert shown("ipv4", one.ipv4) == "yes"
    assert shown("kernel", one.kernel) == "not known"
    assert shown("classes", {"OSError": "OSError", "socket.error": "OSError"}) == "socket.error=OSError, and 1 class under their own names"
