"""Receive a file no larger than allowed: refused by its declared length, cut while it comes."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

# What a form sends beside its file.
FORM_BYTES = 64 * 1024
# Of an upload so many times larger than allowed nothing more is read.
HUGE = 10


class LimitedUploadHandler(FileUploadHandler):
    """Ends an upload one byte over the limit; ``request.upload_too_large`` says so."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self.total, self.declared = 0, content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.declared > settings.DTI_MAX_FILE_BYTES + FORM_BYTES:
            self._stop()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.total += len(raw_data)
        if self.total > settings.DTI_MAX_FILE_BYTES:
            self._stop()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _stop(self) -> None:
        """Stop; the rest is read and dropped, so that the page can answer, unless it is huge."""
        if self.request is not None:
            self.request.upload_too_large = True
        is_huge = self.declared > HUGE * settings.DTI_MAX_FILE_BYTES
        raise StopUpload(connection_reset=is_huge)
