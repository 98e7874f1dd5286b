"""The README's way from nothing to mutual TLS with tenants: exactly its lines, as root on a host whose /etc
and /run are this test's own."""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess

import e2e
from harness import Host, eventually
from private_tmpfs import tmpfs, unshare_mounts
from writer import Writer

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
HEADING = "### From nothing to mutual TLS with tenants"
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def lines_of_readme():
    text = README.read_text(encoding="utf-8").split(HEADING, 1)[1]
    return text.split("```sh\n", 1)[1].split("```", 1)[0].splitlines()


def private_network():
    """With a loopback of its own: the README's port is free."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


class Readme(e2e.Case):

    def shell(self, command, **keywords):
        tools = pathlib.Path(self.programs.agent).resolve().parent
        path = f"{tools}:{os.environ['PATH']}:/usr/sbin:/sbin"
        return subprocess.Popen(["bash", "-euo", "pipefail", "-c", command], text=True,
                                env=dict(os.environ, PATH=path), **keywords)

    def end(self, shell):
        """With all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGTERM)
        shell.wait()

    def test_ten_lines_lead_from_nothing_to_mutual_tls_with_tenants(self):
        lines = lines_of_readme()
        self.assertEqual(len(lines), 10)
        *steps, look = lines
        self.assertTrue(steps[-1].endswith(" &"), steps[-1])
        with Host(self.programs) as host, contextlib.ExitStack() as stack:
            unshare_mounts()
            private_network()
            etc = host.directory / "etc"
            shutil.copytree("/etc", etc, symlinks=True, ignore_dangling_symlinks=True)
            stack.enter_context(tmpfs("/etc", "mode=755"))
            shutil.copytree(etc, "/etc", symlinks=True, dirs_exist_ok=True)
            stack.enter_context(tmpfs("/run", "mode=755"))
            log = open(host.directory / "lines.log", "w+", encoding="utf-8")
            stack.enter_context(log)
            agent = self.shell("\n".join(steps) + "\nwait", stdout=log, stderr=subprocess.STDOUT,
                               start_new_session=True)
            stack.callback(self.end, agent)
            directory = pathlib.Path("/run/shm-exporter/tenants/shop")

            def told():
                log.flush()
                return pathlib.Path(log.name).read_text(encoding="utf-8")

            def is_there():
                self.assertIsNone(agent.poll(), told())
                self.assertTrue(directory.is_dir(), told())
            eventually(is_there)
            self.assertEqual(oct(directory.stat().st_mode & 0o7777), "0o3730")
            self.assertEqual(directory.group(), "shop-writers")
            with Writer(host, "orders", directory=directory) as writer:
                writer.do("counter c things_total", "add c 7")

                def shown():
                    done = self.shell(f"cd /etc/shm-exporter\n{look}", stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
                    page, trouble = done.communicate()
                    self.assertEqual(done.returncode, 0, trouble + told())
                    self.assertIn('things_total{job="orders",tenant="shop"} 7\n', page)
                    self.assertNotIn("shm_exporter_build_info", page)
                eventually(shown)

    def test_every_command_of_an_operator_is_one(self):
        operator = README.read_text(encoding="utf-8").split("## For an operator", 1)[1].split("```yaml", 1)[0]
        commands = [line.split("#")[0].split() for line in operator.splitlines()
                    if line.startswith(("shm_exporter ", "shmtool "))]
        self.assertGreater(len(commands), 5)
        for command in commands:
            words = [word for word in command if word == word.lower() and word[0] not in "-/["]
            done = self.shell(" ".join([*words, "--help"]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            said = done.communicate()[0]
            self.assertEqual(done.returncode, 0, said)
            self.assertIn(f"Usage: {' '.join(words)} ", said)


if __name__ == "__main__":
    e2e.main()
