"""Places and parts that several reports share."""

import pytest
from msgspec import structs

from harness.reports.material import address_of, is_explained, loud_groups, material_of, place_words, short_file
from tests.reports.making import NEW, OTHER, REFUSED, TARGETS, plan_of, refused_on, run_of, small_run


@pytest.mark.parametrize(
    ("file", "short"),
    [
        ("scenarios/tcp/greeting.yaml", "scenarios/tcp/greeting.yaml"),
        ("../mine/tcp/greeting.yaml", "../mine/tcp/greeting.yaml"),
        ("/home/me/project/scenarios/tcp/greeting.yaml", "scenarios/tcp/greeting.yaml"),
        ("C:/project/scenarios/tcp/greeting.yaml", "scenarios/tcp/greeting.yaml"),
        ("/tcp/greeting.yaml", "tcp/greeting.yaml"),
        ("/elsewhere/other.yaml", "/elsewhere/other.yaml"),
    ],
)
def test_a_file_is_named_without_the_folders_of_one_machine(file: str, short: str) -> None:
    assert short_file(file, "tcp/greeting[case]") == short


def test_a_place_has_its_line_if_there_is_one() -> None:
    assert place_words("scenarios/tcp/a.yaml", "tcp/a", 7) == "scenarios/tcp/a.yaml:7"
    assert place_words("scenarios/tcp/a.yaml", "tcp/a", 0) == "scenarios/tcp/a.yaml"


def test_a_difference_is_explained_by_causes_or_by_a_documented_reason() -> None:
    (group,) = loud_groups(material_of(small_run()).summary)
    assert is_explained(group)
    (difference,) = group.differences
    unknown = structs.replace(difference, behaviours=tuple(structs.replace(each, cause="") for each in difference.behaviours))
    assert not is_explained(structs.replace(group, differences=(unknown,)))
    assert is_explained(structs.replace(group, differences=(structs.replace(unknown, because="so it is"),)))


def test_quiet_kinds_are_left_to_who_asks_for_them() -> None:
    run = run_of([refused_on(NEW), refused_on(OTHER, message="refused, sorry")], [plan_of(REFUSED, "connect/refused")], targets=TARGETS[1:])
    assert loud_groups(material_of(run).summary) == ()


MAIN = "https://example.org/blob/main"


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("scenarios/tcp/greeting.yaml", f"{MAIN}/scenarios/tcp/greeting.yaml#L3"),
        ("/home/me/scenarios/tcp/greeting.yaml", f"{MAIN}/scenarios/tcp/greeting.yaml#L3"),
        ("my scenarios/a#b?c/%2e%2e/x.yaml", f"{MAIN}/my%20scenarios/a%23b%3Fc/%252e%252e/x.yaml#L3"),
        ("a\\..\\b.yaml", f"{MAIN}/a%5C..%5Cb.yaml#L3"),
        ("../../../../evil/repo/blob/main/x.yaml", ""),
        ("scenarios/../../x.yaml", ""),
        ("scenarios//x.yaml", ""),
        ("/elsewhere/x.yaml", ""),
        ("/a/../../tcp/greeting.yaml", ""),
    ],
)
def test_a_file_is_a_link_only_where_it_leads_into_the_repository(file: str, address: str) -> None:
    assert address_of(MAIN, file, "tcp/greeting", 3) == address
    assert address_of("", file, "tcp/greeting", 3) == ""
