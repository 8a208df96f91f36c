"""What is concluded from what targets did, and what is not."""

from msgspec import structs

from harness.compat.records import CompatData, Support
from harness.records.observation import Observation
from tests.comparing.telling import raised, seen
from tests.compat.showing import NEW, OLD, data, scenario, target

OPTION = """
- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
- a: s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 1)
"""

REFUSED = """
- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
- a: s.connect((HOST, unused_port()))
  raises: ECONNREFUSED
"""

SOCKET = seen(0, {"socket": 1})


def state(found: CompatData, feature: str) -> str:
    support = found.features[feature].support if feature in found.features else {}
    return support["cpython-linux-glibc"].state if "cpython-linux-glibc" in support else "not known"


def test_a_name_is_there_if_the_target_lists_it() -> None:
    found = data([target(OLD), target(NEW, "create_server", "SO_NEWEST")])
    assert found.features["socket.create_server"].support == {"cpython-linux-glibc": Support("yes", since="3.8.18", without="3.7.16")}
    assert found.features["socket.create_server"].documented == "3.8"
    assert state(found, "socket.send_fds") == "no"


def test_of_a_target_that_lists_no_names_nothing_is_known() -> None:
    silent = target(NEW)
    assert silent.facts is not None
    silent = structs.replace(silent, facts=structs.replace(silent.facts, names=()))
    found = data([silent, target(OLD, "create_server")])
    assert found.features["socket.create_server"].support == {"cpython-linux-glibc": Support("yes", since="3.7.16", unknown=("3.8.18",))}


def test_a_constant_that_nobody_has_met_is_a_feature_and_names_of_other_modules_are_none() -> None:
    found = data([target(NEW, "SO_NEWEST", "EBADF", "CAPI", "StringIO")])
    assert state(found, "socket.SO_NEWEST") == "yes"
    assert not {"socket.EBADF", "socket.CAPI", "socket.StringIO"} & found.features.keys()


def test_an_option_is_there_where_it_was_accepted() -> None:
    have = target(NEW, "SOL_SOCKET", "SO_MARK")
    assert state(data([have], (scenario(OPTION), [[SOCKET, seen(1, None)]])), "SOL_SOCKET/SO_MARK") == "yes"


def test_an_option_is_not_there_where_it_was_refused_or_has_no_name() -> None:
    have = target(NEW, "SOL_SOCKET", "SO_MARK")
    refused = raised(1, "OSError", symbols=("ENOPROTOOPT",), errno=92)
    assert state(data([have], (scenario(OPTION), [[SOCKET, refused]])), "SOL_SOCKET/SO_MARK") == "no"
    assert state(data([target(NEW, "SOL_SOCKET")], (scenario(OPTION), [None])), "SOL_SOCKET/SO_MARK") == "no"


def test_an_option_that_was_never_tried_or_not_allowed_is_not_known() -> None:
    have = target(NEW, "SOL_SOCKET", "SO_MARK")
    assert state(data([have], (scenario(OPTION), [None])), "SOL_SOCKET/SO_MARK") == "not known"
    forbidden = raised(1, "PermissionError", symbols=("EPERM",), errno=1)
    assert state(data([have], (scenario(OPTION), [[SOCKET, forbidden]])), "SOL_SOCKET/SO_MARK") == "not known"


def test_a_level_with_two_names_is_one_option() -> None:
    text = OPTION.replace("SOL_SOCKET, socket.SO_MARK", "SOL_TCP, socket.TCP_NODELAY")
    have = target(NEW, "SOL_TCP", "IPPROTO_TCP", "TCP_NODELAY")
    assert state(data([have], (scenario(text), [[SOCKET, seen(1, None)]])), "IPPROTO_TCP/TCP_NODELAY") == "yes"


def test_an_error_is_given_where_it_was_seen() -> None:
    gave = raised(1, "ConnectionRefusedError", symbols=("ECONNREFUSED",), errno=111)
    assert state(data([target(NEW)], (scenario(REFUSED), [[SOCKET, gave]])), "socket.socket.connect: ECONNREFUSED") == "yes"


def test_an_error_is_not_given_where_a_value_or_another_error_came_of_the_call() -> None:
    for other in (seen(1, None), raised(1, "OSError", symbols=("ENOTCONN",), errno=107)):
        assert state(data([target(NEW)], (scenario(REFUSED), [[SOCKET, other]])), "socket.socket.connect: ECONNREFUSED") == "no"


