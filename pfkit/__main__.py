"""``python -m pfkit`` is the command ``pfkit``, for a machine where scripts are not on the path."""

from pfkit.cli import main

if __name__ == "__main__":
    main()
