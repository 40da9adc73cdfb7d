"""Whom services run as. PostgreSQL refuses root, and none of them needs it: as root we step down to `nobody`."""

import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from streams.services.errors import ServiceError

CANDIDATES = ("whetstone", "nobody")  # an administrator who wants a dedicated account makes one called whetstone
SHELTER = Path("/var/lib/whetstone")  # for root only: where the account can reach what lies below a closed folder


@dataclass(frozen=True, slots=True)
class Account:
    """An account without privileges that services are run as."""

    name: str
    uid: int
    gid: int

    def may_pass(self, path: Path) -> bool:
        """Whether every folder above a path lets this account through."""
        return all(self._has(part, stat.S_IXOTH) for part in path.resolve().parents)

    def may_run(self, program: Path) -> bool:
        """Whether this account can read and execute a program."""
        return self.may_pass(program) and self._has(program, stat.S_IXOTH | stat.S_IROTH)

    def _has(self, path: Path, bits: int) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            bits <<= 6
        elif found.st_gid == self.gid:
            bits <<= 3
        return found.st_mode & bits == bits

    def own(self, path: Path) -> None:
        """Give a file or folder (not what is in it) to this account."""
        os.chown(path, self.uid, self.gid)


def service_account() -> Account | None:
    """Return the account to run services as; None where we are not root and they run as ourselves.

    Raises ServiceError when we are root and the machine has none of the accounts.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServiceError(f"services do not run as root, and there is no account called {' or '.join(CANDIDATES)}")


def folder(path: Path, account: Account | None) -> Path:
    """Make a folder that only its owner can use, owned by the account, and return it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if account:
        account.own(path)
    return path


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if account:
        account.own(fresh)
    fresh.replace(path)


def within_reach(root: Path, parts: Sequence[str], program: str, account: Account | None) -> Path:
    """Return a folder whose `parts` the account can use: `root` itself, or copies of those parts elsewhere.

    `program` is a path below `root` that must be usable. A virtual environment below /root is the usual reason.
    """
    if account is None or account.may_run(root / program):
        return root
    found = (root / program).stat()
    mark = f"{root.resolve()}:{program}:{found.st_size}:{found.st_mtime_ns}"
    copy = SHELTER / "programs" / blake2b(mark.encode(), digest_size=6).hexdigest()
    if not copy.exists():
        _copy(root, parts, copy)
    return copy


def _copy(root: Path, parts: Sequence[str], target: Path) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    for part in parts:
        if (root / part).exists():
            shutil.copytree(root / part, fresh / part, symlinks=True)
    for path in (target.parents[1], target.parent, fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
    try:
        fresh.rename(target)
    except OSError:  # another command copied it at the same time
        shutil.rmtree(fresh)
        if not target.exists():
            raise
