"""The command's door: says in one line what keeps the studio from opening at all, such as a wrong setting."""

import sys

from vidfactory.errors import VidfactoryError


def main() -> None:
    try:
        from vidfactory.cli import app  # noqa: PLC0415  -- loading it reads the settings
    except VidfactoryError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2)
    app()


if __name__ == "__main__":
    main()
