"""How the interpreters of images are named as targets."""

from harness.images.inventory import Seen, Status
from harness.images.naming import rows
from harness.images.registry import Debian, Image, Interpreter, Pyenv

RECIPE = Debian("sid", ("netbase",))
ONE = Image("one", "One", "built", "sockmatrix/one", "musl", interpreters=(Interpreter("/opt/python/bin/python3", "3.11"),), recipe=RECIPE)
TWO = Image(
    "two", "Two", "built", "sockmatrix/two", "glibc", "s390x", (Interpreter("/a/python3", "3.9"), Interpreter("/a/pypy", "2.7", "pypy")),
    recipe=RECIPE, ci=True,
)  # fmt: skip
TOOLS = Image("tools", "Tools", "built", "sockmatrix/tools", "glibc", role="tools", programs=(("/bin/ip", "-V"),), recipe=RECIPE)
PYTHONS = Image("pythons", "Many", "built", "sockmatrix/pythons", "glibc", recipe=Pyenv("bookworm", ()))


def absent(image: Image) -> Status:
    return Status(image.name, image.image, image.family, "absent")


def test_a_path_is_named_only_where_there_are_several() -> None:
    found = rows([ONE, TWO], [absent(ONE), absent(TWO)])
    assert [(row.target, row.python, row.implementation, row.libc, row.architecture, row.ci) for row in found] == [
        ("docker:sockmatrix/one", "3.11", "cpython", "musl", "amd64", False),
        ("docker:sockmatrix/two@/a/python3", "3.9", "cpython", "glibc", "s390x", True),
        ("docker:sockmatrix/two@/a/pypy", "2.7", "pypy", "glibc", "s390x", True),
    ]


def test_tools_are_no_target() -> None:
    assert rows([TOOLS], [absent(TOOLS)]) == ()


def test_what_was_seen_is_told_where_it_is_known() -> None:
    seen = (Seen("/opt/python/bin/python3", "3.11.2", "cpython", "little", 64),)
    (row,) = rows([ONE], [Status("one", "sockmatrix/one", "built", "present", interpreters=seen)])
    assert (row.python, row.state) == ("3.11.2", "present")


def test_an_image_of_the_machines_pythons_has_those_that_it_was_built_with() -> None:
    seen = tuple(Seen(f"/usr/local/bin/python{version}", f"{version}.1", "cpython", "little", 64) for version in ("2.7", "3.8"))
    found = rows([PYTHONS], [Status("pythons", "sockmatrix/pythons", "built", "stale", interpreters=seen)])
    assert [(row.target, row.python) for row in found] == [
        ("docker:sockmatrix/pythons@/usr/local/bin/python2.7", "2.7.1"),
        ("docker:sockmatrix/pythons@/usr/local/bin/python3.8", "3.8.1"),
    ]
