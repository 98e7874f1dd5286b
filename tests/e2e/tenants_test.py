"""Tenants, with real users: who may publish as whom, and what one user can do to another's. Each tenant's
directory is a tmpfs of its own, as the README has it."""

import contextlib
import pathlib
import subprocess
import sys

import e2e
from harness import Host, eventually, value
from private_tmpfs import tmpfs, unshare_mounts
from subject import wait_for_rescans
from writer import Writer

TRESPASSER = pathlib.Path(__file__).with_name("trespasser.py")
PROTECTED_HARDLINKS = pathlib.Path("/proc/sys/fs/protected_hardlinks")

# Users and groups that no passwd names, as systemd's DynamicUser= makes them.
SHOP, BANK = 61101, 61102  # groups of writers
CLERK, NEIGHBOUR, TELLER, STRANGER = 61001, 61002, 61003, 61004
GROUP_OF = {"shop": SHOP, "bank": BANK}

POLICY = """
tenants:
  shop: {{directory: {directory}/shop, group: "{shop}", jobs: [orders, "cart-*"]}}
  bank: {{directory: {directory}/bank, group: "{bank}", jobs: [ledger, orders]}}
anonymous: {{operator: true}}
"""

METRIC = "things_total"
OPTIONS = "size=1m,nr_inodes=64,mode=3730,uid=0,gid={group}"


class TenantHost(Host):
    """Two tenants, whose directories are below `tenants`, beside the one for everybody."""

    def __init__(self, programs, mounted=True):
        super().__init__(programs)
        self.directory.chmod(0o711)
        self.segments.chmod(0o3733)
        self.tenants = self.directory / "tenants"
        self.tenants.mkdir()
        self.tenants.chmod(0o755)
        self.config = self.directory / "shm_exporter.yml"
        self.config.write_text(POLICY.format(directory=self.tenants, shop=SHOP, bank=BANK),
                               encoding="ascii")
        self._mounts = contextlib.ExitStack()
        if mounted:
            for tenant, group in GROUP_OF.items():
                (self.tenants / tenant).mkdir()
                self._mounts.enter_context(tmpfs(self.tenants / tenant, OPTIONS.format(group=group)))

    def __exit__(self, *exception):
        self._mounts.close()
        super().__exit__(*exception)

    def start_agent(self, *options):
        return super().start_agent("--config.file", self.config,
                                   "--segments.rescan-interval", "1s", *options)

    def segment(self, tenant):
        """The path of the only one there, which no other user can know."""
        path, = (self.tenants / tenant).glob("*.shmx")
        return path


def trespass(uid, groups, deed, path):
    """What came of it."""
    given = ",".join(str(group) for group in groups) or "-"
    return subprocess.run([sys.executable, "-B", TRESPASSER, str(uid), given, deed, str(path)],
                          check=True, capture_output=True, text=True).stdout.strip()


