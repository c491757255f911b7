"""A collection as it was at a point of a git repository's history. The only user of the command ``git``."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from runner.errors import InputError, UsageError
from runner.model.collection import Collection


def collection_at(ref: str, location: str, read: Callable[[str], Collection]) -> Collection | None:
    """What a file or folder held at a commit, branch or tag.

    Args:
        read: reads a collection from a file or folder.

    Returns:
        The collection; None if it was not there yet.

    Raises:
        UsageError: git does not know the ref, or is not installed.
        InputError: the file is not in a repository, or was no collection then.
    """
    path = Path(location).resolve()
    folder = path if path.is_dir() else path.parent
    inside = _git(folder, "rev-parse", "--show-prefix")
    if inside.returncode:
        raise InputError("is not in a git repository, which --changed-since needs", path=location)
    if ref.startswith("-") or _git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").returncode:
        raise UsageError(f"--changed-since: git knows no commit, branch or tag {ref!r} in the repository of {location}")
    prefix = os.fsdecode(inside.stdout).rstrip("\n")
    name = prefix.rstrip("/") if path.is_dir() else prefix + path.name
    # the top of the work tree: elsewhere `git archive` takes names as relative
    top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").stdout).rstrip("\n"))
    if name and _git(top, "cat-file", "-e", f"{ref}:{name}").returncode:
        return None
    with tempfile.TemporaryDirectory(prefix="htrun-") as made:
        place = Path(made, path.name)
        if path.is_dir():
            _unpack(_git(top, "archive", "--format=tar", f"{ref}:{name}" if name else ref).stdout, place)
        else:
            place.write_bytes(_git(top, "cat-file", "blob", f"{ref}:{name}").stdout)
        try:
            return read(str(place))
        except InputError as error:
            raise InputError(f"cannot be read as it was at {ref}: {_reason(error, place)}", path=location) from None


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError as error:
        raise UsageError(f"--changed-since needs git, which cannot be started: {error.strerror or error}") from None


def _unpack(archive: bytes, place: Path) -> None:
    """Only plain files, and only below ``place``."""
    place.mkdir()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            parts = PurePosixPath(member.name).parts
            content = tar.extractfile(member) if member.isfile() else None
            if content is None or ".." in parts or PurePosixPath(member.name).is_absolute():
                continue
            target = place.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())


def _reason(error: InputError, place: Path) -> str:
    return str(error).removeprefix(str(place)).removeprefix(":").strip()
