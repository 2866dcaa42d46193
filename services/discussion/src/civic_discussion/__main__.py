"""Runs the discussion service: `python -m civic_discussion serve`."""

import sys

from civic_chassis.cli import main

from civic_discussion.main import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