def test_a_call_that_refuses_its_arguments_says_nothing_of_its_errors() -> None:
    other = raised(1, "TypeError", "an integer is required")
    assert state(data([target(NEW)], (scenario(REFUSED), [[SOCKET, other]])), "socket.socket.connect: ECONNREFUSED") == "not known"


def test_an_error_that_only_may_come_is_not_missed() -> None:
    text = REFUSED.replace("raises: ECONNREFUSED", 'raises: {errno: "one_of(ECONNREFUSED, ENOTCONN)"}')
    gave = raised(1, "OSError", symbols=("ENOTCONN",), errno=107)
    found = data([target(NEW)], (scenario(text), [[SOCKET, gave]]))
    assert (state(found, "socket.socket.connect: ENOTCONN"), state(found, "socket.socket.connect: ECONNREFUSED")) == ("yes", "not known")


def test_what_the_surroundings_excuse_is_not_missed() -> None:
    text = REFUSED + "  varies:\n    - {when: root, returns: null, because: root may, see: ['man:connect(2)']}\n"
    others = data([target(NEW, root=False)], (scenario(text), [[SOCKET, seen(1, None)]]))
    excused = data([target(NEW, root=True)], (scenario(text), [[SOCKET, seen(1, None)]]))
    assert state(others, "socket.socket.connect: ECONNREFUSED") == "no"
    assert state(excused, "socket.socket.connect: ECONNREFUSED") == "not known"


def test_what_a_version_is_documented_to_do_is() -> None:
    text = REFUSED + "  varies:\n    - {when: python < 3.9, returns: null, because: it was so, see: ['python:socket.error']}\n"
    assert state(data([target(NEW)], (scenario(text), [[SOCKET, seen(1, None)]])), "socket.socket.connect: ECONNREFUSED") == "no"


def test_a_number_that_is_returned_is_an_error_too() -> None:
    text = REFUSED.replace("connect(", "connect_ex(").replace("raises: ECONNREFUSED", "returns: errno.ECONNREFUSED")
    assert state(data([target(NEW)], (scenario(text), [[SOCKET, seen(1, 111)]])), "socket.socket.connect_ex: ECONNREFUSED") == "yes"
    assert state(data([target(NEW)], (scenario(text), [[SOCKET, seen(1, 0)]])), "socket.socket.connect_ex: ECONNREFUSED") == "no"


def test_two_names_of_one_error_are_one() -> None:
    text = "- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n- a: s.recv(1)\n  raises: EWOULDBLOCK\n"
    gave = raised(1, "BlockingIOError", symbols=("EAGAIN", "EWOULDBLOCK"), errno=11)
    assert state(data([target(NEW)], (scenario(text), [[SOCKET, gave]])), "socket.socket.recv: EAGAIN") == "yes"


def test_methods_that_no_list_names_are_known_from_what_was_called() -> None:
    text = "- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n- a: enter(s) is s\n  returns: true\n"
    lacks = raised(1, "AttributeError", "'_socketobject' object has no attribute '__enter__'")
    found = data([target(OLD), target(NEW)], (scenario(text), [[SOCKET, lacks], [SOCKET, seen(1, True)]]))
    assert found.features["socket.socket.__enter__"].support["cpython-linux-glibc"] == Support("yes", since="3.8.18", without="3.7.16")


def test_what_an_or_may_leave_out_is_not_taken_as_seen() -> None:
    text = (
        "- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n- a: s is s or s.getsockopt(socket.SOL_SOCKET, socket.SO_MARK) == 1\n"
    )
    have = target(NEW, "SOL_SOCKET", "SO_MARK")
    assert state(data([have], (scenario(text), [[SOCKET, seen(1, True)]])), "SOL_SOCKET/SO_MARK") == "not known"


def test_what_is_awaited_is_what_was_begun() -> None:
    text = """
    - a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    - a: s.connect((HOST, unused_port()))
      background: joining
    - await: joining
      raises: ECONNREFUSED
    """
    steps = [SOCKET, Observation(1, started=True), raised(2, "ConnectionRefusedError", symbols=("ECONNREFUSED",), errno=111)]
    assert state(data([target(NEW)], (scenario(text), [steps])), "socket.socket.connect: ECONNREFUSED") == "yes"
