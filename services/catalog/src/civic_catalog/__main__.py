"""Runs the catalog service: `python -m civic_catalog serve`."""

import sys

from civic_chassis.cli import main

from civic_catalog.main import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