class Tenants(e2e.Case):

    def writer(self, host, tenant, job, uid, groups):
        """A process of that user that has declared what it counts."""
        directory = host.segments if tenant == "default" else host.tenants / tenant
        writer = self.enterContext(Writer(host, job, directory, uid, groups))
        writer.do(f"counter x {METRIC}")
        return writer

    def counted(self, host, tenant, job, uid, groups, count):
        """One that has published as much."""
        writer = self.writer(host, tenant, job, uid, groups)
        writer.do(f"add x {count}", "publish")
        return writer

    def expect(self, agent, count, **labels):
        eventually(lambda: self.assertEqual(value(agent.scrape(), METRIC, **labels), count))

    def expect_intact(self, host, agent, writer, before):
        """A clerk of the shop had counted `before`; what comes after is counted, too."""
        wait_for_rescans(host)
        self.expect(agent, before, job="orders", tenant="shop")
        writer.do("add x 1")
        self.expect(agent, before + 1, job="orders", tenant="shop")

    def test_a_user_with_the_supplementary_group_publishes_and_one_without_does_not(self):
        with TenantHost(self.programs) as host:
            agent = host.start_agent()
            self.counted(host, "shop", "orders", CLERK, [SHOP], 3)
            self.expect(agent, 3, job="orders", tenant="shop")
            for groups in ([], [BANK]):
                stranger = self.writer(host, "shop", "orders", STRANGER, groups)
                self.assertEqual(stranger.answer("publish"), "error no segment")
            everybody = self.counted(host, "default", "orders", STRANGER, [], 7)
            self.expect(agent, 7, job="orders", tenant="default")
            everybody.do("add x 1")
            self.expect(agent, 8, job="orders", tenant="default")
            self.expect(agent, 3, job="orders", tenant="shop")

    def test_a_job_of_another_tenant_cannot_be_claimed(self):
        with TenantHost(self.programs) as host:
            agent = host.start_agent()
            self.counted(host, "bank", "ledger", TELLER, [BANK], 5)
            thief = self.counted(host, "shop", "ledger", CLERK, [SHOP], 1000)
            eventually(lambda: self.assertEqual(
                value(agent.scrape(), "shm_exporter_claims_refused_total", tenant="shop"), 1))
            self.expect(agent, 5, job="ledger", tenant="bank")
            wait_for_rescans(host)
            page = agent.scrape()
            claimed = [labels for (name, labels) in page if name == METRIC]
            self.assertEqual(claimed, [(("job", "ledger"), ("tenant", "bank"))])
            self.assertEqual(value(page, "shm_exporter_claims_refused_total", tenant="shop"), 1)
            self.assertEqual(value(page, "shm_exporter_claims_refused_total", tenant="bank"), 0)
            told = [line for line in agent.log_text().splitlines() if "may not claim" in line]
            self.assertEqual(len(told), 1, agent.log_text())
            self.assertIn(f"uid {CLERK}", told[0])
            host.segment("shop")  # is there as long as its process
            thief.end()
            eventually(lambda: self.assertEqual(list((host.tenants / "shop").iterdir()), []))
            self.expect(agent, 5, job="ledger", tenant="bank")

    def test_a_job_that_both_may_have_is_two_series(self):
        with TenantHost(self.programs) as host:
            agent = host.start_agent()
            self.counted(host, "shop", "orders", CLERK, [SHOP], 3)
            self.counted(host, "bank", "orders", TELLER, [BANK], 4)
            self.expect(agent, 3, job="orders", tenant="shop")
            self.expect(agent, 4, job="orders", tenant="bank")

    def expect_deeds(self, uid, groups, deeds):
        for deed, path, outcome in deeds:
            with self.subTest(deed=deed, path=str(path)):
                self.assertEqual(trespass(uid, groups, deed, path), outcome)

    def test_a_user_of_another_tenant_does_nothing_to_a_segment_whose_name_it_knows(self):
        with TenantHost(self.programs) as host:
            agent = host.start_agent()
            clerk = self.counted(host, "shop", "orders", CLERK, [SHOP], 3)
            self.expect(agent, 3, job="orders", tenant="shop")
            segment, directory = host.segment("shop"), host.tenants / "shop"
            self.expect_deeds(TELLER, [BANK], [
                (deed, path, "EACCES") for deed, path in [
                    ("list", directory), ("read", segment), ("truncate", segment),
                    ("unlink", segment), ("replace", segment), ("link", segment), ("move", segment),
                    ("create", directory / "x.shmx"), ("fill_bytes", directory),
                    ("fill_inodes", directory), ("make_directory", directory / "x.shmx"),
                    ("open_to_all", segment)]])
            self.expect_intact(host, agent, clerk, 3)

    def test_a_user_of_the_same_tenant_does_no_harm_to_anothers_segment(self):
        with TenantHost(self.programs) as host:
            agent = host.start_agent()
            clerk = self.counted(host, "shop", "orders", CLERK, [SHOP], 3)
            self.expect(agent, 3, job="orders", tenant="shop")
            segment, directory = host.segment("shop"), host.tenants / "shop"
            protected = PROTECTED_HARDLINKS.read_text(encoding="ascii").strip() != "0"
            self.expect_deeds(NEIGHBOUR, [SHOP], [
                ("list", directory, "EACCES"),
                ("truncate", segment, "EACCES"),
                ("open_to_all", segment, "EPERM"),
                ("unlink", segment, "EPERM"),
                ("move", segment, "EPERM"),
                ("replace", segment, "EPERM"),
                ("create", segment, "EEXIST"),
                ("link", segment, "EPERM" if protected else "done")])
            self.expect_intact(host, agent, clerk, 3)

    def test_names_that_are_squatted_are_refused_and_hold_nobody_up(self):
        with TenantHost(self.programs) as host:
            agent = host.start_agent()
            directory = host.tenants / "shop"
            self.expect_deeds(NEIGHBOUR, [SHOP], [
                ("create", directory / "orders.shmx", "done"),
                ("make_directory", directory / "directory.shmx", "done"),
                ("create", directory / "notes", "done")])
            clerk = self.counted(host, "shop", "orders", CLERK, [SHOP], 3)
            self.expect(agent, 3, job="orders", tenant="shop")
            page = agent.scrape()
            for reason in ("truncated", "directory", "foreign_name"):
                self.assertEqual(
                    value(page, "shm_exporter_segments_refused_total", reason=reason), 1, reason)
            self.expect_intact(host, agent, clerk, 3)

    def test_a_tenants_directory_cannot_be_made_beforehand_nor_moved_away(self):
        with TenantHost(self.programs, mounted=False) as host:
            directory = host.tenants / "shop"
            self.expect_deeds(STRANGER, [], [("make_directory", directory, "EACCES"),
                                             ("move", host.tenants, "EACCES")])
            agent = host.start_agent()
            status = directory.stat()
            self.assertEqual((status.st_mode & 0o7777, status.st_uid, status.st_gid),
                             (0o3730, 0, SHOP))
            self.expect_deeds(CLERK, [SHOP], [("move", directory, "EACCES"),
                                              ("open_to_all", directory, "EPERM")])
            self.assertNotIn("level=warn", agent.log_text())
            self.counted(host, "shop", "orders", CLERK, [SHOP], 3)
            self.expect(agent, 3, job="orders", tenant="shop")

    def test_a_tenant_that_fills_its_directory_takes_nothing_from_another(self):
        for deed in ("fill_bytes", "fill_inodes"):
            with self.subTest(deed=deed), TenantHost(self.programs) as host:
                agent = host.start_agent()
                clerk = self.counted(host, "shop", "orders", CLERK, [SHOP], 3)
                self.expect(agent, 3, job="orders", tenant="shop")
                self.assertEqual(trespass(NEIGHBOUR, [SHOP], deed, host.tenants / "shop"), "done")
                newcomer = self.writer(host, "shop", "orders", CLERK, [SHOP])
                self.assertEqual(newcomer.answer("publish"), "error no segment")
                self.counted(host, "bank", "ledger", TELLER, [BANK], 5)
                self.expect(agent, 5, job="ledger", tenant="bank")
                self.expect_intact(host, agent, clerk, 3)
                page = agent.scrape()
                for resource in ("bytes", "inodes"):
                    self.assertGreater(
                        value(page, f"shm_exporter_directory_free_{resource}",
                              directory=str(host.tenants / "bank")), 0)

    def test_what_a_tenant_has_counted_is_its_own_after_a_restart(self):
        with TenantHost(self.programs) as host:
            agent = host.start_agent()
            self.counted(host, "shop", "orders", CLERK, [SHOP], 3).end()
            self.counted(host, "bank", "orders", TELLER, [BANK], 4).end()
            for _ in range(2):
                self.expect(agent, 3, job="orders", tenant="shop")
                self.expect(agent, 4, job="orders", tenant="bank")
                agent.stop()
                agent = host.start_agent()


if __name__ == "__main__":
    unshare_mounts()
    e2e.main()
