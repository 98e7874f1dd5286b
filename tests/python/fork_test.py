"""Services of many processes: the page has what all of them have counted, however they were started and
however they ended."""

import os
import pathlib
import subprocess
import sys

import e2e
from harness import Host, eventually, value

SERVICE = pathlib.Path(__file__).parent / "forking_service.py"
METHOD = {"grpc_type": "UNARY", "grpc_service": "work.Work", "grpc_method": "Do"}


class Fork(e2e.Case):

    def assertCountedWhole(self, way, calls_more=0):
        with Host(self.programs) as host:
            agent = host.start_agent()
            environment = {**os.environ, "SHM_EXPORTER_DIR": str(host.segments), "OTEL_SERVICE_NAME": ""}
            with subprocess.Popen(["setpriv", "--pdeathsig", "KILL", sys.executable, "-B", SERVICE, way],
                                  env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True) as service:
                total, living = map(int, service.stdout.readline().split())
                eventually(lambda: self.expect(agent.scrape(), total, total + calls_more, living))
                service.stdin.close()
                self.assertEqual(service.wait(), 0)
            # Once they have ended, too.
            eventually(lambda: self.expect(agent.scrape(), total, total + calls_more, 0, processes=0))

    def expect(self, page, total, calls, living, processes=None):
        job = {"job": "forking_service"}
        counted = sum(value(page, "work_total", who=who, **job) or 0 for who in ("parent", "worker"))
        self.assertEqual(counted, total)
        self.assertEqual(value(page, "work_seconds_count", **job), total)
        self.assertEqual(value(page, "work_seconds_sum", **job), total / 2)
        self.assertEqual(value(page, "grpc_server_started_total", **METHOD, **job), calls)
        self.assertEqual(value(page, "grpc_server_handled_total", grpc_code="OK", **METHOD, **job), calls)
        self.assertEqual(value(page, "grpc_server_in_flight", **METHOD, **job) or 0, 0)
        self.assertEqual(value(page, "level", **job) or 0, living, "a gauge is of those that live")
        shown = value(page, "shm_exporter_job_processes", **job)
        self.assertEqual(shown, living + 1 if processes is None else processes)

    def test_multiprocessing_by_fork(self):
        self.assertCountedWhole("fork")

    def test_multiprocessing_by_spawn(self):
        self.assertCountedWhole("spawn")

    def test_workers_that_are_forked_first_killed_and_replaced(self):
        self.assertCountedWhole("prefork", calls_more=1)

    def test_forks_while_threads_count(self):
        self.assertCountedWhole("threads")


if __name__ == "__main__":
    e2e.main()
