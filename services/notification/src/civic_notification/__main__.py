"""Runs the notification service: `python -m civic_notification serve`."""

import sys

from civic_chassis.cli import main

from civic_notification.main import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE))
