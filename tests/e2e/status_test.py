"""The status page in a real browser: what it shows is what /metrics shows, it follows what happens, and
everybody can use it. Screenshots of it are left behind, for a person to look at."""

import base64
import contextlib
import gzip
import json
import resource
import subprocess
import time
import urllib.error
import urllib.request

import accessibility
import e2e
from browser import PHONE, Browser
from credentials import bcrypt
from harness import Host, eventually, value
from selenium.webdriver.common.keys import Keys
from tiny_segment import lock, tiny_segment
from writer import Writer

HANDLED, LATENCY = "grpc_server_handled_total", "grpc_server_handling_seconds"
BOUNDS = "0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10"
METHOD = "grpc_service=shop.Orders grpc_method=Place grpc_type=unary"
HOSTILE = "<img src=x onerror=document.body.remove()>\"'&amp;\u202e" + "long" * 30


def encoded(text):
    """As the writer's commands want values."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


class Server(Writer):
    """A process that says that it has answered RPCs: whatever the test tells it."""

    def __init__(self, host, job, **options):
        super().__init__(host, job, **options)
        self.do(*(f"counter {code} {HANDLED} {METHOD} grpc_code={code}" for code in ("OK", "NotFound")),
                f"histogram h {LATENCY} bounds={BOUNDS} {METHOD}")

    def answer_rpcs(self, seconds, failed=0):
        self.do(*(f"observe h {each}" for each in seconds),
                f"add OK {len(seconds) - failed}", f"add NotFound {failed}")


def status(agent, query="", headers=None):
    """The JSON, and how many bytes it has."""
    request = urllib.request.Request(f"http://{agent.address}/api/v1/status{query}", headers=headers or {})
    with urllib.request.urlopen(request) as response:
        body = response.read()
        if response.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        return json.loads(body), len(body)


def page_of(agent):
    return f"http://{agent.address}/"


def number(text):
    return int(text.replace(",", ""))


class StatusPage(e2e.Case):

    def browser(self, **options):
        return self.enterContext(Browser(**options))

    def server(self, host, job, **options):
        return self.enterContext(Server(host, job, **options))

    def expect_usable(self, browser):
        self.assertEqual(accessibility.findings(browser), [])
        self.assertLessEqual(browser.overflow_px(), 0)

    def test_values_are_those_of_metrics(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            services = [host.start_service("orders"), host.start_service("inventory")]
            host.start_load(services, calls=200).result()
            self.server(host, "made").answer_rpcs([0.004, 0.02, 0.02, 7, 70], failed=2)
            browser = self.browser()
            browser.open(page_of(agent))
            # Nothing is counted any more: one look is as good as another.
            metrics, (told, _) = agent.scrape(), status(agent)
            rows = {row["job"]: row for row in browser.rows("jobs")}
            self.assertEqual(set(rows), {"orders", "inventory", "shop", "made"})
            for job in told["jobs"]:
                name, row = job["job"], rows[job["job"]]
                side = "server" if job["server"] else "client"
                handled = {labels["grpc_code"]: 0 for labels in self.labels(metrics, name, side)}
                for (family, labels), count in metrics.items():
                    if family == f"grpc_{side}_handled_total" and dict(labels)["job"] == name \
                            and "grpc_code" in dict(labels):
                        handled[dict(labels)["grpc_code"]] += count
                shown = {code: count for code, count in job[side]["handled_total"].items() if count}
                self.assertEqual(shown, {code: count for code, count in handled.items() if count})
                self.assertEqual(number(row["handled"]), sum(handled.values()))
                self.assertEqual(number(row["processes"]),
                                 value(metrics, "shm_exporter_job_processes", job=name))
                self.expect_buckets(metrics, name, side, job[side]["handling_seconds"])
            agent_told = told["agent"]
            for key, family in (("jobs", "shm_exporter_jobs"), ("series", "shm_exporter_series"),
                                ("folds_total", "shm_exporter_folds_total")):
                self.assertEqual(agent_told[key], value(metrics, family), key)
            for state, count in agent_told["segments"].items():
                if state != "degraded":
                    self.assertEqual(count, value(metrics, "shm_exporter_segments", state=state))
            self.expect_detail(browser)
            self.assertEqual(browser.complaints(), [])

    @staticmethod
    def labels(metrics, job, side):
        """Of the job's RPCs that have a code."""
        return [dict(labels) for family, labels in metrics
                if family == f"grpc_{side}_handled_total" and dict(labels)["job"] == job
                and "grpc_code" in dict(labels)]

    def expect_buckets(self, metrics, job, side, told):
        cumulative = {}
        for (family, labels), count in metrics.items():
            labels = dict(labels)
            if family == f"grpc_{side}_handling_seconds_bucket" and labels["job"] == job:
                cumulative[float(labels["le"])] = cumulative.get(float(labels["le"]), 0) + count
        bounds = [*told["le"], float("inf")]
        self.assertEqual(dict(zip(bounds, told["count_total"])), cumulative)

    def expect_detail(self, browser):
        """Of the job `made`, when its row is opened."""
        browser.click("""#jobs tr[data-key='["","made",""]'] .opener""")
        tables = browser.run("""
            return [...document.querySelectorAll('.side[data-side=server] tbody')].map((body) =>
              [...body.rows].map((row) => [...row.cells].map((cell) => cell.textContent)))""")
        latencies, codes, methods = tables
        self.assertEqual([(name, count) for name, _, count in latencies],
                         [("≤ 5 ms", "1"), ("≤ 25 ms", "2"), ("≤ 10 s", "1"), ("> 10 s", "1")])
        self.assertEqual(codes, [["OK", "3"], ["NotFound", "2"]])
        self.assertEqual(methods[0], ["shop.Orders/Place", "5", "2"])

    def test_traffic_moves_the_numbers_without_a_reload(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            server = self.server(host, "orders")
            server.answer_rpcs([0.004])
            browser = self.browser()
            browser.open(page_of(agent))
            browser.run("window.sameDocument = true")
            browser.wait_for_news()
            row, = browser.rows("jobs")
            self.assertEqual((row["rate"], row["errors"], row["p99"], row["handled"]), ("0/s", "–", "–", "1"))
            server.answer_rpcs([0.02] * 90 + [3] * 10, failed=25)

            def check():
                moved, = browser.rows("jobs")
                self.assertEqual(moved["handled"], "101")
                self.assertEqual(moved["errors"], "25 %")
                self.assertNotEqual(moved["rate"], "0/s")
                self.assertTrue(moved["p50"].endswith(" ms"), moved["p50"])
                self.assertTrue(moved["p99"].endswith(" s"), moved["p99"])
            eventually(check)
            browser.wait_for_news()
            row, = browser.rows("jobs")
            self.assertEqual(row["rate"], "0/s")
            self.assertTrue(browser.run("return window.sameDocument"))
            self.assertEqual(browser.complaints(), [])

    def test_quantiles_are_those_of_promql(self):
        histograms = [([0.1, 0.5, 1], [3, 9, 9, 12]), ([0.005, 0.01], [5, 5, 5]),
                      ([0.25, 1, 4], [0, 7, 7, 7]), ([0.1], [0, 3]), ([1, 2, 3], [1, 2, 3, 1000])]
        with Host(self.programs) as host:
            browser = self.browser()
            browser.open(page_of(host.start_agent()))
            series, checks = [], []
            for i, (bounds, counts) in enumerate(histograms):
                for bound, count in zip([*bounds, "+Inf"], counts):
                    series.append({"series": f'h_bucket{{i="{i}",le="{bound}"}}', "values": str(count)})
                for q in (0.5, 0.9, 0.99):
                    shown = browser.module("model.js", f"m.quantile({q}, "
                                           f"{json.dumps({'le': bounds, 'count_total': counts})}).seconds")
                    checks.append({"expr": f'histogram_quantile({q}, h_bucket{{i="{i}"}})', "eval_time": "0m",
                                   "exp_samples": [{"labels": f'{{i="{i}"}}', "value": shown}]})
            tests = host.directory / "quantiles.yml"
            tests.write_text(json.dumps({"tests": [
                {"interval": "1m", "input_series": series, "promql_expr_test": checks}]}), encoding="ascii")
            ran = subprocess.run(["promtool", "test", "rules", tests], capture_output=True, text=True,
                                 check=False)
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_counters_that_begin_anew_are_no_negative_rates(self):
        with Host(self.programs) as host:
            browser = self.browser()
            browser.open(page_of(host.start_agent()))
            side = {"started_total": 100, "handled_total": {"OK": 90, "Aborted": 10},
                    "handling_seconds": {"le": [1], "count_total": [90, 100]}}
            fewer = {"started_total": 4, "handled_total": {"OK": 3, "Aborted": 1},
                     "handling_seconds": {"le": [1], "count_total": [3, 4]}}
            told = browser.module("model.js", f"m.calls({json.dumps(side)}, {json.dumps(fewer)}, 2)")
            self.assertEqual((told["rate"], told["errorRatio"]), (2, 0.25))
            self.assertEqual(told["observed"]["count_total"], [3, 4])

    def test_names_are_text_whatever_they_are(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            server = self.server(host, HOSTILE)
            server.do(f"counter x {HANDLED} grpc_code={encoded(HOSTILE)} grpc_method={encoded(HOSTILE)}"
                      f" grpc_service=s grpc_type=unary", "add x 3")
            (host.segments / "<b>bold.shmx").write_bytes(b"x" * 8192)
            for size, name in ((None, "hostile"), (PHONE, "hostile-phone")):
                browser = self.browser(**({"size": size} if size else {}))
                browser.open(page_of(agent))
                browser.click("#jobs .opener")
                self.assertEqual(browser.rows("jobs")[0]["job"], HOSTILE)
                self.assertEqual(browser.rows("processes")[0]["job"], HOSTILE)
                self.assertIn("<b>bold.shmx", browser.rows("problems")[0]["file"])
                self.assertEqual(browser.run("return document.querySelectorAll('img, b').length"), 0)
                self.expect_usable(browser)
                browser.screenshot(name)
                self.assertEqual(browser.complaints(), [])

    def test_a_file_that_is_not_served_is_named_with_what_to_do(self):
        with Host(self.programs) as host:
            agent = host.start_agent("--segments.rescan-interval", "1s")
            self.server(host, "orders").answer_rpcs([1])
            browser = self.browser()
            browser.open(page_of(agent))
            self.assertEqual(browser.text("#health-text"), "Healthy.")
            garbage = host.segments / "garbage.shmx"
            garbage.write_bytes(b"x" * 8192)

            def refused():
                rows = browser.rows("problems")
                self.assertEqual([row["file"] for row in rows], [str(garbage)])
                self.assertIn("not_a_segment", rows[0]["reason"])
                self.assertIn("Remove it", rows[0]["remedy"])
                self.assertEqual(browser.text("#health-text"), "Running; 1 thing needs attention.")
            eventually(refused)
            garbage.unlink()
            eventually(lambda: self.assertEqual(browser.text("#health-text"), "Healthy."))
            self.assertTrue(browser.run("return document.getElementById('problems').hidden"))

    def test_everything_can_be_used_by_keyboard(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            for job in ("alpha", "beta", "gamma"):
                self.server(host, job).answer_rpcs([0.1] * len(job))
            browser = self.browser()
            browser.open(page_of(agent))
            keys = browser.driver.switch_to
            keys.active_element.send_keys(Keys.TAB)
            self.assertEqual(keys.active_element.text, "Skip to the jobs")
            keys.active_element.send_keys(Keys.ENTER)
            self.assertEqual(browser.run("return document.activeElement.id"), "jobs")
            browser.open(page_of(agent))
            reached = self.tab_through(browser)
            for name in ("Metrics", "Filter jobs", "Filter processes", "Job", "p99", "alpha"):
                self.assertIn(name, reached)
            self.expect_sorting(browser)
            self.expect_opening(browser)
            browser.run("document.querySelector('#jobs input').focus()")
            keys.active_element.send_keys("BET")
            self.assertEqual([row["job"] for row in browser.rows("jobs")], ["beta"])
            self.assertEqual(browser.complaints(), [])

    @staticmethod
    def tab_through(browser):
        """What the tabulator reaches, in its order, each with a visible focus."""
        reached = []
        for _ in range(200):
            browser.driver.switch_to.active_element.send_keys(Keys.TAB)
            name, outlined = browser.run("""
                const element = document.activeElement;
                const label = element.labels && element.labels[0];
                return [(label || element).textContent.trim().slice(0, 60),
                        element === document.body || getComputedStyle(element).outlineStyle !== 'none'];""")
            assert outlined, f"no focus is seen on {name}"
            if browser.run("return document.activeElement === document.body"):
                break
            reached.append(name)
        return reached

    def expect_sorting(self, browser):
        header = "#jobs th[data-column='handled']"
        for order, jobs in (("descending", ["alpha", "gamma", "beta"]), ("ascending", ["beta", "alpha", "gamma"])):
            browser.run(f"document.querySelector(\"{header} button\").focus()")
            browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
            self.assertEqual(browser.run(f"return document.querySelector(\"{header}\").ariaSort"), order)
            self.assertEqual([row["job"] for row in browser.rows("jobs")], jobs)

    def expect_opening(self, browser):
        browser.run("document.querySelector('#jobs .opener').focus()")
        browser.driver.switch_to.active_element.send_keys(Keys.SPACE)
        state = "return [document.activeElement.textContent, document.activeElement.ariaExpanded]"
        self.assertEqual(browser.run(state), ["beta", "true"])
        browser.wait_for_news()
        self.assertEqual(browser.run(state), ["beta", "true"], "the focus stays where it was")
        browser.run("document.querySelector('.lives button').focus()")
        browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertEqual([row["job"] for row in browser.rows("processes")], ["beta"])
        self.assertEqual(browser.run("return document.activeElement.type"), "search")
        browser.run("document.querySelector('#jobs .opener').focus()")
        browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertEqual(browser.run(state), ["beta", "false"])

    def test_it_can_be_read_in_both_schemes_and_at_every_width(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            services = [host.start_service("orders"), host.start_service("inventory")]
            load = host.start_load(services, calls=0, rate=200)
            (host.segments / "garbage.shmx").write_bytes(b"x" * 8192)
            (host.segments / "notes.txt").write_text("notes", encoding="ascii")
            browser = self.browser()
            browser.open(page_of(agent))
            agent.scrape()
            for _ in range(4):
                browser.wait_for_news()
            self.expect_usable(browser)
            browser.screenshot("light")
            browser.click("#jobs .opener")
            for dark, size, name in ((False, (1280, 1000), "light-opened"), (True, (1280, 1000), "dark"),
                                     (True, PHONE, "phone-dark"), (False, PHONE, "phone"),
                                     (False, (768, 1000), "tablet")):
                with self.subTest(name):
                    browser.resize(size)
                    browser.set_dark(dark)
                    browser.wait_for_news()
                    self.expect_usable(browser)
                    browser.screenshot(name)
            self.assertEqual(browser.complaints(), [])
            load.stop()

    def test_what_cannot_be_read_is_found(self):
        """A checker that finds nothing must be one that would."""
        with Host(self.programs) as host:
            browser = self.browser()
            browser.open(page_of(host.start_agent()))
            self.assertEqual(accessibility.findings(browser), [])
            browser.run("""
                const add = (name, properties) =>
                  document.querySelector('main').append(Object.assign(document.createElement(name), properties));
                add('button', {});
                add('h6', {textContent: 'too low'});
                add('p', {id: 'jobs', textContent: 'pale'});
                document.querySelector('p#jobs').style.color = '#999';
                document.querySelector('main').append(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
                add('table', {textContent: 'x'});
                document.querySelector('header').remove();""")
            found = accessibility.findings(browser)
            for finding in ("a button without a name", "h6 after", "id twice: jobs", 'of "pale"',
                            "an image without words", "a table without a caption", "no banner", "not one h1"):
                self.assertTrue(any(finding in each for each in found), (finding, found))

    def test_a_thousand_processes(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
        with Host(self.programs) as host, contextlib.ExitStack() as files:
            began = time.time_ns() - 90_000 * 1_000_000_000
            for i in range(1000):
                name = f"{i:032x}"
                file = files.enter_context(open(host.segments / f".{name}", "w+b"))
                lock(file)
                file.write(tiny_segment(f"job-{i % 25:02}", HANDLED, i, pid=10_000 + i,
                                        start_unix_ns=began + i * 1_000_000_000))
                file.flush()
                (host.segments / f".{name}").rename(host.segments / f"{name}.shmx")
            agent = host.start_agent()
            told, size = status(agent)
            self.assertEqual(told["processes_total"], 1000)
            self.assertLess(size, 500_000)
            browser = self.browser()
            browser.open(page_of(agent))
            self.assertIn("25 jobs, 1,000 processes", browser.text("#health"))
            self.assertEqual(len(browser.rows("processes")), 50)
            self.assertEqual(browser.text("#processes .pager span"), "1–50 of 1,000 processes")
            browser.click("#processes .pager button:last-child")
            self.assertEqual(browser.text("#processes .pager span"), "51–100 of 1,000 processes")
            browser.click("#processes th[data-column='pid'] button")
            self.assertEqual(browser.rows("processes")[0]["pid"], "10949", "the second page, from above")
            browser.run("document.querySelector('#processes input').focus()")
            browser.driver.switch_to.active_element.send_keys("10042")
            row, = browser.rows("processes")
            self.assertEqual((row["job"], row["pid"], row["series"]), ("job-17", "10042", "1"))
            self.assertTrue(row["uptime"].startswith("1 d"), row["uptime"])
            browser.run("document.querySelector('#processes input').value = ''")
            browser.run("document.querySelector('#processes input').dispatchEvent(new Event('input'))")
            browser.wait_for_news()
            self.expect_usable(browser)
            browser.screenshot("thousand-processes")
            self.assertEqual(browser.complaints(), [])

    def test_an_agent_that_is_started_again_is_followed(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            server = self.server(host, "orders")
            server.answer_rpcs([0.1] * 7)
            browser = self.browser()
            browser.open(page_of(agent))
            browser.run("window.sameDocument = true")
            agent.stop()
            eventually(lambda: self.assertIn("does not answer", browser.text("#health-text")))
            self.assertEqual(browser.rows("jobs")[0]["handled"], "7", "what was seen last stays")
            browser.screenshot("silent")
            host.start_agent("--web.listen-address", agent.address)
            server.answer_rpcs([0.1] * 2)
            eventually(lambda: self.assertEqual(browser.text("#health-text"), "Healthy."))
            browser.wait_for_news()
            self.assertEqual(browser.rows("jobs")[0]["handled"], "9")
            self.assertTrue(browser.run("return window.sameDocument"))
            self.assertEqual([line for line in browser.complaints() if "ERR_CONNECTION_REFUSED" not in line], [])

    def test_an_agent_that_serves_no_page_says_why(self):
        with Host(self.programs) as host:
            loop = host.directory / "loop"
            loop.symlink_to(loop)
            agent = host.start_agent("--segments.directory", loop)
            browser = self.browser()
            browser.open(page_of(agent))
            self.assertIn("Not ready", browser.text("#health-text"))
            self.assertIn(str(loop), browser.text("#concerns"))
            self.assertEqual(browser.complaints(), [])

    def test_a_reader_of_a_tenant_sees_its_own_only(self):
        with Host(self.programs) as host:
            web = host.directory / "web.yml"
            web.write_text(f"basic_auth_users:\n  alice: {bcrypt('wonderland')}\n  root: {bcrypt('toor')}\n",
                           encoding="ascii")
            config = host.directory / "shm_exporter.yml"
            directories = {tenant: host.directory / tenant for tenant in ("shop", "bank")}
            config.write_text("tenants:\n" + "".join(
                f"  {tenant}: {{directory: {path}}}\n" for tenant, path in directories.items())
                + "readers:\n  - {user: alice, tenants: [shop]}\n  - {user: root, operator: true}\n",
                encoding="ascii")
            for path in directories.values():
                path.mkdir(mode=0o700)
            agent = host.start_agent("--config.file", config, "--web.config.file", web)
            self.server(host, "orders", directory=directories["shop"]).answer_rpcs([0.1] * 3, failed=1)
            self.server(host, "ledger", directory=directories["bank"]).answer_rpcs([0.1] * 5)
            for tenant, path in directories.items():
                (path / f"{tenant}.notes").write_text("notes", encoding="ascii")
            alice = {"Authorization": "Basic " + base64.b64encode(b"alice:wonderland").decode()}
            root = {"Authorization": "Basic " + base64.b64encode(b"root:toor").decode()}
            with self.assertRaises(urllib.error.HTTPError) as refused:
                status(agent)
            self.assertEqual(refused.exception.code, 401)
            self.expect_reader(agent, alice, ["orders"])
            told, _ = status(agent, headers=root)
            self.assertEqual([job["job"] for job in told["jobs"]], ["ledger", "orders"])
            self.assertEqual(told["problems_total"], 2)
            browser = self.browser()
            browser.set_headers(root)
            browser.open(page_of(agent))
            self.assertEqual([row["tenant"] for row in browser.rows("jobs")], ["bank", "shop"])
            browser.screenshot("operator-of-tenants")

    def expect_reader(self, agent, headers, jobs):
        """Sees these jobs of the shop, in the JSON and on the page, and nothing that is for operators."""
        eventually(lambda: self.assertEqual(status(agent, headers=headers)[0]["problems_total"], 1))
        told, _ = status(agent, headers=headers)
        self.assertEqual([job["job"] for job in told["jobs"]], jobs)
        for secret in ("bank", "ledger", "pid", "notes", "root"):
            self.assertNotIn(secret, json.dumps(told))
        browser = self.browser()
        browser.set_headers(headers)
        browser.open(page_of(agent))
        self.assertEqual([row["job"] for row in browser.rows("jobs")], jobs)
        self.assertNotIn("pid", browser.rows("processes")[0])
        shown = browser.run("return document.body.innerText")
        for secret in ("bank", "ledger", "notes", "Certificates", "Pushes"):
            self.assertNotIn(secret, shown)
        self.expect_usable(browser)
        browser.screenshot("reader-of-a-tenant")
        self.assertEqual(browser.complaints(), [])


if __name__ == "__main__":
    e2e.main()
