"""The objects of a bucket of any S3-compatible store: read, created, replaced on a condition."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.messages import message
from schemas.text import SpokenError, WrongUsageError

if TYPE_CHECKING:
    from obstore.store import S3Store


class BucketError(SpokenError, RuntimeError):
    """A bucket that cannot be used as asked; the message says what to do."""


class SilentBucketError(BucketError):
    """A bucket that does not answer, or not now: a network, or a store that starts again."""


class State(NamedTuple):
    """A small object that advances, as it was read; both None where there is none."""

    content: bytes | None = None
    e_tag: str | None = None


class Objects:
    """The objects below one prefix of a bucket; each call raises `BucketError` where it fails."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.name = f"s3://{bucket}/{prefix}".rstrip("/")
        self._store = _connect(bucket, prefix)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn what a bucket refuses, or its silence, into one message."""
        from obstore.exceptions import BaseError, GenericError

        try:
            yield
        except BaseError as error:
            text = " ".join(str(error).partition("\n\nDebug")[0].split())[:300]
            problem = message("storage.no_answer", address=self.name, error=text)
            # obstore has an error of its own for most refusals, but a text for that of a list.
            is_refusal = not isinstance(error, GenericError) or "status code: 4" in str(error)
            raise (BucketError if is_refusal else SilentBucketError)(problem) from None

    def get(self, key: str) -> State:
        with self._answering():
            try:
                answer = self._store.get(key)
                return State(bytes(answer.bytes()), answer.meta["e_tag"])
            except FileNotFoundError:
                return State()

    def create(self, key: str, content: bytes) -> bytes:
        """Create an object if it is absent; return its content afterwards."""
        if self.replace(key, content, State()):
            return content
        return self.get(key).content or b""

    def entries(self, room: str) -> Sequence[Any]:
        with self._answering():
            return self._store.list(room).collect()

    def folders(self, room: str) -> list[str]:
        with self._answering():
            prefixes = self._store.list_with_delimiter(room)["common_prefixes"]
        names = (prefix.rpartition("/")[2] for prefix in prefixes)
        return sorted(name for name in names if not name.startswith("."))

    def delete(self, room: str) -> None:
        with self._answering():
            self._store.delete([entry["path"] for entry in self.entries(room)])

    def replace(self, key: str, content: bytes, state: State) -> bool:
        """Replace an object that is as it was read; say whether it was."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: Any = "create" if state.content is None else {"e_tag": state.e_tag}
        with self._answering():
            try:
                self._store.put(key, content, mode=mode)
            except (AlreadyExistsError, PreconditionError):
                return False
        return True

    def put(self, key: str, content: bytes) -> None:
        with self._answering():
            self._store.put(key, content)


def _connect(bucket: str, prefix: str) -> "S3Store":
    try:
        from obstore.store import S3Store
    except ModuleNotFoundError:
        command = "pip install 'dti-pipeline[service]'"
        raise WrongUsageError("storage.not_installed", command=command) from None
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={
            "connect_timeout": "5s",
            "timeout": "5min",
            # Options given here replace those of the environment.
            "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true"),
        },
        retry_config={"max_retries": 6, "retry_timeout": timedelta(seconds=60)},
    )
