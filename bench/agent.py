"""A real agent for benches: started on segments that are held live, scraped, and watched from outside."""
import contextlib
import http.client
import os
import subprocess
import tempfile
import threading
import time

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"


def cpu_ns(pid):
    """Of all threads, from the scheduler: finer than the clock ticks of stat."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return total


class Agent:
    """`count` live segments of `series` series for each of `jobs` jobs, counted into by `threads` threads
    each, and an agent that has served one scrape."""

    def __init__(self, pid, address, holder):
        self.pid = pid
        self.address = address
        self._holder = holder
        self._connection = http.client.HTTPConnection(address)

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm", encoding="utf-8") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def count_everywhere(self):
        """Every cell of every segment changes."""
        self._holder.stdin.write("\n")
        self._holder.stdin.flush()
        assert self._holder.stdout.readline().strip() == "ready"

    def scrape(self, **headers):
        """One page over the connection that is kept, as it is sent."""
        self._connection.request("GET", "/metrics", headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = self._connection.getresponse()
        page = response.read()
        assert response.status == 200, response.status
        return page


@contextlib.contextmanager
def running_agent(build, count, series=200, jobs=1, threads=4, options=()):
    with contextlib.ExitStack() as stack:
        segments, state = (stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm")) for _ in range(2))
        holder = subprocess.Popen(
            [os.path.join(build, "bench/segments_holder"), segments, str(count), str(series), str(jobs),
             str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(holder.wait)
        stack.callback(holder.stdin.close)
        assert holder.stdout.readline().strip() == "ready"
        agent = subprocess.Popen(
            [os.path.join(build, "bin/shm_exporter"), "--web.listen-address=127.0.0.1:0",
             f"--segments.directory={segments}", f"--state.directory={state}", *options],
            stderr=subprocess.PIPE, text=True)
        stack.callback(agent.wait)
        stack.callback(agent.terminate)
        address = None
        while address is None:
            line = agent.stderr.readline()
            assert line, "the agent ended before it listened"
            if "address=" in line:
                address = line.split("address=")[1].split()[0].strip('"')
        threading.Thread(target=agent.stderr.read, daemon=True).start()  # It never waits for a reader.
        started = Agent(agent.pid, address, holder)
        while True:  # 503 until the first scan is complete.
            try:
                started.scrape()
                break
            except AssertionError:
                time.sleep(0.1)
        yield started
