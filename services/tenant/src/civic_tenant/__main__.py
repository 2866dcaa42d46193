"""Runs the tenant service: `python -m civic_tenant serve`, `python -m civic_tenant load FILE`."""

import sys

from civic_chassis.cli import main

from civic_tenant.main import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
