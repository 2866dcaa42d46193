"""The garbage collector of a process that serves for long."""

import gc
from typing import Final

# Calls leave few cycles behind, so looking for them less often costs no memory worth naming.
_THRESHOLDS: Final = (20_000, 20, 50)


def settle() -> None:
    """Once everything is made that stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
