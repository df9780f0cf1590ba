"""The worker: one job at a time, the newest wins, and it can be stopped."""

import threading

from nstlib.widgets.worker import Worker


def test_headless_it_works_at_once_in_the_same_thread():
    seen = []
    Worker(lambda stop, job: seen.append((job, threading.current_thread()))).start("paint")
    assert seen == [("paint", threading.main_thread())]


def test_in_a_notebook_it_works_in_a_thread(with_browser):
    seen = []
    worker = Worker(lambda stop, job: seen.append((job, threading.current_thread())))
    worker.start("paint")
    worker.wait()
    assert seen[0][0] == "paint" and seen[0][1] is not threading.main_thread()
    assert not worker.busy


def test_a_new_job_stops_the_old_one_and_the_last_is_always_done(with_browser):
    begun, done = threading.Event(), []

    def work(stop, number):
        begun.set()
        if number == 0:
            assert stop.wait(timeout=10)  # the first job goes on until it is stopped
        done.append((number, stop.is_set()))

    worker = Worker(work)
    worker.start(0)
    begun.wait(timeout=10)
    for number in range(1, 50):
        worker.start(number)
    worker.wait()
    assert done[0] == (0, True) and done[-1] == (49, False)
    assert len(done) < 50, "jobs in between are left out"


def test_stop_ends_the_job(with_browser):
    begun, done = threading.Event(), []

    def work(stop, number):
        begun.set()
        assert stop.wait(timeout=10)
        done.append(number)

    worker = Worker(work)
    worker.start(1)
    begun.wait(timeout=10)
    worker.stop()
    worker.wait()
    assert done == [1] and not worker.busy


def test_a_stop_before_the_job_has_begun_is_not_lost(with_browser):
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def work(stop, number):
        begun.set()
        assert go_on.wait(timeout=10)
        seen.append((number, stop.is_set()))

    worker = Worker(work)
    worker.start(0)
    assert begun.wait(timeout=10)
    worker.start(1)
    worker.stop()
    go_on.set()
    worker.wait()
    assert seen == [(0, True), (1, True)]
