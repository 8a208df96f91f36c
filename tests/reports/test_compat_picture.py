"""The picture for READMEs: well-formed, told in words too, and harmless."""

from xml.etree import ElementTree

from harness.compat.records import CompatData
from harness.reports.compat_picture import picture
from tests.comparing.telling import seen
from tests.compat.showing import data, scenario, target

SVG = "{http://www.w3.org/2000/svg}"
HTONS = scenario("- a: socket.htons(1)\n  returns: 256")
OLD, NEW, OTHER = target("cpython-2.7.18"), target("cpython-3.8.18", "htons", "create_server"), target("pypy-3.9.16", "htons")
DATA = data([OLD, NEW, OTHER], (HTONS, [None, [seen(0, 256)], [seen(0, 1)]]))


def drawn(data_: CompatData, *names: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture(data_, names or list(data_.features)))


def titles(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}title")]


def test_each_cell_says_what_it_shows() -> None:
    told = titles(drawn(DATA, "socket.htons"))
    assert told[0] == "Python's socket API on 3 versions of 2 families"
    assert told[4:7] == [
        "socket.htons, cpython-linux-glibc 2.7.18: lacks it",
        "socket.htons, cpython-linux-glibc 3.8.18: has it, no difference from the newest CPython was seen",
        "socket.htons, pypy-linux-glibc 3.9.16: 1 difference from the newest CPython",
    ]


def test_what_is_the_same_everywhere_is_not_shown() -> None:
    assert not [each for each in titles(drawn(DATA)) if each.startswith("socket.timeout")]


def test_it_is_told_in_words_too() -> None:
    description = drawn(DATA, "socket.create_server").find(f"{SVG}desc")
    assert description is not None
    assert description.text == "socket.create_server is lacking on cpython-linux-glibc 2.7.18, pypy-linux-glibc 3.9.16."


def test_it_holds_no_script_and_asks_no_network() -> None:
    text = picture(DATA, list(DATA.features))
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_names_from_targets_are_text() -> None:
    strange = data([target("cpython-2.7.18", libc="<b>&\u202e"), NEW], (HTONS, [None, [seen(0, 256)]]))
    text = picture(strange, ["socket.htons"])
    assert "cpython-linux-&lt;b&gt;&amp;\\u202e" in text
    assert ElementTree.fromstring(text) is not None
    assert "<b>" not in text
    assert "\u202e" not in text


def test_a_picture_of_nothing_is_a_picture() -> None:
    assert titles(drawn(data([OLD])))[0] == "Python's socket API on 1 version of 1 family"
