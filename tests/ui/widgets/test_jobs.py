"""Work off the UI thread: results, errors, progress and stopping come back on the UI thread."""

from __future__ import annotations

import gc
import random
import sys
import threading
import time

import patience
import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.services.progress import stop_if_cancelled
from station_app.ui import messages
from station_app.ui.jobs import Jobs


@pytest.fixture
def make_jobs(qtbot):
    made = []

    def make(*args):
        made.append(Jobs(*args))
        return made[-1]

    yield make
    for jobs in made:
        assert jobs.close()


STEP = Text("第 {n} 步", "Step {n}")


class FakeReader:
    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_result_and_progress_arrive_on_the_ui_thread(qtbot, make_jobs):
    jobs = make_jobs()
    seen = []

    def work(context):
        assert threading.current_thread() is not threading.main_thread()
        for n in range(3):
            context.progress(n + 1, 3, STEP.format(n=n + 1))
        return 42

    def on_progress(done, total, text):
        seen.append((done, total, text.en, threading.current_thread() is threading.main_thread()))

    done = []
    job = jobs.run(
        work,
        on_done=lambda r: done.append((r, threading.current_thread() is threading.main_thread())),
        on_progress=on_progress,
    )
    with qtbot.waitSignal(job.finished, timeout=5000) as caught:
        assert jobs.running == (job,)
    assert caught.args == [42]
    assert done == [(42, True)]
    assert seen[-1] == (3, 3, "Step 3", True)
    assert all(main for *_, main in seen)
    assert jobs.running == ()


def test_each_job_gets_its_own_reader_and_closes_it(qtbot, make_jobs):
    made = []

    def new_reader():
        made.append(FakeReader())
        return made[-1]

    jobs = make_jobs(new_reader)
    job = jobs.run(lambda context: (context.reader.thread, threading.get_ident()))
    with qtbot.waitSignal(job.finished, timeout=5000) as caught:
        pass
    opened_on, ran_on = caught.args[0]
    assert opened_on == ran_on
    assert len(made) == 1
    assert made[0].closed


def test_stopping_ends_the_work_and_is_not_shown_as_an_error(qtbot, monkeypatch, make_jobs):
    monkeypatch.setattr(messages, "show_error", lambda *_: pytest.fail("a wished stop is not an error"))
    jobs = make_jobs()

    def work(context):
        while True:
            stop_if_cancelled(context)
            time.sleep(0.005)

    job = jobs.run(work)
    with qtbot.waitSignal(job.failed, timeout=5000) as caught:
        job.cancel()
    assert caught.args[0].code == "JOB-001"
    assert job.cancelled


def test_a_user_error_is_shown(qtbot, monkeypatch, make_jobs):
    shown = []
    monkeypatch.setattr(messages, "show_error", lambda parent, error: shown.append(error.code))
    jobs = make_jobs()

    def work(context):
        raise UserError("TST-001", Text("坏了", "broken"))

    with qtbot.waitSignal(jobs.run(work).failed, timeout=5000):
        pass
    assert shown == ["TST-001"]


def test_a_fault_reaches_the_hook_on_the_ui_thread(qtbot, monkeypatch, make_jobs):
    seen = []
    monkeypatch.setattr(
        sys, "excepthook", lambda kind, error, trace: seen.append((kind, threading.current_thread().name, trace))
    )
    jobs = make_jobs()
    with qtbot.waitSignal(jobs.run(lambda context: 1 / 0).failed, timeout=5000):
        pass
    assert seen[0][0] is ZeroDivisionError
    assert seen[0][1] == "MainThread"
    assert seen[0][2] is not None


def test_many_jobs_at_once_all_come_back(qtbot, make_jobs):
    jobs = make_jobs()
    done = []
    for n in range(60):
        jobs.run(lambda context, n=n: n, on_done=done.append)
    qtbot.waitUntil(lambda: len(done) == 60, timeout=10_000)
    assert sorted(done) == list(range(60))
    assert jobs.wait()


def test_no_full_collection_begins_while_a_job_runs(qtbot: QtBot) -> None:
    before, seen = gc.get_threshold(), []
    jobs = Jobs()
    jobs.run(lambda context: seen.append(gc.get_threshold()[2]))
    qtbot.waitUntil(lambda: not jobs.running, timeout=30_000)
    assert seen[0] >= 1_000_000 and gc.get_threshold() == before
    jobs.close()


def test_in_whatever_order_answers_come_each_asker_sees_its_newest_question_only(qtbot, make_jobs):
    """Late results, late errors, questions dropped and askers gone: of none but the newest question is anything heard."""
    jobs = make_jobs()
    jobs._pool.setMaxThreadCount(8)
    chance = random.Random(1)
    for _ in range(60):
        askers = [QObject(), QObject()]
        heard: dict[tuple[int, str], list[object]] = {}
        newest: dict[tuple[int, str], int] = {}
        gates: list[threading.Event] = []
        for n in range(6):
            place = (chance.randrange(2), chance.choice(["figure", "why"]))
            gate, bad = threading.Event(), chance.random() < 0.3

            def work(context, n=n, gate=gate, fails=bad):
                gate.wait(patience.SECONDS)
                if fails:
                    raise UserError("TST-001", Text(f"{n}", f"{n}"))
                return n

            into = heard.setdefault(place, [])
            jobs.ask(
                askers[place[0]],
                work,
                about=place[1],
                on_done=into.append,
                on_error=lambda error, into=into: into.append(int(error.text.en)),
            )
            newest[place] = n
            gates.append(gate)
        if chance.random() < 0.3:
            place = chance.choice(list(newest))
            jobs.ask_no_more(askers[place[0]], place[1])
            del newest[place]
        if chance.random() < 0.3:
            shiboken6.delete(askers[1])
            newest = {place: n for place, n in newest.items() if place[0] == 0}
        chance.shuffle(gates)
        for gate in gates:
            left = len(jobs.running)
            gate.set()
            qtbot.waitUntil(lambda left=left: len(jobs.running) < left)
        assert {place: answers for place, answers in heard.items() if answers} == {p: [n] for p, n in newest.items()}
