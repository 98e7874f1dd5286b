"""The audit log of a real agent: an auditor proves with it what was given to whom."""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import subprocess
import unittest.mock
import urllib.error
import urllib.request

import e2e
from credentials import openssl
from harness import Host, eventually, value
from otlp_receiver import Receiver
from private_tmpfs import tmpfs, unshare_mounts
from writer import Writer


class Audit(e2e.Case):

    def setUp(self):
        self.shmtool = pathlib.Path(self.programs.agent).parent / "shmtool"
        self.stack = self.enterContext(contextlib.ExitStack())
        self.host = self.stack.enter_context(Host(self.programs))
        self.log = self.host.directory / "audit"
        self.key = self.host.directory / "audit.key"
        self.config = self.host.directory / "shm_exporter.yml"
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        openssl("pkey", "-in", self.key, "-pubout", "-out", self.public_key)

    @property
    def public_key(self):
        return self.key.with_suffix(".pub")

    def start_agent(self, **options):
        more = "".join(f", {key}: {text}" for key, text in options.items())
        self.config.write_text(f"audit: {{directory: {self.log}, key: {self.key}{more}}}\n",
                               encoding="utf-8")
        return self.host.start_agent("--config.file", self.config)

    def records(self):
        lines = [line for file in sorted(self.log.glob("audit-*.jsonl"))
                 for line in file.read_text(encoding="utf-8").splitlines()]
        return [json.loads(line) for line in lines]

    def verify(self, *options):
        return subprocess.run([self.shmtool, "audit", "verify", self.log, "--key", self.public_key,
                               *options], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def expect_verified(self, *options):
        done = self.verify(*options)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_what_was_scraped_is_proven_by_its_digest(self):
        agent = self.start_agent()
        with urllib.request.urlopen(agent.url, timeout=60) as response:
            body = response.read()
            header = response.headers["Content-Digest"]
        digest = hashlib.sha256(body)
        self.assertEqual(header, f"sha-256=:{base64.b64encode(digest.digest()).decode()}:")

        def recorded():
            scrapes = [r for r in self.records() if r["type"] == "scrape"]
            self.assertEqual(len(scrapes), 1)
            scrape = scrapes[0]
            self.assertEqual(scrape["sha256"], digest.hexdigest())
            self.assertEqual(scrape["bytes"], len(body))
            self.assertEqual(scrape["tenants"], ["*"])
        eventually(recorded)
        agent.stop()
        self.expect_verified()

    def test_a_snapshot_of_the_feed_is_on_record(self):
        self.start_agent()
        feed = f"unix:{self.host.directory}/state/feed.sock"
        subprocess.run([self.shmtool, "top", "--address", feed, "--iterations", "1"], check=True,
                       stdout=subprocess.DEVNULL)

        def recorded():
            snapshots = [r for r in self.records() if r["type"] == "snapshot"]
            self.assertTrue(snapshots)
            self.assertEqual(len(snapshots[0]["sha256"]), 64)
        eventually(recorded)

    def test_a_push_is_on_record_by_its_receiver_without_what_may_be_a_secret(self):
        secret = "open-sesame"
        receiver = self.stack.enter_context(Receiver("--path", f"/otlp?api-key={secret}"))
        # Only an endpoint of the one signal may have a query.
        with unittest.mock.patch.dict(
                os.environ, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=receiver.urls["http"]):
            agent = self.start_agent()
        agent.stop()  # after a last push
        self.assertEqual({r["reader"] for r in self.records() if r["type"] == "push"},
                         {receiver.urls["http"].partition("?")[0]})
        self.assertIn("/otlp/v1/metrics", agent.log_text())  # the hint
        self.assertNotIn(secret, agent.log_text())

    def test_a_segments_life_is_on_record(self):
        agent = self.start_agent()
        with Writer(self.host, "orders") as writer:
            writer.do("counter c things_total", "add c 7")
            comm = pathlib.Path(f"/proc/{writer.pid}/comm").read_text(encoding="utf-8").strip()
            eventually(lambda: self.assertEqual(
                value(agent.scrape(), "things_total", job="orders"), 7))
        (self.host.segments / "rubbish.shmx").write_bytes(b"rubbish")

        def recorded():
            agent.scrape()
            found = {r["type"]: r for r in self.records() if r["type"].startswith("segment_")}
            self.assertEqual(set(found), {"segment_admitted", "segment_refused", "segment_retired"})
            return found
        found = eventually(recorded)
        self.assertEqual(found["segment_admitted"]["job"], "orders")
        self.assertEqual(found["segment_admitted"]["uid"], 0)
        self.assertEqual(found["segment_admitted"]["comm"], comm)
        self.assertEqual(found["segment_admitted"]["inode"], found["segment_retired"]["inode"])
        self.assertEqual(len(found["segment_retired"]["sha256"]), 64)
        self.assertTrue(found["segment_refused"]["reason"])

    def test_tampering_is_found_and_a_cut_tail_by_its_anchor(self):
        agent = self.start_agent()
        for _ in range(5):
            page = agent.scrape()
        anchor = (f"{value(page, 'shm_exporter_audit_records'):.0f}:"
                  f"{int(value(page, 'shm_exporter_audit_head_prefix')):013x}")
        agent.stop()
        self.expect_verified("--anchor", anchor)
        (file,) = self.log.glob("audit-*.jsonl")
        good = file.read_bytes().splitlines(keepends=True)

        def tampered(lines, *options):
            file.write_bytes(b"".join(lines))
            done = self.verify(*options)
            file.write_bytes(b"".join(good))
            return done
        middle = len(good) // 2
        edited = good[:middle] + [good[middle].replace(b"127.0.0.1", b"127.0.0.2")] + good[middle + 1:]
        self.assertNotEqual(edited, good)
        for lines in (edited, good[:middle] + good[middle + 1:],
                      good[:middle] + [good[middle + 1], good[middle]] + good[middle + 2:]):
            done = tampered(lines)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(f"{file.name}:", done.stdout)
        # A tail that was cut, after the last record that is left: only what was kept elsewhere tells.
        cut = good[:2]
        self.assertEqual(tampered(cut).returncode, 0)
        self.assertEqual(tampered(cut, "--anchor", anchor).returncode, 1)

    def test_it_goes_on_after_kill_9_and_with_a_new_key(self):
        agent = self.start_agent()
        agent.scrape()
        agent.kill()
        (file,) = self.log.glob("audit-*.jsonl")
        with open(file, "ab") as torn:
            torn.write(b'{"seq":')
        agent = self.start_agent()
        agent.scrape()
        agent.stop()
        self.assertIn("recovered", [r["type"] for r in self.records()])
        self.expect_verified()
        new = self.host.directory / "new.key"
        openssl("genpkey", "-algorithm", "ed25519", "-out", new)
        agent = self.start_agent()
        new.replace(self.key)
        agent.scrape()
        eventually(lambda: self.assertIn("key_changed", [r["type"] for r in self.records()]))
        agent.stop()
        self.expect_verified()  # by the old key, which endorsed the new one

    def test_a_scrape_that_cannot_be_recorded_is_not_given_if_that_is_required(self):
        unshare_mounts()
        self.log.mkdir(mode=0o700)
        self.stack.enter_context(tmpfs(self.log, "size=64k,mode=700"))
        agent = self.start_agent(required="true")
        agent.scrape()
        filler = self.log / "filler"
        with self.assertRaises(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

        def refused():
            with self.assertRaises(urllib.error.HTTPError) as caught:
                agent.page()
            self.assertEqual(caught.exception.code, 503)
        eventually(refused)  # What is left of the log's last page is used up.
        filler.unlink()
        eventually(agent.scrape)
        agent.stop()
        self.expect_verified()


if __name__ == "__main__":
    e2e.main()
