"""The agent under a real systemd: it starts, reloads, is restarted, and no count and no scrape is lost."""

import signal

import case
from machine import AGENT, PORT, SEGMENTS, SOCKET, Producer, eventually

from harness import value


class AgentTest(case.Case):

    def producer(self, name, *properties, **how):
        return self.enterContext(Producer(self.machine, name, *properties, **how))

    def counted(self, job="orders"):
        return value(self.machine.scrape(), "taken_total", job=job)

    def expect(self, number, job="orders"):
        self.assertEqual(self.counted(job), number)

    def test_it_is_ready_when_it_has_read_what_was_there(self):
        self.machine.run("systemctl", "stop", AGENT, SOCKET)
        for number in range(5):
            self.producer(f"orders{number}", job="orders").do("counter a taken_total",
                                                              f"add a {number}")
        self.machine.run("systemctl", "start", AGENT)
        self.expect(10)  # at once
        self.assertEqual(self.machine.show("ActiveState"), "active")
        self.assertEqual(self.machine.show("StatusText"),
                         "Jobs: 1, live segments: 5, files refused: 0.")

    def test_a_reload_takes_a_good_configuration_and_refuses_a_broken_one(self):
        self.machine.write("/etc/shm-exporter/web-config.yml", "basic_auth_users: {nobody: plain}\n")
        with self.assertRaisesRegex(AssertionError, "exit 1"):
            self.machine.run("systemctl", "reload", AGENT)
        self.assertIn("/etc/shm-exporter/web-config.yml", self.machine.journal())
        self.assertIn("expected a bcrypt hash", self.machine.journal())
        self.machine.scrape()  # by what is in force still
        self.machine.write("/etc/shm-exporter/web-config.yml",
                           "http_server_config: {headers: {X-Frame-Options: deny}}\n")
        pid = self.machine.main_pid()
        self.machine.run("systemctl", "reload", AGENT)

        def check():
            self.assertIn("Reloaded the configuration", self.machine.journal())
            self.assertEqual(self.machine.show("ActiveState"), "active")
        eventually(check)
        self.assertEqual(self.machine.main_pid(), pid)
        self.assertIn("X-Frame-Options: deny",
                      self.machine.run("curl", "-sSi", f"localhost:{PORT}/metrics"))

    def test_a_crash_loses_no_count(self):
        ended = self.producer("orders")
        ended.do("counter a taken_total", "add a 5")
        live = self.producer("more", job="orders")
        live.do("counter a taken_total", "add a 3")
        ended.end()
        eventually(lambda: self.assertEqual(
            value(self.machine.scrape(), "shm_exporter_folds_total"), 1))
        pid = self.machine.main_pid()
        self.machine.kill_agent()
        live.do("add a 100")
        self.expect(108)  # The scrape waits for the next agent.
        self.assertNotEqual(self.machine.main_pid(), pid)
        self.assertEqual(self.machine.show("NRestarts"), "1")

    def test_a_hung_agent_is_killed_and_started_again(self):
        self.machine.drop_in(AGENT, "[Service]\nWatchdogSec=2s\n")
        self.machine.run("systemctl", "restart", AGENT)
        ended = self.producer("orders")
        ended.do("counter a taken_total", "add a 5")
        ended.end()
        eventually(lambda: self.expect(5))
        self.machine.kill_agent(signal.SIGSTOP)
        eventually(lambda: self.assertEqual(self.machine.show("NRestarts"), "1"))
        self.assertIn("Watchdog timeout", self.machine.journal())
        self.expect(5)

    def test_an_agent_that_gets_on_is_left_alone(self):
        self.machine.drop_in(AGENT, "[Service]\nWatchdogSec=1s\n")
        self.machine.run("systemctl", "restart", AGENT)
        fed = self.machine.show("WatchdogTimestampMonotonic")
        for _ in range(4):  # longer than that second
            before = fed

            def check(last=before):
                self.assertNotEqual(self.machine.show("WatchdogTimestampMonotonic"), last)
            eventually(check)
            fed = self.machine.show("WatchdogTimestampMonotonic")
        self.assertEqual(self.machine.show("NRestarts"), "0")

    def test_whoever_asks_first_starts_it(self):
        self.machine.run("systemctl", "stop", AGENT)
        self.assertEqual(self.machine.show("ActiveState"), "inactive")
        self.machine.scrape()
        eventually(lambda: self.assertEqual(self.machine.show("ActiveState"), "active"))

    def test_the_socket_unit_says_where_it_listens(self):
        self.machine.drop_in(SOCKET, f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{PORT + 1}\n"
                                     "ListenStream=/run/shm-exporter.sock\n")
        self.machine.run("systemctl", "restart", SOCKET)  # and the agent with it
        with self.assertRaises(OSError):
            self.machine.page()
        self.machine.run("curl", "-sSf", f"127.0.0.1:{PORT + 1}/metrics")
        # As anybody.
        self.machine.run("setpriv", "--reuid=65534", "--clear-groups", "curl", "-sSf", "--unix-socket",
                         "/run/shm-exporter.sock", "http://agent/metrics")

    def test_who_may_scrape_is_said_by_the_socket_unit(self):
        self.machine.drop_in(SOCKET, "[Socket]\nIPAddressDeny=any\nIPAddressAllow=127.0.0.7\n")
        self.machine.run("systemctl", "restart", SOCKET)

        def curl(source, *options):
            return self.machine.tell("curl", "-sS", "--interface", source, "-o", "/dev/null",
                                     "-w", "%{http_code}", *options, f"127.0.0.1:{PORT}/-/healthy")
        self.assertEqual(curl("127.0.0.7"), "200")
        # Nobody answers at all; a deadline is all that shows it.
        self.assertRegex(curl("127.0.0.8", "--connect-timeout", "1"), "timed out|Timeout")

    def test_restarts_refuse_no_scrape(self):
        self.producer("orders").do("counter a taken_total", "add a 5")
        with self.machine.scraping() as scrapes:
            for _ in range(50 if case.FULL else 10):
                self.machine.run("systemctl", "restart", AGENT)
        self.assertEqual(scrapes.failures, [])
        self.assertGreater(scrapes.answered, 0)
        self.expect(5)

    def test_a_stop_leaves_the_segments_where_they_are(self):
        live = self.producer("orders")
        live.do("counter a taken_total", "add a 5")
        self.expect(5)
        before = self.machine.run("ls", SEGMENTS)
        self.machine.run("systemctl", "stop", AGENT, SOCKET)
        self.assertEqual(self.machine.run("ls", SEGMENTS), before)
        live.do("add a 1")
        with Producer(self.machine, "brief", job="orders") as brief:  # is born and dies meanwhile
            brief.do("counter a taken_total", "add a 10")
        self.machine.run("systemctl", "start", AGENT)
        self.expect(16)


if __name__ == "__main__":
    case.main()
