"""What an image says of its own interpreters, in a label that `images build` gives it. Starts nothing."""

from harness.images.engine import connect, errors, unavailable
from harness.images.inventory import INTERPRETERS_LABEL, Seen, held


class NoLabel(Exception):
    """An image is not there, or does not say what interpreters it has."""


def labelled_interpreters(reference: str) -> tuple[Seen, ...]:
    """The interpreters that an image names. Raises `EngineUnavailable`, and `NoLabel`."""
    client = connect()
    try:
        found = held(client, reference)
    except errors() as error:
        raise unavailable(error) from None
    finally:
        client.close()
    if found is None:
        raise NoLabel(missing(reference))
    if not found.interpreters:
        raise NoLabel(f"the image does not say what interpreters it has (label {INTERPRETERS_LABEL}); name one: docker:{reference}@/PATH")
    return found.interpreters


def missing(reference: str) -> str:
    """That an image is not there, with the command that gets it."""
    if reference.startswith("sockmatrix/"):
        return f"there is no image '{reference}'; build it with: sockmatrix images build {reference.partition('/')[2]}"
    return f"there is no image '{reference}'; get it with: docker pull {reference}"
