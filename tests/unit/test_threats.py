"""Who could still do what: the page is whole in both languages and shown by the command."""

from __future__ import annotations

import json

import pytest

from station_app.commands.cli import main
from station_app.services.threats import threats


def test_every_part_stands_in_both_languages_and_the_command_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    page = threats()
    assert len(page) > 8 and all(who.zh and who.en and len(what.zh) > 20 and len(what.en) > 60 for who, what in page)
    assert all(who.zh != who.en and not {"#", "---"} & set(what.en.split()) for who, what in page)
    assert main(["threats", "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert all(who.en in said for who, _ in page)
    assert main(["threats", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["threats"]) == len(page)
