"""Becomes the command it is given, tied to the life of the process that started it."""

# Run as a script with `python -I -S guard.py PARENT SIGNAL UID:GID|- COMMAND…`, so it imports nothing of the
# project: it stands between every part's start and its exec, and has to be quick.

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Drops to the account, asks the kernel for `SIGNAL` at the parent's death, and execs."""
    parent, death_signal, account = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    command = sys.argv[4:]
    if account != "-":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After setuid, because changing the account clears it.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
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


main()
