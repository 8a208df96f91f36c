"""The badge and the matrix: honest colours, shapes beside them, words for who does not see them, and nothing to load."""

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from msgspec import structs

from harness.records.observation import VERDICTS, Trouble
from harness.reports.material import material_of
from harness.reports.pictures import GREEN, GREY, RED, SHAPES, badge, matrix
from harness.runs.folder import Run
from tests.reports.hostile import hostile
from tests.reports.making import (
    GREETING,
    NEW,
    OLD,
    OTHER,
    REFUSED,
    TARGETS,
    greeted_on,
    paired_run,
    plan_of,
    refused_on,
    run_of,
    small_run,
    troubled,
)

SVG = "{http://www.w3.org/2000/svg}"
PLANS = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]


def unplayed() -> Run:
    return run_of([troubled("connect/refused", REFUSED, NEW, Trouble("unsupported", "needs unix"))], PLANS[:1], targets=TARGETS[1:2])


def bad(*, complete: bool = True) -> Run:
    cells = [refused_on(OLD), refused_on(NEW, "fail"), refused_on(OTHER)]
    return run_of(cells, PLANS[: 1 if complete else 2], complete=complete)


@pytest.mark.parametrize(
    ("run", "message", "colour"),
    [
        (small_run(), "3 as expected on 3 targets", GREEN),
        (bad(), "1 of 3 red", RED),
        (bad(complete=False), "4 of 6 red, run incomplete", RED),
        (unplayed(), "nothing was played", GREY),
        (run_of([refused_on(target.id) for target in TARGETS], PLANS[:1], complete=False), "run not closed", GREY),
    ],
    ids=["good", "bad", "interrupted", "unplayed", "not closed"],
)
def test_a_badge_is_green_only_where_all_is_well(run: Run, message: str, colour: str) -> None:
    root = ElementTree.fromstring(badge(material_of(run)))
    assert root.findtext(f"{SVG}title") == root.attrib["aria-label"] == f"sockmatrix: {message}"
    assert [rect.attrib["fill"] for rect in root.iter(f"{SVG}rect") if "fill" in rect.attrib] == ["#3c4148", colour]
    assert [text.text for text in root.iter(f"{SVG}text")] == ["sockmatrix", message]


def contrast(one: str, other: str) -> float:
    lights = sorted((brightness(one), brightness(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def brightness(colour: str) -> float:
    whole = colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])
    shares = [int(whole[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [GREEN, RED, GREY, "#3c4148"])
def test_white_letters_can_be_read_on_every_colour(colour: str) -> None:
    assert contrast(colour, "#ffffff") > 4.5


def test_every_shape_can_be_told_from_its_ground_in_both_lights() -> None:
    style = ElementTree.fromstring(matrix(material_of(small_run()))).findtext(f"{SVG}style") or ""
    pairs = re.findall(r"fill:(#\w+)\}\.\w+\+\.s\{stroke:(#\w+)\}", style)
    assert len(pairs) == 7
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def words_of(root: Element) -> list[str]:
    return [use.attrib["href"].removeprefix("#") for use in root.iter(f"{SVG}use")]


def test_a_square_for_each_area_and_target_and_a_legend() -> None:
    root = ElementTree.fromstring(matrix(material_of(bad(complete=False))))
    assert words_of(root) == ["pass", "fail", "pass", "missing", "missing", "missing", "pass", "fail", "missing"]
    assert [text.text for text in root.iter(f"{SVG}text")] == [OLD, NEW, OTHER, "connect", "tcp", "pass", "fail", "missing"]
    assert root.findtext(f"{SVG}title") == "Sockmatrix: 1 fail, 3 without a result in 6 cells"
    assert root.findtext(f"{SVG}desc") == (
        "2 × 3, areas of scenarios down, targets across. Not as expected: connect, cpython-3.12.1: 1 fail; tcp, cpython-2.7.18:"
        " 1 without a result; tcp, cpython-3.12.1: 1 without a result; tcp, pypy-3.9.16: 1 without a result."
    )


def test_pairs_are_drawn_as_who_served_whom() -> None:
    root = ElementTree.fromstring(matrix(material_of(paired_run())))
    assert words_of(root) == ["pass", "pass", "fail", "missing", "pass", "fail", "missing"]
    assert [text.text for text in root.iter(f"{SVG}text")][:4] == [OLD, NEW, OLD, NEW]
    assert (root.findtext(f"{SVG}desc") or "").startswith(
        "2 × 2, servers down, clients across. Not as expected: cpython-3.12.1, cpython-2.7"
    )


def test_two_networks_are_two_grids_with_a_heading_each() -> None:
    run = paired_run()
    slow = tuple(structs.replace(each, id=f"{each.id}+slow", network="slow") for each in run.header.targets)
    both = run_of(list(run.results.values()), PLANS[1:], targets=(*run.header.targets, *slow))
    root = ElementTree.fromstring(matrix(material_of(both)))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert [text for text in texts if text and "servers" in text] == [
        "servers down, clients across",
        "servers down, clients across on the network slow",
    ]


def test_every_word_has_a_shape() -> None:
    assert SHAPES.keys() == {*VERDICTS, "missing"}
    for verdict in VERDICTS:
        cell = structs.replace(refused_on(NEW), verdict=verdict)
        assert words_of(ElementTree.fromstring(matrix(material_of(run_of([cell], PLANS[:1], targets=TARGETS[1:2]))))) == [verdict] * 2


def test_the_picture_is_as_large_as_what_is_on_it() -> None:
    root = ElementTree.fromstring(matrix(material_of(run_of([greeted_on(OLD)], PLANS[1:], targets=TARGETS[:1]))))
    width, height = int(root.attrib["width"]), int(root.attrib["height"])
    for group in root.iter(f"{SVG}g"):
        if "transform" in group.attrib:
            x, y = map(int, re.findall(r"\d+", group.attrib["transform"]))
            assert x + 20 <= width
            assert y + 20 <= height


def test_nothing_is_loaded_and_nothing_that_targets_say_is_markup() -> None:
    for picture in (badge(hostile()), matrix(hostile())):
        root = ElementTree.fromstring(picture)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            "svg", "title", "desc", "style", "defs", "g", "rect", "clipPath", "text", "use", "path", "circle",
        }  # fmt: skip
        names = {name for element in root.iter() for name in element.attrib}
        assert not any(name.startswith("on") for name in names)
        assert all(each.attrib["href"].startswith("#") for each in root.iter() if "href" in each.attrib)
        assert b"@import" not in picture
        assert b"url(h" not in picture
