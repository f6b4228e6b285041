"""A throttle gathers what is new once, however often it is woken, and needs nothing but a port."""

from concurrent.futures import Future

from app.engine.throttle import Throttle


class Loop:
    """An event loop that the test turns by hand."""

    def __init__(self):
        self.work, self.pauses = [], []

    def soon(self, work):
        self.work.append(work)

    def later(self, seconds, work):
        self.pauses.append(seconds)
        self.work.append(work)

    def compute(self, work, then):
        future = Future()
        future.set_result(work())
        self.soon(lambda: then(future))

    def turn(self):
        while self.work:
            self.work.pop(0)()


def test_it_gathers_once_however_often_it_is_woken():
    loop, gathered, delivered = Loop(), [], []
    throttle = Throttle(loop, lambda: gathered.append(1), delivered.append)
    for _ in range(50):
        throttle.wake()
    loop.turn()
    assert len(gathered) <= 2 and len(delivered) == len(gathered)
    throttle.wake()
    loop.turn()
    assert len(gathered) <= 3
    assert loop.pauses and all(0 < pause <= 0.5 for pause in loop.pauses)
    throttle.close()
    throttle.wake()
    loop.turn()
    assert len(delivered) <= 3


def test_a_port_that_is_gone_is_asked_once():
    class Gone(Loop):
        def soon(self, work):
            self.work.append(work)  # and nobody ever turns it

    loop = Gone()
    throttle = Throttle(loop, lambda: None, lambda _: None)
    for _ in range(3):
        throttle.wake()
    assert len(loop.work) == 1
