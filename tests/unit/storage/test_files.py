"""Several renames are one change, and a file is there whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import cuts
import pytest

from station_app.storage import files

OLD = {"a.txt": "old a", "b.txt": "old b", "gone.txt": "old gone", "kept.txt": "old kept", "folder/x": "old x"}
NEW = {"a.txt": "new a", "b.txt": "old b", "c/d.txt": "new d", "later.txt": "old kept", "kept.txt": "new kept",
       "folder/y": "new y"}  # fmt: skip


def lay(folder: Path, names: dict[str, str]) -> None:
    for name, text in names.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def there(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def change(folder: Path) -> None:
    with files.changing_together(folder) as together:
        together.put(folder / "a.txt", b"new a")
        together.put(folder / "c" / "d.txt").write_text("new d")
        together.remove(folder / "gone.txt")
        together.keep(folder / "kept.txt", folder / "later.txt")
        together.put(folder / "kept.txt", b"new kept")
        together.remove(folder / "never.txt")
        place = together.put(folder / "folder")
        place.mkdir()
        (place / "y").write_text("new y")


@pytest.mark.skipif(os.name != "posix", reason="cuts forked processes")
def test_all_is_old_or_all_is_new_wherever_it_is_cut_and_wherever_the_finishing_is_cut(tmp_path: Path) -> None:
    before = tmp_path / "before"
    lay(before, OLD)
    seen = set()

    def look(folder: Path, where: str) -> None:
        unfinished = files.is_unfinished(folder)

        def look_again(again: Path, second: str) -> None:
            files.finish(again)
            found = there(again)
            assert found in (OLD, NEW), (where, second, found)
            assert not (again / files.UNFINISHED).exists()
            seen.add(("new" if found == NEW else "old", unfinished))

        cuts.at_every_operation(folder, files.finish, look_again)

    cuts.at_every_operation(before, change, look)
    assert seen == {("old", False), ("new", False), ("new", True)}


def test_what_cannot_be_renamed_takes_all_back(tmp_path: Path) -> None:
    lay(tmp_path, OLD)
    with pytest.raises(OSError, match="Not a directory|File exists"), files.changing_together(tmp_path) as together:
        together.put(tmp_path / "a.txt", b"new a")
        together.keep(tmp_path / "kept.txt", tmp_path / "later.txt")
        together.put(tmp_path / "b.txt" / "below a file", b"never")
    assert there(tmp_path) == OLD


def test_what_can_be_neither_finished_nor_taken_back_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, OLD)
    real = Path.replace
    allowed = [3]

    def stuck(self: Path, target: Path) -> Path:
        if not self.name.endswith(".part"):
            allowed[0] -= 1
            if allowed[0] < 0:
                raise PermissionError(13, "held by another program", str(self))
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stuck)
        with pytest.raises(PermissionError):
            change(tmp_path)
    assert files.is_unfinished(tmp_path)
    files.finish(tmp_path)
    assert there(tmp_path) == NEW


def test_an_error_before_the_change_changes_nothing(tmp_path: Path) -> None:
    lay(tmp_path, OLD)
    with pytest.raises(ZeroDivisionError), files.changing_together(tmp_path) as together:
        together.put(tmp_path / "a.txt", b"new a")
        raise ZeroDivisionError
    assert there(tmp_path) == OLD
    with pytest.raises(FileExistsError), files.changing_together(tmp_path) as together:
        together.keep(tmp_path / "a.txt", tmp_path / "b.txt")
    assert there(tmp_path) == OLD


@pytest.mark.parametrize("content", ["", "[[", '[["a.txt", "../outside"]]', '[["/a", "b"]]', '{"a": 1}', "[[1, 2]]"])
def test_a_list_that_cannot_be_believed_renames_nothing(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "folder"
    lay(folder, OLD)
    (folder / files.UNFINISHED).mkdir()
    (folder / files.UNFINISHED / "renames.json").write_text(content)
    with pytest.raises(OSError, match="not readable"):
        files.finish(folder)
    shutil.rmtree(folder / files.UNFINISHED)
    assert there(folder) == OLD


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_private_is_for_this_user_and_a_group_let_in_on_purpose(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for given, kept in ((0o644, 0o600), (0o755, 0o700), (0o664, 0o660), (0o600, 0o600)):
        file.write_text("x")
        file.chmod(given)
        files.make_private(file)
        assert file.stat().st_mode & 0o777 == kept
    files.write_whole(file, b"x", private=True)
    assert file.stat().st_mode & 0o777 == 0o600
    files.make_private(tmp_path / "not there")
