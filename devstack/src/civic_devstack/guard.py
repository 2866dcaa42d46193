"""Becomes the command it is given, tied to the life of the process that started it."""

# Run as a script with `python -I -S guard.py PARENT SIGNAL UID:GID:REACH|- COMMAND…`, so it imports nothing of the
# project: it stands between every part's start and its exec, and has to be quick.

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 4
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def main() -> None:
    """Drops to the account, asks the kernel for `SIGNAL` at the parent's death, and execs."""
    parent, death_signal, account = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    command = sys.argv[4:]
    if account != "-":
        uid, gid, reach = (int(part) for part in account.split(":"))
        change_account(uid, gid, reach=bool(reach))
    # After setuid, because changing the account clears it.
    if sys.platform == "linux":
        system(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it died in between, so no signal will come
            sys.exit(1)
    # Python ignores these; what is executed shall find them as a shell would leave them.
    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


def change_account(uid: int, gid: int, *, reach: bool) -> None:
    """With `reach`, the account may still pass folders that only root may enter, such as /root."""
    if reach:
        # Otherwise access(2), by which PostgreSQL looks at its own program, would not count the capability.
        system(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if reach:
        keep(CAP_DAC_OVERRIDE)


def keep(capability: int) -> None:
    """Leaves the process this one capability, also through exec."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # Effective, permitted and inheritable, of the lower and the upper 32 capabilities.
    sets = (ctypes.c_uint32 * 6)(*(1 << capability for _ in range(3)), 0, 0, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, sets) != 0:
        sys.exit(f"capset: {os.strerror(ctypes.get_errno())}")
    system(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def system(option: int, *arguments: int) -> None:
    """prctl, which takes four further numbers."""
    padded = [ctypes.c_ulong(number) for number in (*arguments, 0, 0, 0, 0)[:4]]
    if ctypes.CDLL(None, use_errno=True).prctl(option, *padded) != 0:
        sys.exit(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


main()
