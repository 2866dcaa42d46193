"""`python -m civic_devstack`."""

import sys

from civic_devstack.cli import main

sys.exit(main())
