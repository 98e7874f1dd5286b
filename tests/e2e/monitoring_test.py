"""Dashboards, rules and scrape examples are run: by promtool, and by a real Prometheus that scrapes real
agents of real services."""

import base64
import contextlib
import subprocess
import urllib.error
import urllib.request

import e2e
import monitoring_files as files
from credentials import Authority, Issuer, bcrypt, openssl
from harness import Host, eventually
from otlp_receiver import Receiver
from prometheus_server import Prometheus

# Of all that an agent can be asked to watch, something.
CONFIG = """
jobs:
  orders: {{process_metrics: true}}
  inventory: {{process_metrics: true}}
readers:
  - {{user: alice, operator: true}}
anonymous: {{operator: true}}
service_identities:
  authorities: {authority}
  jobs: {{orders: {{san_dns: orders.example}}}}
audit: {{directory: {directory}/audit, key: {directory}/audit.key}}
tenants:
  shop: {{directory: {directory}/shop}}
"""


def promtool(*arguments):
    return subprocess.run(["promtool", *map(str, arguments)], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def boxes_overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
            and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


class Monitoring(e2e.Case):

    def setUp(self):
        self.stack = self.enterContext(contextlib.ExitStack())

    def expect_success(self, done):
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_promtool_finds_nothing_in_the_rules(self):
        for file in ("rules.yml", "alerts.yml"):
            self.expect_success(
                promtool("check", "rules", "--lint=all", "--lint-fatal", files.DIRECTORY / file))

    def test_each_rule_does_what_its_unit_test_says(self):
        for file in ("rules_test.yml", "alerts_test.yml"):
            self.expect_success(promtool("test", "rules", files.DIRECTORY / file))
        self.assertEqual(set(files.rule_names("alerts.yml", "alert")),
                         files.alerts_that_tests_see_firing())
        tested = (files.DIRECTORY / "rules_test.yml").read_text(encoding="utf-8")
        for rule in files.rule_names("rules.yml", "record"):
            self.assertIn(rule, tested)

    def test_the_dashboard_is_whole(self):
        dashboard = files.dashboard()
        panels = dashboard["panels"]
        ids = [panel["id"] for panel in panels]
        self.assertEqual(len(set(ids)), len(ids))
        for i, panel in enumerate(panels):
            box = panel["gridPos"]
            self.assertLessEqual(box["x"] + box["w"], 24, panel["title"])
            for other in panels[:i]:
                self.assertFalse(boxes_overlap(box, other["gridPos"]),
                                 f"{panel['title']} lies over {other['title']}")
        for panel in files.panels():
            self.assertTrue(panel["fieldConfig"]["defaults"]["unit"], panel["title"])
            self.assertTrue(panel["description"].endswith("."), panel["title"])
            self.assertEqual({target["datasource"]["uid"] for target in panel["targets"]},
                             {"${datasource}"}, panel["title"])
        self.assertEqual([variable["name"] for variable in dashboard["templating"]["list"]],
                         ["datasource", "instance", "job", "method"])

    def start_whole_agent(self, host, receiver):
        """One that has something of everything to say."""
        authority = Authority(host.directory, "authority")
        openssl("genpkey", "-algorithm", "ed25519", "-out", host.directory / "audit.key")
        config, web_config = host.directory / "shm_exporter.yml", host.directory / "web-config.yml"
        config.write_text(CONFIG.format(authority=authority.certificate, directory=host.directory),
                          encoding="utf-8")
        web_config.write_text(f"basic_auth_users: {{alice: {bcrypt('wonderland')}}}\n",
                              encoding="utf-8")
        return host.start_agent(
            "--config.file", config, "--web.config.file", web_config, "--otlp.interval=1s",
            "--otlp.endpoint", receiver.urls["http"].removesuffix("/v1/metrics"))

    def be_refused(self, agent):
        wrong = base64.b64encode(b"alice:wrong").decode()
        request = urllib.request.Request(agent.url, headers={"Authorization": f"Basic {wrong}"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()

    def test_every_query_of_the_dashboard_returns_data(self):
        host = self.stack.enter_context(Host(self.programs))
        agent = self.start_whole_agent(host, self.stack.enter_context(Receiver("--count-only")))
        self.be_refused(agent)
        services = [host.start_service(name, "--native") for name in ("orders", "inventory")]
        host.start_load(services, calls=0, rate=200)
        classic = Prometheus(host, agent, name="classic")
        native = Prometheus(host, agent, "native-histograms", name="native")

        def all_return_data():
            for title, expression in files.queries():
                server = native if files.is_of_native_histograms(expression) else classic
                self.assertTrue(server.get("query", query=expression)["result"],
                                f"{title}: no data for {expression}")
        eventually(all_return_data)

        quantile = 'histogram_quantile(0.9, rate(grpc_server_handling_seconds{job="orders"}[30s]))'
        self.assertTrue(native.get("query", query=quantile)["result"])
        self.assertFalse(classic.get("query", query=quantile)["result"])
        known = set(classic.get("label/__name__/values")) | {"grpc_server_handling_seconds"}
        for file in ("rules.yml", "alerts.yml"):
            self.assertLessEqual(files.metrics_of_rules(file), known)
        self.assertLessEqual(files.metrics_of_variables(), known)

    def expect_scraped(self, prometheus, targets):
        def scraped():
            up = [series["value"][1] for series in
                  prometheus.get("query", query='up{job="shm_exporter"}')["result"]]
            self.assertEqual(up, ["1"] * targets)
            # honor_labels: the job is the service's.
            self.assertIn("orders", prometheus.get("label/job/values"))
        eventually(scraped)

    def start_watched_host(self, *options):
        """An agent and a service that counts, on a host of their own."""
        host = self.stack.enter_context(Host(self.programs))
        agent = host.start_agent(*options)
        host.start_load([host.start_service("orders")], calls=0, rate=50)
        return host, agent

    def start_protected_host(self, reader, client_auth_type):
        """The same with TLS, for this reader; returns the host and its address, by its name."""
        host = self.stack.enter_context(Host(self.programs))
        directory = host.directory
        authority, issuer = Authority(directory, "ca"), Issuer(directory)
        authority.issue("agent", "DNS:localhost")
        authority.issue("prometheus", "URI:spiffe://example.org/prometheus")
        (directory / "token").write_text(issuer.token(), encoding="utf-8")
        (directory / "web-config.yml").write_text(
            "tls_server_config: {cert_file: agent.pem, key_file: agent.key, client_ca_file: ca.pem,"
            f" client_auth_type: {client_auth_type}}}\n", encoding="utf-8")
        (directory / "shm_exporter.yml").write_text(
            f"readers: [{{{reader.format(issuer=issuer.url)}, operator: true}}]\n"
            f"issuers: [{{issuer: {issuer.url}, audience: shm-exporter, keys: {issuer.keys}}}]\n",
            encoding="utf-8")
        agent = host.start_agent("--config.file", directory / "shm_exporter.yml",
                                 "--web.config.file", directory / "web-config.yml")
        host.start_load([host.start_service("orders")], calls=0, rate=50)
        return host, f"localhost:{agent.address.rpartition(':')[2]}"

    def test_prometheus_runs_with_the_scrape_examples(self):
        host, agent = self.start_watched_host()
        second_host, second = self.start_watched_host()
        (host.directory / "targets-1.yml").write_text(
            files.scrape_example("targets.yml", node1=agent.address, node2=second.address),
            encoding="utf-8")
        mutual_host, mutual = self.start_protected_host(
            "san_uri: 'spiffe://example.org/prometheus'", "RequireAndVerifyClientCert")
        token_host, bearer = self.start_protected_host(
            "issuer: {issuer}, claim: sub, value: prometheus", "VerifyClientCertIfGiven")
        running = {}
        for on, name, targets, addresses in (
                (second_host, "host.yml", 1, {"localhost": agent.address}),
                (host, "fleet.yml", 2, {}),
                (mutual_host, "mutual_tls.yml", 1, {"node1": mutual}),
                (token_host, "bearer_token.yml", 1, {"node1": bearer})):
            config = files.scrape_example(name, credentials=on.directory, **addresses)
            (on.directory / name).write_text(config, encoding="utf-8")
            self.expect_success(promtool("check", "config", on.directory / name))
            running[name] = Prometheus(on, None, config=config), targets
        for name, (prometheus, targets) in running.items():
            with self.subTest(name):
                self.expect_scraped(prometheus, targets)
        self.expect_rules_evaluated(running["host.yml"][0])
        self.assertIn("north", running["fleet.yml"][0].get("label/datacenter/values"))

    def expect_rules_evaluated(self, prometheus):
        def evaluated():
            rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
            self.assertEqual({rule["health"] for rule in rules}, {"ok"})
            self.assertEqual(len(rules), len(files.rule_names("rules.yml", "record"))
                             + len(files.rule_names("alerts.yml", "alert")))
            self.assertTrue(
                prometheus.get("query", query="job:grpc_server_handled:rate5m > 0")["result"])
        eventually(evaluated)


if __name__ == "__main__":
    e2e.main()
