"""The jars of Apache Kafka: fetched once by Maven, compared with a list of hashes, kept for later runs."""

import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from streams.services.account import SHELTER
from streams.services.errors import ServiceError

POM = Path(__file__).with_name("apache-kafka.xml")
HASHES = Path(__file__).with_name("apache-kafka.txt")


def jars() -> Path:
    """Return the folder with the jars, fetching them the first time. Raises ServiceError."""
    wanted = expected()
    folder = _cache() / sha256(HASHES.read_bytes()).hexdigest()[:12]
    if not folder.exists():
        _fetch(folder)
    if found := sorted(name for name, digest in wanted.items() if not _is(folder / name, digest)):
        raise ServiceError(f"jars in {folder} are missing or not what they should be: {', '.join(found)}; remove it")
    return folder


def expected() -> dict[str, str]:
    """Return the SHA-256 of each jar by its name."""
    pairs = (line.split() for line in HASHES.read_text(encoding="ascii").splitlines())
    return {name: digest for digest, name in pairs}


def _is(jar: Path, digest: str) -> bool:
    return jar.exists() and sha256(jar.read_bytes()).hexdigest() == digest


def _cache() -> Path:
    # As root, services run as another account, which cannot read root's home.
    return SHELTER / "jars" if os.geteuid() == 0 else Path.home() / ".cache" / "whetstone" / "jars"


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServiceError("Apache Kafka's jars are fetched by Maven, and there is no `mvn` on the PATH")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        shutil.copy(POM, Path(work) / "pom.xml")
        target = Path(work) / "jars"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
        done = subprocess.run([maven, "-B", "-q", "-C", *goal], cwd=work, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise ServiceError(f"Maven could not fetch Apache Kafka:\n{done.stdout}{done.stderr}")
        for path in (*_shared_parents(folder), target, *target.iterdir()):
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
        if not folder.exists():
            target.rename(folder)


def _shared_parents(folder: Path) -> tuple[Path, ...]:
    return (SHELTER, folder.parent) if os.geteuid() == 0 else ()
