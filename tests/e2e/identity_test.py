"""Who gets in and who sees what, with real certificates, tokens, passwords and a real Prometheus."""

import contextlib
import gzip
import http.client
import os
import subprocess
import sys

import e2e
from credentials import Authority, Issuer, basic, bcrypt, trusting
from harness import Host, eventually, value
from otlp_receiver import Receiver
from prometheus_server import Prometheus
from reader import Reader, ask
from writer import Writer

COUNTER = "things_total"


class Tenants:
    """A host with two tenants, `shop` and `bank`, each with a process of a job `orders` that has counted,
    an authority, an issuer, and the agent's two configuration files."""

    READERS = """
readers:
  - {{san_uri: "spiffe://example.org/prometheus", operator: true}}
  - {{san_dns: shop.example, tenants: [shop]}}
  - {{common_name: bank-reader, tenants: [bank]}}
  - {{user: alice, tenants: [shop]}}
  - {{user: root, operator: true}}
  - {{issuer: "{issuer}", claim: groups, value: bankers, tenants: [bank]}}
  - {{issuer: "{issuer}", claim: sub, value: prometheus-operator, operator: true}}
{more}
issuers:
  - {{issuer: "{issuer}", audience: shm-exporter, keys: {keys}}}
"""

    def __init__(self, programs, more_readers="", shop=""):
        self.host = Host(programs)
        directory = self.host.directory
        # nobody and others must reach the sockets and directories below.
        directory.chmod(0o755)
        self.authority = Authority(directory, "authority")
        self.issuer = Issuer(directory)
        self.server = self.authority.issue("server", "DNS:localhost")
        self.web_config = directory / "web-config.yml"
        self.config = directory / "shm_exporter.yml"
        for tenant in ("shop", "bank"):
            self.directory_of(tenant).mkdir(mode=0o3730, parents=True)
            self.directory_of(tenant).chmod(0o3730)
        self.web_config.write_text(f"""
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_ca_file: authority.pem
  client_auth_type: VerifyClientCertIfGiven
basic_auth_users:
  alice: {bcrypt("wonderland")}
  root: {bcrypt("toor")}
  mallory: {bcrypt("malice")}
""", encoding="utf-8")
        self.config.write_text(f"""
tenants:
  shop: {{directory: {self.directory_of("shop")}, jobs: [orders, "cart-*"]{shop}}}
  bank: {{directory: {self.directory_of("bank")}}}
""" + self.READERS.format(issuer=self.issuer.url, keys=self.issuer.keys, more=more_readers),
                               encoding="utf-8")

    def directory_of(self, tenant):
        return self.host.directory / "tenants" / tenant

    def __enter__(self):
        self.host.__enter__()
        return self

    def __exit__(self, *arguments):
        self.host.__exit__(*arguments)

    def start_agent(self, *options):
        return self.host.start_agent("--config.file", self.config, "--web.config.file",
                                     self.web_config, *options)

    def writer(self, tenant, job="orders"):
        return Writer(self.host, job, directory=self.directory_of(tenant))

    def tls(self, name=None, *sans):
        """A client's TLS, with a certificate of that name."""
        return trusting(self.authority, self.authority.issue(name, *sans) if name else None)


def counted(page):
    """{tenant: value} of the counter that everybody has."""
    return {dict(labels).get("tenant"): number for (name, labels), number in page.items()
            if name == COUNTER}


def count(writer, things):
    writer.do(f"counter c {COUNTER}", f"add c {things}")


