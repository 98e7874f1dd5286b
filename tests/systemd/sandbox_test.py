"""The agent's sandbox keeps everything from it but what it is for: each of its functions works inside."""

import json
import resource
import subprocess

import case
from machine import AGENT, MOUNT, PORT, SEGMENTS, STATE, Producer, eventually

from harness import value

# Of ten: what the issue asks for.
MOST_EXPOSURE = 1.5

# Answers one POST with what OTLP's receivers say, then tells its path.
RECEIVER = """
import http.server
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()
        print(self.path, flush=True)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("localhost", 0), Receiver)
print(server.server_port, flush=True)
server.handle_request()
"""


class SandboxTest(case.Case):

    def producer(self, name, *properties, **how):
        return self.enterContext(Producer(self.machine, name, *properties, **how))

    def configure(self, text):
        """shm-exporter.yml, and an agent that has read it."""
        self.machine.write("/etc/shm-exporter/shm-exporter.yml", text)
        self.machine.run("systemctl", "restart", AGENT)

    def expect(self, number, job="orders", **labels):
        self.assertEqual(value(self.machine.scrape(), "taken_total", job=job, **labels), number)

    def inside(self, *command):
        """The output of a command as the agent's user in the agent's mounts."""
        return self.machine.tell("nsenter", f"--target={self.machine.main_pid()}", "--mount",
                                 "setpriv", "--reuid=shm-exporter", "--regid=shm-exporter",
                                 "--clear-groups", *command)

    def test_the_units_are_right(self):
        self.assertEqual(self.machine.run("systemd-analyze", "verify", "--man=no", AGENT, MOUNT,
                                          "shm-exporter.socket", "shm-exporter-tenant@x.service"), "")

    def test_little_is_exposed(self):
        told = json.loads(self.machine.run("systemd-analyze", "security", "--json=short", AGENT))
        self.assertNotIn(False, [line["set"] for line in told if line["name"] == "NoNewPrivileges="])
        # Exits with an error above it.
        self.machine.run("systemd-analyze", "security", f"--threshold={round(MOST_EXPOSURE * 10)}",
                         AGENT)

    def test_it_has_no_privilege(self):
        status = self.machine.run("cat", f"/proc/{self.machine.main_pid()}/status")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        for capabilities in ("CapPrm", "CapEff", "CapBnd", "CapAmb", "CapInh"):
            self.assertEqual(int(fields[capabilities], 16), 0, capabilities)
        self.assertEqual((fields["NoNewPrivs"], fields["Seccomp"]), ("1", "2"))
        for place in ("/etc/x", "/usr/x", "/run/x", "/dev/shm/x", "/run/shm-exporter/x", "/home/x"):
            self.assertIn("cannot touch", self.inside("touch", place))

    def test_segments_of_other_users_are_read_and_removed(self):
        for number, user in enumerate(("root", "nobody", "daemon")):
            with Producer(self.machine, user, f"User={user}") as writer:
                writer.do("counter a taken_total", f"add a {number + 1}")
                self.expect(number + 1, job=user)
        eventually(lambda: self.assertEqual(self.machine.run("ls", SEGMENTS), ""))
        for number, user in enumerate(("root", "nobody", "daemon")):
            self.expect(number + 1, job=user)
        self.assertEqual(value(self.machine.scrape(), "shm_exporter_unlink_failures_total"), 0)

    def test_what_it_tells_of_itself_is_complete(self):
        page = self.machine.scrape()
        for name in ("cpu_seconds_total", "max_fds", "open_fds", "resident_memory_bytes",
                     "start_time_seconds", "threads", "virtual_memory_bytes"):
            self.assertGreater(value(page, f"process_{name}"), 0, name)
        # What the unit wants, or as much as this test is allowed to grant.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertEqual(self.machine.show("LimitNOFILE"), "65536")
        self.assertGreaterEqual(value(page, "process_max_fds"), min(most, 65536))

    def test_the_totals_are_private_and_outlive_restarts(self):
        self.assertEqual(self.machine.run("stat", "--format=%U %a", "/run/shm-exporter/state").strip(),
                         "shm-exporter 700")
        with Producer(self.machine, "orders") as writer:
            writer.do("counter a taken_total", "add a 5")
            self.expect(5)
        eventually(lambda: self.assertEqual(self.machine.run("ls", SEGMENTS), ""))
        inode = self.machine.run("stat", "--format=%i", STATE)
        self.machine.run("systemctl", "restart", AGENT)
        self.expect(5)
        self.assertEqual(self.machine.run("stat", "--format=%i", STATE), inode)

    def test_the_audit_log_names_who_counts(self):
        self.machine.run("openssl", "genpkey", "-algorithm", "ed25519", "-out",
                         "/etc/shm-exporter/audit.key")
        self.machine.run("chown", "shm-exporter", "/etc/shm-exporter/audit.key")
        self.configure("audit: {directory: /var/lib/shm-exporter/audit, "
                       "key: /etc/shm-exporter/audit.key}\n")
        self.producer("orders", "User=nobody").do("counter a taken_total", "add a 5")
        self.expect(5)

        def check():
            lines = self.machine.run("sh", "-c", "cat /var/lib/shm-exporter/audit/*.jsonl")
            admitted = [record for record in map(json.loads, lines.splitlines())
                        if record["type"] == "segment_admitted"]
            self.assertEqual([(record["comm"], record["unit"], record["uid"]) for record in admitted],
                             [("segment_writer", "orders.service", 65534)])
        eventually(check)

    def test_it_pushes(self):
        with subprocess.Popen(["nsenter", f"--target={self.machine.pid}", "--net", "/usr/bin/python3",
                               "-c", RECEIVER], stdout=subprocess.PIPE, text=True) as receiver:
            port = receiver.stdout.readline().strip()
            # By name: the resolver works, too.
            self.configure(f"otlp: {{endpoint: 'http://localhost:{port}', interval: 1s}}\n")
            self.assertEqual(receiver.stdout.readline().strip(), "/v1/metrics")
        eventually(lambda: self.assertGreater(
            value(self.machine.scrape(), "shm_exporter_otlp_pushes_total", outcome="accepted"), 0))

    def test_the_feed_is_there_for_the_operator(self):
        self.producer("orders").do("counter a taken_total", "add a 5")
        self.assertIn("orders", self.machine.run("shmtool", "top"))

    def test_tls_is_served_with_a_key_for_its_group(self):
        directory = "/etc/shm-exporter"
        self.machine.run("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj",
                         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                         f"{directory}/server.key", "-out", f"{directory}/server.pem")
        self.machine.run("chgrp", "shm-exporter", f"{directory}/server.key")
        self.machine.run("chmod", "640", f"{directory}/server.key")
        self.machine.write(f"{directory}/web-config.yml",
                           "tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
        self.machine.run("systemctl", "reload", AGENT)
        eventually(lambda: self.machine.run("curl", "-sSf", "--cacert", f"{directory}/server.pem",
                                            f"https://localhost:{PORT}/metrics"))

    def directory(self):
        page = self.machine.scrape()
        return {name: value(page, f"shm_exporter_directory_{name}", directory=SEGMENTS)
                for name in ("size_bytes", "inodes")}

    def test_the_directory_is_limited_and_grows_without_a_restart(self):
        self.assertEqual(self.directory(), {"size_bytes": 256 << 20, "inodes": 20 << 10})
        options = self.machine.run("findmnt", "-no", "OPTIONS", SEGMENTS).strip().split(",")
        self.assertLessEqual({"nosuid", "nodev", "noexec"}, set(options))
        live = self.producer("orders")
        live.do("counter a taken_total", "add a 5")
        pid = self.machine.main_pid()
        self.machine.drop_in(MOUNT, "[Mount]\nOptions=mode=3733,uid=shm-exporter,gid=shm-exporter,"
                                    "size=512m,nr_inodes=40k,huge=never,nosuid,nodev,noexec\n")
        self.machine.run("systemctl", "reload", MOUNT)
        self.assertEqual(self.directory(), {"size_bytes": 512 << 20, "inodes": 40 << 10})
        live.do("add a 1")
        self.expect(6)
        self.assertEqual(self.machine.main_pid(), pid)

    def test_a_directory_that_is_mounted_anew_reaches_the_agent(self):
        old = self.producer("old", job="orders")
        old.do("counter a taken_total", "add a 5")
        self.expect(5)
        pid = self.machine.main_pid()
        self.machine.run("umount", "--lazy", SEGMENTS)
        self.machine.run("systemctl", "start", MOUNT)
        self.producer("new", job="orders").do("counter a taken_total", "add a 10")
        eventually(lambda: self.expect(15))
        old.do("add a 1")
        self.expect(16)
        old.end()
        eventually(lambda: self.assertEqual(
            value(self.machine.scrape(), "shm_exporter_folds_total"), 1))
        self.expect(16)
        self.assertEqual(self.machine.main_pid(), pid)

    def test_a_flood_of_one_directory_is_no_other_s(self):
        self.machine.run("setpriv", "--reuid=65534", "--clear-groups", "sh", "-c",
                         f"head -c 1G /dev/zero >{SEGMENTS}/flood || true")
        free = int(self.machine.run("df", "--output=avail", "/run").split()[-1])
        self.assertGreater(free, 0)
        with Producer(self.machine, "orders") as writer:
            writer.do("counter a taken_total", "add a 5")  # It is not harmed.
        self.assertEqual(value(self.machine.scrape(), "shm_exporter_directory_free_bytes",
                               directory=SEGMENTS), 0)

    def test_a_tenant_is_one_command_and_a_restart_away(self):
        self.machine.run("groupadd", "--system", "shop-writers")
        self.machine.run("gpasswd", "--add", "shm-exporter", "shop-writers")
        self.machine.write("/etc/shm-exporter/tenants/shop.env", "SIZE=16m\n")
        self.machine.run("systemctl", "enable", "--now", "shm-exporter-tenant@shop")
        self.configure("tenants: {shop: {group: shop-writers, jobs: [orders]}}\n"
                       "anonymous: {operator: true}\n")
        directory = "/run/shm-exporter/tenants/shop"
        self.producer("orders", "DynamicUser=yes", "SupplementaryGroups=shop-writers",
                      f"BindPaths={directory}", directory=directory
                      ).do("counter a taken_total", "add a 5")
        eventually(lambda: self.expect(5, tenant="shop"))
        size = value(self.machine.scrape(), "shm_exporter_directory_size_bytes", directory=directory)
        self.assertEqual(size, 16 << 20)
        self.assertNotIn("segment directory", self.machine.journal())
        # Who is not in the group is nobody there.
        with Producer(self.machine, "strange", "DynamicUser=yes", f"BindPaths={directory}",
                      directory=directory, job="orders") as stranger:
            stranger.do("counter a taken_total", "add a 100")
            self.expect(5, tenant="shop")
        self.machine.write("/etc/shm-exporter/tenants/shop.env", "SIZE=32m\n")
        self.machine.run("systemctl", "reload", "shm-exporter-tenant@shop")
        size = value(self.machine.scrape(), "shm_exporter_directory_size_bytes", directory=directory)
        self.assertEqual(size, 32 << 20)

    def test_ten_thousand_clients_who_say_nothing_keep_nobody_out(self):
        crowd = """
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
held = [socket.create_connection(("127.0.0.%d" % (1 + n % 8), int(sys.argv[1]))) for n in range(10000)]
print("connected", flush=True)
sys.stdin.read()
"""
        with subprocess.Popen(["nsenter", f"--target={self.machine.pid}", "--net", "/usr/bin/python3",
                               "-c", crowd, str(PORT)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as clients:
            self.assertEqual(clients.stdout.readline(), "connected\n")
            page = self.machine.scrape()
            self.assertLess(value(page, "process_open_fds"), 65536)
            clients.communicate()


if __name__ == "__main__":
    case.main()
