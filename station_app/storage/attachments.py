"""Photos and scans: files named by the SHA-256 of their content; records refer to the name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.storage.backup import sync_folder

MAX_BYTES = 50 * 1024 * 1024


class Attachments:
    """The attachment folder of a workspace. Files are written once and never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Return where an attachment is, or would be."""
        return self._folder / name

    def has(self, name: str) -> bool:
        """Whether the file is here."""
        return self.path(name).is_file()

    def add(self, source: Path) -> str:
        """Copy a file in and return its name; durable when it returns, nothing half-written stays.

        Raises:
            UserError: WSP-020 the file cannot be read, WSP-021 it is larger than 50 MB, WSP-022 it cannot be kept.
        """
        try:
            content = source.read_bytes() if source.stat().st_size <= MAX_BYTES else None
        except OSError as error:
            raise UserError(
                "WSP-020",
                Text(
                    f"读不到附件 {source.name}：{error.strerror}。请检查文件是否还在。",
                    f"The attachment {source.name} cannot be read: {error.strerror}. Check that the file is still there.",
                ),
            ) from error
        if content is None:
            raise UserError(
                "WSP-021",
                Text(
                    f"附件 {source.name} 超过 50 MB，请压缩后再添加。",
                    f"The attachment {source.name} is larger than 50 MB. Make it smaller and add it again.",
                ),
            )
        return self.keep(content, source.name)

    def keep(self, content: bytes, shown_name: str = "") -> str:
        """Keep these bytes and return their name.

        Raises:
            UserError: WSP-022 the folder cannot be written.
        """
        name = hashlib.sha256(content).hexdigest()
        target = self.path(name)
        if target.is_file():
            return name
        part = target.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
            sync_folder(self._folder)
        except OSError as error:
            raise UserError(
                "WSP-022",
                Text(
                    f"附件 {shown_name} 无法保存：{error.strerror}。请检查磁盘空间。",
                    f"The attachment {shown_name} cannot be kept: {error.strerror}. Check the disk space.",
                ),
            ) from error
        finally:
            part.unlink(missing_ok=True)
        return name
