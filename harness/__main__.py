"""`python -m harness` is `sockmatrix`."""

from harness.commands.main import main

main()
