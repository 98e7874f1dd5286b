"""A segment directory that is not there: services go on, and the agent finds it when it comes."""

import e2e
from harness import Host, eventually, value
from truth import CODES, expect_equal, expected

CALLS = 200


class Directory(e2e.Case):

    def expect_served(self, truth):
        """Every call was answered as the service meant it."""
        self.assertEqual(sum(call["calls"] for call in truth["calls"]), CALLS)
        self.assertLessEqual({CODES[call["code"]] for call in truth["calls"]},
                             {"OK", "InvalidArgument", "NotFound", "Aborted"})

    def test_services_without_a_directory_serve(self):
        with Host(self.programs) as host:
            host.segments.rmdir()
            services = [host.start_service("orders"), host.start_service("inventory")]
            self.expect_served(host.start_load(services, CALLS).result())
            for service in services:
                self.assertEqual(len(service.log_text().splitlines()), 1, service.log_text())

    def test_an_agent_makes_its_directory(self):
        with Host(self.programs) as host:
            host.segments.rmdir()
            self.expect_found(host, host.start_agent())

    def test_an_agent_finds_a_directory_that_was_removed_and_made_again(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            eventually(agent.scrape)
            host.segments.rmdir()
            eventually(lambda: self.expect_presence(host, agent, 0))
            host.segments.mkdir()
            self.expect_found(host, agent)

    def expect_presence(self, host, agent, presence):
        shown = value(agent.scrape(), "shm_exporter_directory_present", directory=str(host.segments))
        self.assertEqual(shown, presence)

    @staticmethod
    def expect_found(host, agent):
        service = host.start_service("orders")
        truth = host.start_load([service], CALLS).result()
        eventually(lambda: expect_equal(expected(truth), agent.scrape()))


if __name__ == "__main__":
    e2e.main()
