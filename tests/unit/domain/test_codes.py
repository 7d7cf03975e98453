"""Code lists: what is installed, what is refused, what stands for itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from station_app.domain import codes
from station_app.domain.text import Text
from station_app.storage.reference import install_code_lists, read_code_lists, resource_folder

HEAD = "list,list_zh,list_en,edition,code,label_zh,label_en,note,source,confidence\n"


def test_installing_twice_changes_nothing() -> None:
    install_code_lists()
    before = {each.name: each for each in codes.all_lists()}
    install_code_lists()
    assert {each.name: each for each in codes.all_lists()} == before
    assert codes.has_list("species") and not codes.has_list("no_such_list")


def test_labels_keep_the_order_of_the_list() -> None:
    install_code_lists()
    known = codes.code_list("aspect_new")
    assert list(known.labels)[:4] == ["1", "2", "3", "4"] and list(known.labels)[-1] == "10"
    assert known.edition.startswith("新版")
    assert codes.label_of("aspect_new", "5") == Text("东南", "Southeast")


def test_a_code_of_a_newer_list_stands_for_itself() -> None:
    install_code_lists()
    assert codes.label_of("aspect_new", "99") == Text("99", "99")
    assert codes.label_of("no_such_list", "1") == Text("1", "1")


@pytest.mark.parametrize("row", ["a,甲,A,,1,一,One,,,A\na,甲,A,,1,一,One,,,A\n", "a,甲,A,,1,一,,,,A\n"])
def test_a_broken_list_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "lists.csv"
    path.write_text(HEAD + row, "utf-8")
    with pytest.raises(ValueError, match="list a, code '1'"):
        read_code_lists(path)


def test_an_unknown_list_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        codes.code_list("no_such_list")


def test_the_file_is_where_it_is_looked_for() -> None:
    assert (resource_folder() / "codes" / "code_lists.csv").exists()
