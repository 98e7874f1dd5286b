"""What /proc says of a job's processes, on the agent's page, as an endpoint of their own would say it."""

import contextlib
import os
import pathlib

import e2e
from harness import Host, eventually, value
from otlp_receiver import Receiver
from subject import FAMILY, JOB, Subject
from writer import Writer

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# A tenth of a second of a core, so that it shows.
MANY = 50_000_000
# Between saying that it waits, and waiting, a process may use a tick more.
SLACK_S = 3 / TICKS_PER_SECOND


class Kernel:
    """What procfs says of a process that waits: it uses nothing meanwhile."""

    def __init__(self, pid):
        process = pathlib.Path("/proc", str(pid))
        fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        self.cpu = (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
        self.threads = len(os.listdir(process / "task"))
        self.descriptors = len(os.listdir(process / "fd"))
        boot = next(int(line.split()[1]) for line in
                    pathlib.Path("/proc/stat").read_text(encoding="utf-8").splitlines()
                    if line.startswith("btime "))
        self.began = boot + int(fields[19]) / TICKS_PER_SECOND


class ProcessMetrics(e2e.Case):

    def start_agent(self, host, settings="{process_metrics: true}", *options):
        self.config = host.directory / "shm_exporter.yml"
        self.config.write_text(f"jobs: {{{JOB}: {settings}}}\n", encoding="utf-8")
        return host.start_agent("--config.file", self.config, *options)

    def subject(self, host, *steps, prefix=()):
        """One that has taken its first steps, and waits."""
        subject = Subject(host, *steps, prefix=prefix)
        self.addCleanup(subject.end)
        subject.kernel = Kernel(subject.waiting_pid())
        return subject

    def cpu(self, agent):
        return value(agent.scrape(), "process_cpu_seconds_total", job=JOB)

    def shown_when(self, agent, processes):
        """The page that shows so many of the job's processes."""
        def check():
            page = agent.scrape()
            self.assertEqual(value(page, "shm_exporter_job_processes", job=JOB), processes)
            return page
        return eventually(check)

    def test_a_job_has_the_sums_that_the_kernel_says_and_ended_processes_stay_in_them(self):
        with Host(self.programs) as host:
            agent = self.start_agent(host)
            one = self.subject(host, f"count:{MANY}", "wait")
            two = self.subject(host, f"count:{MANY}", "wait")
            page = self.shown_when(agent, 2)
            both = one.kernel.cpu + two.kernel.cpu
            self.assertGreater(both, 0)
            self.assertAlmostEqual(value(page, "process_cpu_seconds_total", job=JOB), both,
                                   delta=SLACK_S)
            self.assertEqual(value(page, "process_threads", job=JOB),
                             one.kernel.threads + two.kernel.threads)
            self.assertEqual(value(page, "process_open_fds", job=JOB),
                             one.kernel.descriptors + two.kernel.descriptors)
            self.assertAlmostEqual(value(page, "process_start_time_seconds", job=JOB),
                                   two.kernel.began, delta=1)
            for name in ("process_resident_memory_bytes", "process_virtual_memory_bytes",
                         "process_max_fds"):
                self.assertGreater(value(page, name, job=JOB), 0)
            one.end()
            page = self.shown_when(agent, 1)
            self.assertAlmostEqual(value(page, "process_cpu_seconds_total", job=JOB), both,
                                   delta=SLACK_S)
            self.assertEqual(value(page, "process_threads", job=JOB), two.kernel.threads)
            two.end()
            page = self.shown_when(agent, 0)
            self.assertAlmostEqual(value(page, "process_cpu_seconds_total", job=JOB), both,
                                   delta=SLACK_S)
            self.assertIsNone(value(page, "process_threads", job=JOB))

    def test_with_the_agent_cpu_time_begins_anew(self):
        with Host(self.programs) as host:
            agent = self.start_agent(host)
            subject = self.subject(host, f"count:{MANY}", "wait", f"count:{MANY}", "wait")
            self.shown_when(agent, 1)
            agent.stop()
            again = self.start_agent(host)
            eventually(lambda: self.assertEqual(self.cpu(again), 0))
            subject.go_on()
            now = Kernel(subject.waiting_pid())
            self.assertAlmostEqual(self.cpu(again), now.cpu - subject.kernel.cpu, delta=SLACK_S)
            self.assertEqual(value(again.scrape(), FAMILY, job=JOB), 2 * MANY)

    def test_with_per_process_each_has_its_own(self):
        with Host(self.programs) as host:
            agent = self.start_agent(host, "{process_metrics: true, per_process: true}")
            subjects = [self.subject(host, f"count:{MANY}", "wait") for _ in range(2)]
            page = self.shown_when(agent, 2)
            for subject in subjects:
                self.assertAlmostEqual(value(page, "process_cpu_seconds_total", job=JOB,
                                             pid=str(subject.pid)), subject.kernel.cpu,
                                       delta=SLACK_S)
                self.assertEqual(value(page, "process_threads", job=JOB, pid=str(subject.pid)),
                                 subject.kernel.threads)
            self.assertIsNone(value(page, "process_threads", job=JOB))

    def test_a_reload_turns_it_on_and_off(self):
        with Host(self.programs) as host:
            agent = self.start_agent(host, "{}")
            subject = self.subject(host, "count:1", "wait")
            self.assertIsNone(value(self.shown_when(agent, 1), "process_threads", job=JOB))
            self.config.write_text(f"jobs: {{{JOB}: {{process_metrics: true}}}}\n", encoding="utf-8")
            eventually(lambda: self.assertEqual(value(agent.scrape(), "process_threads", job=JOB),
                                                subject.kernel.threads))
            self.config.write_text("jobs: {}\n", encoding="utf-8")
            eventually(lambda: self.assertIsNone(value(agent.scrape(), "process_threads", job=JOB)))

    def test_a_push_carries_them_too(self):
        with Host(self.programs) as host, Receiver() as receiver:
            self.start_agent(host, "{process_metrics: true}", "--otlp.interval=1s", "--otlp.endpoint",
                             receiver.urls["http"].removesuffix("/v1/metrics"))
            subject = self.subject(host, "count:1", "wait")
            job = (("job", JOB),)

            def received():
                samples = receiver.samples()
                self.assertEqual(samples.get(("process_threads", job)), subject.kernel.threads)
                self.assertIn(("process_cpu_seconds_total", job), samples)
            eventually(received)
            self.assertEqual(receiver.faults(), ([], []))

    def test_a_reader_sees_its_own_tenants(self):
        with Host(self.programs) as host, contextlib.ExitStack() as stack:
            config = host.directory / "shm_exporter.yml"
            config.write_text(f"jobs: {{{JOB}: {{process_metrics: true}}}}\n"
                              f"tenants: {{shop: {{directory: {host.directory}/shop}}, "
                              f"bank: {{directory: {host.directory}/bank}}}}\n"
                              "anonymous: {tenants: [shop]}\n", encoding="utf-8")
            agent = host.start_agent("--config.file", config)
            for tenant in ("bank", "shop"):
                writer = stack.enter_context(Writer(host, JOB, directory=host.directory / tenant))
                writer.do("counter c things_total", "add c 1")

            def shown():
                of_processes = {key: number for key, number in agent.scrape().items()
                                if key[0] == "process_threads"}
                self.assertEqual(
                    of_processes, {("process_threads", (("job", JOB), ("tenant", "shop"))): 1})
            eventually(shown)

    def test_a_process_in_a_pid_namespace_of_its_own_is_absent_and_no_other_is_shown_for_it(self):
        with Host(self.programs) as host:
            agent = self.start_agent(host)
            # It has the number 1 there; here, that is init, of the same user.
            inside = Subject(host, "count:1", "wait", prefix=("unshare", "--pid", "--fork", "--kill-child"))
            self.addCleanup(inside.end)
            self.assertEqual(inside.waiting_pid(), 1)
            page = self.shown_when(agent, 1)
            self.assertEqual(value(page, "shm_exporter_job_processes_measured", job=JOB), 0)
            for name in ("process_threads", "process_cpu_seconds_total", "process_start_time_seconds"):
                self.assertIsNone(value(page, name, job=JOB))


if __name__ == "__main__":
    e2e.main()