class Identity(e2e.Case):

    def setUp(self):
        self._stack = self.enterContext(contextlib.ExitStack())

    def start(self, *options, **keywords):
        """Tenants whose numbers are all there."""
        tenants = self._stack.enter_context(Tenants(self.programs, **keywords))
        agent = tenants.start_agent(*options)
        for tenant, things in (("shop", 3), ("bank", 40)):
            count(self._stack.enter_context(tenants.writer(tenant)), things)

        def both_are_there():
            page = ask(agent, tls=tenants.tls(), authorization=basic("root", "toor")).samples()
            self.assertEqual(counted(page), {"shop": 3, "bank": 40})
        eventually(both_are_there)
        return tenants, agent

    def expect_scraped(self, tenants, agent, scrape, sees):
        """A real Prometheus that shows these credentials gets these tenants' numbers."""
        prometheus = Prometheus(tenants.host, agent, scrape=f"""
    scheme: https
{scrape}""")

        def scraped():
            self.assertTrue(prometheus.query('up{job="shm_exporter"} == 1'))
            self.assertEqual(counted(prometheus.query(COUNTER)), sees)
            return prometheus
        return eventually(scraped)

    def test_prometheus_scrapes_with_mutual_tls(self):
        tenants, agent = self.start()
        tenants.authority.issue("prometheus", "URI:spiffe://example.org/prometheus")
        prometheus = self.expect_scraped(tenants, agent, f"""
    tls_config:
      ca_file: {tenants.authority.certificate}
      cert_file: {tenants.host.directory}/prometheus.pem
      key_file: {tenants.host.directory}/prometheus.key
      server_name: localhost
""", {"shop": 3, "bank": 40})
        # An operator sees the agent's own metrics, too.
        self.assertEqual(len(prometheus.query("shm_exporter_build_info")), 1)
        expiry = prometheus.query("shm_exporter_certificate_expiry_timestamp_seconds")
        self.assertEqual({dict(labels)["subject"] for _, labels in expiry},
                         {"CN=server", "CN=authority"})

    def test_prometheus_scrapes_with_a_bearer_token_file(self):
        tenants, agent = self.start()
        token = tenants.host.directory / "token"
        token.write_text(tenants.issuer.token(groups=["x", "bankers"]), encoding="utf-8")
        prometheus = self.expect_scraped(tenants, agent, f"""
    authorization:
      credentials_file: {token}
    tls_config:
      ca_file: {tenants.authority.certificate}
      server_name: localhost
""", {"bank": 40})
        self.assertEqual(prometheus.query("shm_exporter_build_info"), {})

    def test_prometheus_scrapes_with_basic_auth(self):
        tenants, agent = self.start()
        password = tenants.host.directory / "password"
        password.write_text("wonderland", encoding="utf-8")
        self.expect_scraped(tenants, agent, f"""
    basic_auth:
      username: alice
      password_file: {password}
    tls_config:
      ca_file: {tenants.authority.certificate}
      server_name: localhost
""", {"shop": 3})

    def test_each_reader_sees_its_own_in_every_format_and_filter(self):
        tenants, agent = self.start()
        readers = {
            "shop": {"tls": tenants.tls("web", "DNS:shop.example")},
            "bank": {"tls": tenants.tls("bank-reader")},
        }
        other = {"shop": b"bank", "bank": b"shop"}
        accepts = ("text/plain", "application/openmetrics-text;version=1.0.0",
                   "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                   "encoding=delimited")
        queries = ("", f"?name[]={COUNTER}", "?name[]=shm_exporter_job_processes",
                   "?name[]=shm_exporter_build_info", "?name[]=process_open_fds", "?name[]=no_such",
                   "?name[]=%zz")
        for tenant, shown in readers.items():
            with Reader(agent, **shown) as reader:
                for accept in accepts:
                    for query in queries:
                        for method in ("GET", "HEAD"):
                            answer = reader.ask("/metrics" + query, method, Accept=accept)
                            seen = str(answer.headers).encode() + answer.body
                            self.assertNotIn(other[tenant], seen)
                            for own in (b"shm_exporter_build", b"process_cpu", b"_directory_"):
                                self.assertNotIn(own, answer.body)
                compressed = reader.ask(**{"Accept-Encoding": "gzip"})
                page = gzip.decompress(compressed.body) \
                    if compressed.headers["Content-Encoding"] == "gzip" else compressed.body
                self.assertNotIn(other[tenant], page)
                self.assertIn(f'tenant="{tenant}"'.encode(), page)
                for path in ("/", "/metrics/", "/no-such", "/-/reload"):
                    self.assertNotIn(other[tenant], reader.ask(path).body)

    def test_who_is_unknown_and_who_has_no_tenant(self):
        tenants, agent = self.start("--web.enable-lifecycle")
        nobody = tenants.tls()
        for tls, authorization, status in (
                (nobody, None, 401),
                (nobody, basic("alice", "wrong"), 401),
                (nobody, basic("nobody", "wonderland"), 401),
                (nobody, "Bearer x.y.z", 401),
                (nobody, "Bearer " + tenants.issuer.token(lives_s=-600), 401),
                (nobody, "Bearer " + tenants.issuer.token(audience="another"), 401),
                (nobody, basic("mallory", "malice"), 403),
                (nobody, "Bearer " + tenants.issuer.token(groups=["others"]), 403),
                (tenants.tls("stranger", "DNS:stranger.example"), None, 403)):
            answer = ask(agent, tls=tls, authorization=authorization)
            self.assertEqual(answer.status, status, authorization)
            self.assertNotIn(b"shop", answer.body)
            if status == 401:
                self.assertEqual([line.split(" ")[0] for line in
                                  answer.headers.get_all("WWW-Authenticate")], ["Basic", "Bearer"])
        for path in ("/-/healthy", "/-/ready"):
            self.assertEqual(ask(agent, path, tls=nobody).status, 200)
        # Only an operator reloads.
        reload = ("/-/reload", "POST")
        self.assertEqual(ask(agent, *reload, tls=nobody).status, 401)
        alice, root = basic("alice", "wonderland"), basic("root", "toor")
        self.assertEqual(ask(agent, *reload, tls=nobody, authorization=alice).status, 403)
        self.assertEqual(ask(agent, *reload, tls=nobody, authorization=root).status, 200)

    def test_a_refusal_is_told_in_the_log_and_counted(self):
        tenants, agent = self.start()
        expired = "Bearer " + tenants.issuer.token(lives_s=-600)
        for _ in range(3):
            self.assertEqual(ask(agent, tls=tenants.tls(), authorization=expired).status, 401)
        lines = [line for line in agent.log_text().splitlines() if "token_expired" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("peer=127.0.0.1", lines[0])
        page = ask(agent, tls=tenants.tls(), authorization=basic("root", "toor")).samples()
        self.assertEqual(value(page, "shm_exporter_readers_refused_total", door="http",
                               reason="token_expired"), 3)

    def test_a_connection_ends_when_its_authority_is_not_trusted_any_more(self):
        tenants, agent = self.start()
        with Reader(agent, tls=tenants.tls("bank-reader")) as kept:
            self.assertEqual(counted(kept.ask().samples()), {"bank": 40})
            other = Authority(tenants.host.directory, "another")
            other.certificate.replace(tenants.authority.certificate)
            answer = kept.ask()
            self.assertEqual(answer.status, 401)
            self.assertNotIn(b"bank", answer.body)
            self.assertEqual(answer.headers["Connection"], "close")

    def test_a_socket_of_the_host_knows_its_peer_by_uid(self):
        tenants = self._stack.enter_context(Tenants(
            self.programs, more_readers="  - {uid: 12345, tenants: [bank]}"))
        path = tenants.host.directory / "agent.sock"
        agent = tenants.start_agent("--web.listen-address", f"unix:{path}")
        count(self._stack.enter_context(tenants.writer("bank")), 40)

        def as_root():
            self.assertEqual(counted(ask(agent, unix=path).samples()), {"bank": 40})
        eventually(as_root)
        for uid, status in ((12345, 200), (12346, 403)):
            self.assertEqual(status_as(uid, path), status)

    def test_a_tenants_push_has_its_own_numbers_and_no_others(self):
        everything, own = (self._stack.enter_context(Receiver()) for _ in range(2))

        def endpoint(receiver):
            return receiver.urls["http"].removesuffix("/v1/metrics")
        self.start("--otlp.endpoint", endpoint(everything), "--otlp.interval=1s",
                   shop=f", otlp: {{endpoint: '{endpoint(own)}', interval: 1s}}")

        def whose(receiver):
            streams = receiver.do("streams")["streams"]
            return {(stream["resource"]["service.name"],
                     stream["resource"].get("service.namespace"))
                    for stream in streams}
        eventually(lambda: self.assertEqual(
            whose(everything),
            {("orders", "shop"), ("orders", "bank"), ("shm_exporter", None)}))
        eventually(lambda: self.assertIn((("orders", "shop")), whose(own)))
        own.wait_for_more_requests()
        self.assertEqual(whose(own), {("orders", "shop")})

    def test_the_configuration_is_checked_before_it_is_used(self):
        tenants, agent = self.start()
        good = tenants.config.read_text(encoding="utf-8")
        tenants.config.write_text(good.replace("readers:", "raeders:"), encoding="utf-8")
        root = {"tls": tenants.tls(), "authorization": basic("root", "toor")}
        page = ask(agent, **root).samples()
        self.assertEqual(counted(page), {"shop": 3, "bank": 40})
        self.assertEqual(value(page, "shm_exporter_config_last_reload_successful"), 0)
        self.assertIn("raeders", agent.log_text())
        tenants.config.write_text(good.replace("tenants: [shop]}", "tenants: [bank]}"),
                                  encoding="utf-8")
        alice = ask(agent, tls=tenants.tls(), authorization=basic("alice", "wonderland")).samples()
        self.assertEqual(counted(alice), {"bank": 40})
        page = ask(agent, **root).samples()
        self.assertEqual(value(page, "shm_exporter_config_last_reload_successful"), 1)

    def test_what_needs_a_restart_is_refused_until_then(self):
        tenants, agent = self.start()
        good = tenants.config.read_text(encoding="utf-8")
        root = {"tls": tenants.tls(), "authorization": basic("root", "toor")}
        for more, named in (("jobs: {orders: {per_process: true}}", "per_process of jobs is as when"),
                            ("otlp: {timeout: nonsense}", "otlp is as when"),
                            (f"audit: {{directory: {tenants.host.directory}/audit, key: /none}}",
                             "audit is as when")):
            # With a change that could be used at once, which waits with it.
            tenants.config.write_text(f"{more}\n" + good.replace("tenants: [shop]}", "tenants: [bank]}"),
                                      encoding="utf-8")
            page = ask(agent, **root).samples()
            self.assertEqual(value(page, "shm_exporter_config_last_reload_successful"), 0, more)
            self.assertIn(named, agent.log_text())
            alice = ask(agent, tls=tenants.tls(), authorization=basic("alice", "wonderland")).samples()
            self.assertEqual(counted(alice), {"shop": 3})

    def test_what_is_refused_leaves_the_keys_of_tokens_as_they_were(self):
        tenants, agent = self.start()
        other = tenants.host.directory / "other"
        other.mkdir()
        stranger = Issuer(other)
        operator = {"sub": "prometheus-operator"}

        def status(issuer):
            return ask(agent, tls=tenants.tls(),
                       authorization="Bearer " + issuer.token(**operator)).status
        self.assertEqual((status(tenants.issuer), status(stranger)), (200, 401))
        good = tenants.config.read_text(encoding="utf-8")
        tenants.config.write_text(
            "otlp: {timeout: 1s}\n" + good.replace(str(tenants.issuer.keys), str(stranger.keys)),
            encoding="utf-8")
        self.assertEqual((status(tenants.issuer), status(stranger)), (200, 401))
        self.assertIn("otlp is as when", agent.log_text())
        tenants.config.write_text(good.replace(str(tenants.issuer.keys), str(stranger.keys)),
                                  encoding="utf-8")
        self.assertEqual((status(tenants.issuer), status(stranger)), (401, 200))

    def test_wrong_passwords_take_no_place_from_who_is_known(self):
        with Host(self.programs) as host:
            web_config = host.directory / "web.yml"
            web_config.write_text(f"basic_auth_users:\n  root: {bcrypt('toor', cost=12)}\n",
                                  encoding="utf-8")
            agent = host.start_agent("--web.config.file", web_config, "--web.max-requests=20")
            root = basic("root", "toor")
            self.assertEqual(ask(agent, authorization=root).status, 200)
            with contextlib.ExitStack() as stack:
                crowd = [stack.enter_context(Reader(agent, authorization=basic("root", "guess")))
                         for _ in range(40)]
                for guess in crowd:
                    guess.send()
                self.assertEqual(ask(agent, authorization=root).status, 200)
                self.assertLessEqual({guess.receive().status for guess in crowd}, {401, 503})

    def test_a_file_that_is_half_written_opens_nothing(self):
        readers = "readers:\n- {uid: 0, operator: true}\n"
        users = f"basic_auth_users:\n  root: {bcrypt('toor')}\n"
        tls = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
        required = tls + ("  client_auth_type: RequireAndVerifyClientCert\n"
                          "  client_ca_file: authority.pem\n")
        for option, text in (("config", readers), ("web.config", users), ("web.config", tls + users),
                             ("web.config", required),
                             ("web.config", required + "  client_allowed_sans: [prom.example]\n")):
            with self.subTest(text=text), Host(self.programs) as host:
                authority = Authority(host.directory, "authority")
                authority.issue("server", "DNS:localhost")
                stranger = authority.issue("stranger", "DNS:stranger.example")
                path = host.directory / "file.yml"
                path.write_text(text, encoding="utf-8")
                agent = host.start_agent(f"--{option}.file", path)
                with_certificate = stranger if "sans" in text else None
                for way in (None, trusting(authority, with_certificate)):
                    for end in [at + 1 for at, letter in enumerate(text) if letter == "\n"][::-1] + [0]:
                        path.write_text(text[:end], encoding="utf-8")
                        self.assertNotEqual(status_or_none(agent, way), 200, text[:end])
                self.assertIn("Cannot use the new configuration", agent.log_text())


def status_or_none(agent, tls):
    """None: the handshake or the connection ended."""
    try:
        return ask(agent, tls=tls).status
    except (OSError, http.client.HTTPException):
        return None


def status_as(uid, path):
    """What another user of the host gets at the socket."""
    code = ("import sys; sys.path.insert(0, sys.argv[1]); from reader import ask; "
            "print(ask(None, unix=sys.argv[2]).status)")
    done = subprocess.run(
        ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", sys.executable, "-B", "-c",
         code, os.path.dirname(os.path.abspath(__file__)), path],
        check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout)


if __name__ == "__main__":
    e2e.main()
