"""A service that counts in several processes, in one of the ways that Python services have: prints how much
it has counted in all, and how many workers live.

    forking_service.py fork|spawn|prefork|threads
"""

import multiprocessing
import os
import signal
import sys
import threading

from shm_exporter import Counter, Gauge, Histogram, _native

WORKERS, ROUNDS, COUNTS = 3, 3, 1000

# Declared before the forks, as modules do.
COUNTER = Counter("work", "Work.", ["who"])
TOOK = Histogram("work_seconds", "Seconds.", buckets=[1])
LEVEL = Gauge("level", "Level.", mode="sum")
LIVING = []  # workers that are there until the end
METHOD = _native.ServerMethods(in_flight=True).find("/work.Work/Do", 0)


def work(who="worker"):
    """What each process counts."""
    for _ in range(COUNTS):
        COUNTER.labels(who).inc()
        TOOK.observe(0.5)
        call = METHOD.start(None)
        call.finish(0)


def by_multiprocessing(kind):
    """The parent has counted before, and counts on."""
    work("parent")
    context = multiprocessing.get_context(kind)
    workers = [context.Process(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    work("parent")
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0, worker.exitcode
    return (WORKERS + 2) * COUNTS


def forked(body):
    """The pid of a child that runs this and nothing else."""
    child = os.fork()
    if child == 0:
        body()
        os._exit(0)
    return child


def by_preforking():
    """As pre-forking servers do: a master, workers that are killed at any moment and replaced. The master
    has a call under way that each worker inherits, and drops."""
    work("parent")
    ready, tell = os.pipe()
    calls = [METHOD.start(None)]

    def serve():
        assert not calls[0].finish(0), "it is the master's to finish"
        calls.clear()
        LEVEL.set(1)
        work()
        os.write(tell, b"x")
        signal.pause()  # until it is killed
    workers = [forked(serve) for _ in range(WORKERS)]
    for _ in range(ROUNDS):
        for _ in workers:
            os.read(ready, 1)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
        workers = [forked(serve) for _ in workers]
    for _ in workers:
        os.read(ready, 1)
    assert calls[0].finish(0)
    LIVING.extend(workers)
    return (WORKERS * (ROUNDS + 1) + 1) * COUNTS


def with_threads():
    """Children are forked while other threads count: each child has the forking thread alone."""
    stop, counted = threading.Event(), []

    def count():
        rounds = 0
        while not stop.is_set():
            work("parent")
            rounds += 1
        counted.append(rounds)
    threads = [threading.Thread(target=count) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    children = 0
    for _ in range(ROUNDS * WORKERS):
        child = forked(work)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        children += 1
    stop.set()
    for thread in threads:
        thread.join()
    return (sum(counted) + children) * COUNTS


if __name__ == "__main__":
    ways = {"prefork": by_preforking, "threads": with_threads}
    way = sys.argv[1]
    total = ways[way]() if way in ways else by_multiprocessing(way)
    print(total, len(LIVING), flush=True)
    sys.stdin.read()  # until the test has seen the page
    for living in LIVING:
        os.kill(living, signal.SIGKILL)
        os.waitpid(living, 0)
