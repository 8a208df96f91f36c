"""`sockmatrix schema`: the JSON Schemas of all formats."""

from pathlib import Path

import click

from harness.commands import exits
from harness.commands.reading import nearest_words


@click.command("schema")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--write", "folder", metavar="FOLDER", type=click.Path(path_type=Path), help="Write all of them to files of this folder.")
def command(name: str | None, folder: Path | None) -> int:
    """Print the JSON Schema (2020-12) of a format; without NAME the names there are.

    \b
    sockmatrix schema
    sockmatrix schema scenario > scenario.schema.json
    sockmatrix schema --write docs/schema
    """
    from harness.commands.output import print_text
    from harness.reports.schemas import NAMES, file_name, text

    if folder is not None:
        for each in NAMES:
            _write(folder / file_name(each), text(each))
    elif name is None:
        print_text("\n".join(NAMES) + "\n")
    elif name in NAMES:
        print_text(text(name))
    else:
        exits.usage(f"no schema '{name}'; {nearest_words(name, NAMES) or 'there are ' + ', '.join(NAMES)}")
    return exits.AS_EXPECTED


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        exits.harness(f"{file}: cannot be written: {error.strerror or error}")
