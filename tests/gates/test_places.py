"""Lines of the tables of a list in a TOML file."""

from harness.gates.places import places


def test_each_table_has_its_line_and_those_of_its_keys() -> None:
    text = 'targets = []\n\n[[known]]\nscenario = "a"\nwhen = "b"\n\n# more\n[[known]]\nscenario = "c"\n'
    assert places(text, "known") == [{"": 3, "scenario": 4, "when": 5}, {"": 8, "scenario": 9}]


def test_other_tables_are_passed_over() -> None:
    text = "[[ci.jobs]]\nx = 1\n[[ tool.sockmatrix . known ]]\nx = 1\n[other]\ny = 2\n"
    assert places(text, "tool.sockmatrix.known") == [{"": 3, "x": 4}]


def test_a_header_inside_a_text_is_none() -> None:
    text = '[[known]]\nreason = """\n[[known]]\nsee = 1\n"""\nkind = "skip"\n'
    assert places(text, "known") == [{"": 1, "reason": 2, "kind": 6}]


def test_a_list_over_several_lines_is_no_table() -> None:
    text = 'x = [\n  [1],\n]\n[[known]]\nverdicts = [\n  "fail",\n]\nrate = 1\n'
    assert places(text, "known") == [{"": 4, "verdicts": 5, "rate": 8}]


def test_lines_may_end_as_on_windows() -> None:
    assert places("x = 1\r\n[[known]]\r\nkind = 1\r\n", "known") == [{"": 2, "kind": 3}]


def test_a_list_in_one_line_has_no_places() -> None:
    assert places('known = [{scenario = "a"}]\n', "known") == []
