"""Files and folders become one sorted library; whatever lies there, nothing raises and nothing hangs."""

import os
from pathlib import Path

import pytest

from harness.language import library
from harness.language.library import load
from tests.language.writing import GREETING


def write(folder: Path, *names: str, text: str = GREETING) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def ids(*paths: Path) -> list[str]:
    found = load(paths, cache=False)
    assert found.mistakes == ()
    return [plan.id for plan in found.plans]


def messages(folder: Path, *paths: Path) -> list[str]:
    """Mistakes under paths, without the folder's name."""
    found = load(paths, cache=False)
    assert found.plans == ()
    return [str(mistake).replace(f"{folder.as_posix()}/", "") for mistake in found.mistakes]


def test_an_id_is_the_path_below_the_folder_scenarios(tmp_path: Path) -> None:
    root = tmp_path / "scenarios"
    write(root, "tcp/close.yaml", "tcp/shutdown/half.yaml", "udp/send.yaml")
    everything = ["tcp/close", "tcp/shutdown/half", "udp/send"]
    assert ids(root) == ids(tmp_path) == everything
    assert ids(root / "tcp") == ids(root / "tcp" / "shutdown", root / "tcp" / "close.yaml") == everything[:2]
    assert ids(root / "tcp", root, root / "udp" / "send.yaml") == everything


def test_elsewhere_an_id_is_the_path_below_the_given_folder(tmp_path: Path) -> None:
    write(tmp_path / "mine", "tcp/close.yaml", "top.yaml")
    assert ids(tmp_path / "mine") == ["mine/top", "tcp/close"]
    assert ids(tmp_path / "mine" / "tcp" / "close.yaml") == ["tcp/close"]
    assert ids(tmp_path / "mine" / "tcp") == ["tcp/close"]


def test_a_file_is_named_as_the_user_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "scenarios/tcp/close.yaml")
    monkeypatch.chdir(tmp_path)
    assert [plan.file for plan in load([Path("scenarios")], cache=False).plans] == ["scenarios/tcp/close.yaml"]


def test_two_files_cannot_have_one_id(tmp_path: Path) -> None:
    write(tmp_path, "a/tcp/close.yaml", "b/tcp/close.yaml")
    found = load([tmp_path / "a", tmp_path / "b"], cache=False)
    assert [plan.file for plan in found.plans] == [(tmp_path / "a/tcp/close.yaml").as_posix()]
    assert [str(mistake).replace(f"{tmp_path.as_posix()}/", "") for mistake in found.mistakes] == [
        "b/tcp/close.yaml: has the same id 'tcp/close' as a/tcp/close.yaml; rename one of them"
    ]


def test_a_file_with_mistakes_gives_no_plans_and_the_others_do(tmp_path: Path) -> None:
    write(tmp_path, "tcp/a.yaml", "tcp/b.yaml")
    write(tmp_path, "tcp/c.yaml", text=GREETING.replace("returns: 23", "retuns: 23"))
    found = load([tmp_path], cache=False)
    assert [plan.id for plan in found.plans] == ["tcp/a", "tcp/b"]
    assert [str(mistake).replace(f"{tmp_path.as_posix()}/", "") for mistake in found.mistakes] == [
        "tcp/c.yaml:14:5: unknown key 'retuns'; did you mean 'returns'?"
    ]


def test_what_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    write(folder, "empty.yaml", text="")
    write(folder, "other.yml", "sp ace.yaml", "[x].yaml")
    (folder / "binary.yaml").write_bytes(b"title: \0")
    (folder / "latin.yaml").write_bytes(b"title: caf\xe9")
    (folder / "dangling.yaml").symlink_to("nowhere")
    (folder / "loop").symlink_to(folder)
    os.truncate((folder / "empty.yaml"), 0)
    with open(folder / "huge.yaml", "wb") as stream:
        stream.truncate(50_000_000)
    hint = "use letters, digits, '.', '-' and '_' in names of files and folders"
    assert messages(folder, folder) == [
        f"[x].yaml: gives the id 'x/[x]', which cannot be typed safely; {hint}",
        "binary.yaml: is a binary file; a scenario is YAML text in UTF-8",
        "dangling.yaml: is not a regular file",
        "empty.yaml: is empty; a scenario has at least title, about, see and steps",
        "huge.yaml: is larger than 1 MB; make it several files, one topic each",
        "latin.yaml:1:11: byte 0xe9 is not valid UTF-8; save the file in UTF-8",
        "other.yml: is not looked at; scenario files end in .yaml",
        f"sp ace.yaml: gives the id 'x/sp ace', which cannot be typed safely; {hint}",
    ]


def test_a_path_that_leads_nowhere_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert messages(tmp_path, tmp_path / "none", tmp_path / "gone.yaml") == [
        "gone.yaml: no such file or folder; check the spelling and the current folder",
        "none: holds no scenario; scenario files end in .yaml",
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_makes_nobody_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert messages(tmp_path, tmp_path / "pipe.yaml") == ["pipe.yaml: is neither a file nor a folder"]
    assert messages(tmp_path, tmp_path)[0] == "pipe.yaml: is not a regular file"


def test_a_file_may_have_one_megabyte_and_no_more(tmp_path: Path) -> None:
    padding = "# " + "x" * (library.LARGEST - len(GREETING.encode()) - 3) + "\n"
    write(tmp_path, "tcp/full.yaml", text=padding + GREETING)
    assert (tmp_path / "tcp/full.yaml").stat().st_size == library.LARGEST
    assert ids(tmp_path) == ["tcp/full"]
    write(tmp_path, "tcp/full.yaml", text="#" + padding + GREETING)
    assert messages(tmp_path, tmp_path) == ["tcp/full.yaml: is larger than 1 MB; make it several files, one topic each"]


def test_aliases_are_refused_before_they_grow(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a, *a]\n" for n in range(1000))
    write(tmp_path, "tcp/bomb.yaml", text=bomb)
    assert messages(tmp_path, tmp_path) == ["tcp/bomb.yaml:1:4: anchor '&a' is not allowed; a scenario is plain data"]


def test_the_bundled_library_is_beside_the_package_or_in_it() -> None:
    folder = library.bundled()
    assert (folder.name, folder.parent.name) == ("library", "harness") or folder.name == "scenarios"


def test_ids_below_the_bundled_library_are_those_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "library"
    write(folder, "tcp/shutdown/half.yaml")
    monkeypatch.setattr(library, "bundled", lambda: folder)
    assert ids(folder / "tcp" / "shutdown" / "half.yaml") == ids(folder / "tcp") == ["tcp/shutdown/half"]
