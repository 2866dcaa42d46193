"""Runs the sample service: `python -m civic_sample serve`."""

import sys

from civic_chassis.cli import main

from civic_sample.main import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
