"""The Pythons of pyenv: which are taken, what of them, and what marks a change."""

import os
import tarfile
from pathlib import Path

from harness.images.trees import Tree, find, interpreters, make, pyenv_root, stamp


def make_tree(root: Path, version: str) -> Path:
    """A tree like pyenv's, with what is needed and what is not."""
    tree = root / "versions" / version
    minor = ".".join(version.split(".")[:2])
    library = f"lib/python{minor}"
    for name in ("bin/python", f"{library}/os.py", f"{library}/test/test_os.py", f"{library}/__pycache__/os.pyc", "lib/libpython.a"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(version)
    (tree / "bin/python").chmod(0o755)
    (tree / "bin/python3").symlink_to("python")
    return tree


def test_aliases_environments_and_others_are_not_counted(tmp_path: Path) -> None:
    make_tree(tmp_path, "3.10.1")
    make_tree(tmp_path, "3.9.18")
    (tmp_path / "versions" / "3.9").symlink_to("3.9.18")
    (make_tree(tmp_path, "3.9.17") / "pyvenv.cfg").touch()
    make_tree(tmp_path, "pypy3.10-7.3.12")
    assert [tree.version for tree in find(tmp_path)] == ["3.9.18", "3.10.1"]


def test_where_pyenv_is() -> None:
    assert pyenv_root().is_absolute()


def test_the_newest_of_a_minor_version_has_the_short_name(tmp_path: Path) -> None:
    for version in ("3.8.9", "3.8.18", "3.13.0"):
        make_tree(tmp_path, version)
    assert [(each.path, each.python) for each in interpreters(find(tmp_path))] == [
        (f"{tmp_path}/versions/3.8.9/bin/python", "3.8.9"),
        ("/usr/local/bin/python3.8", "3.8.18"),
        ("/usr/local/bin/python3.13", "3.13.0"),
    ]


def test_a_layer_holds_what_is_needed_at_its_own_path(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, "3.8.18")
    inside = str(tree).lstrip("/")
    with tarfile.open(make(find(tmp_path), tmp_path / "layer.tar")) as tar:
        entries = {entry.name: entry for entry in tar}
    below = [name.removeprefix(f"{inside}/") for name in entries if name.startswith(f"{inside}/")]
    assert below == ["bin", "bin/python", "bin/python3", "lib", "lib/python3.8", "lib/python3.8/os.py"]
    assert entries["usr/local/bin/python3.8"].linkname == f"{tree}/bin/python"
    assert entries[f"{inside}/bin/python3"].linkname == "python"
    assert {entry.uid for entry in entries.values()} == {0}


def test_folders_above_are_open_to_every_user(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_tree(home, "3.8.18")
    home.chmod(0o700)
    with tarfile.open(make(find(home), tmp_path / "layer.tar")) as tar:
        assert tar.getmember(str(home).lstrip("/")).mode == 0o755


def test_a_stamp_changes_with_a_file_and_not_with_what_python_caches(tmp_path: Path) -> None:
    tree = Tree("3.8.18", make_tree(tmp_path, "3.8.18"))
    before = stamp(tree)
    (tree.path / "lib/python3.8/json/__pycache__").mkdir(parents=True)
    (tree.path / "lib/python3.8/__pycache__/re.pyc").touch()
    assert stamp(tree) == before
    os.utime(tree.path / "bin/python", (1, 1))
    assert stamp(tree) != before
