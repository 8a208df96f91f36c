"""Write this repository's own action and workflows again, out of the templates that `sockmatrix ci init` has too.

python tools/make_ci.py
"""

from pathlib import Path

from harness.recipes.files import own

ROOT = Path(__file__).parents[1]


def main() -> None:
    """All of them."""
    for name, text in own().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, "utf-8")
        print(name)


if __name__ == "__main__":
    main()
