"""Run the command line: ``python -m lms``."""

from lms.cli import main

if __name__ == "__main__":
    main()
