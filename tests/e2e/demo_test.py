"""agent/demo.sh does what it promises."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile

import e2e
from harness import DEADLINE_S, eventually, samples

DEMO = pathlib.Path(__file__).resolve().parents[2] / "agent" / "demo.sh"

# A client that claims one call more than it made.
LIAR = """\
#!/usr/bin/python3
import json, subprocess, sys
truth = json.loads(subprocess.run([{client}, *sys.argv[1:]], check=True, stdout=subprocess.PIPE).stdout)
truth["calls"][0]["calls"] += 1
print(json.dumps(truth))
"""


def processes_that_name(text):
    """Command lines of processes that have the text as part of an argument."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # it has ended
            continue
        if text.encode() in command:
            found.append(command)
    return found


class Demo(e2e.Case):

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="shm-exporter-demo-test.")
        self.addCleanup(self.temporary.cleanup)
        self.directory = pathlib.Path(self.temporary.name)
        self.scratch = self.directory / "scratch"  # where the demo puts what it makes
        self.scratch.mkdir()

    def start(self, *arguments):
        demo = subprocess.Popen([DEMO, *arguments], stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "TMPDIR": str(self.scratch)}, start_new_session=True)
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        return demo

    def built(self):
        return str(pathlib.Path(self.programs.agent).parent)

    def expect_nothing_left(self):
        self.assertEqual(list(self.scratch.iterdir()), [])
        eventually(lambda: self.assertEqual(processes_that_name(str(self.scratch)), []))

    def test_check_finds_that_the_counts_add_up(self):
        demo = self.start("--check", "--bin", self.built())
        output, _ = demo.communicate(timeout=DEADLINE_S)
        self.assertEqual(demo.returncode, 0, output)
        self.assertIn("all equal", output)
        self.assertIn("honor_labels: true", output)
        self.expect_nothing_left()

    def test_check_fails_when_the_counts_do_not_add_up(self):
        programs = self.directory / "bin"
        programs.mkdir()
        for program in (self.programs.agent, self.programs.service):
            (programs / pathlib.Path(program).name).symlink_to(program)
        liar = programs / "demo_client"
        liar.write_text(LIAR.format(client=json.dumps(self.programs.client)), encoding="utf-8")
        liar.chmod(0o755)
        demo = self.start("--check", "--bin", str(programs))
        output, _ = demo.communicate(timeout=DEADLINE_S)
        self.assertEqual(demo.returncode, 1, output)
        self.assertIn("differ", output)
        self.expect_nothing_left()

    def test_ctrl_c_leaves_nothing_behind(self):
        demo = self.start("--bin", self.built())
        url = None
        for line in demo.stdout:
            if "curl http://" in line:
                url = line.split()[-1]
            if "Ctrl-C" in line:
                break
        self.assertIsNotNone(url)
        self.assertNotEqual(list(self.scratch.iterdir()), [])
        self.expect_traffic(url)
        os.killpg(demo.pid, signal.SIGINT)
        self.assertEqual(demo.wait(timeout=DEADLINE_S), 0)
        self.expect_nothing_left()

    def test_ctrl_c_during_the_load_leaves_nothing_behind(self):
        demo = self.start("--bin", self.built())
        for line in demo.stdout:
            if "gRPC on" in line:
                break
        os.killpg(demo.pid, signal.SIGINT)
        demo.communicate(timeout=DEADLINE_S)
        self.assertNotEqual(demo.returncode, 0)
        self.expect_nothing_left()

    def expect_traffic(self, url):
        """The counts go on while somebody looks."""
        def answered():
            page = subprocess.run(["curl", "--silent", "--fail", url], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout
            return sum(count for (name, _), count in samples(page).items()
                       if name == "grpc_server_handled_total")

        before = answered()

        def more():
            self.assertGreater(answered(), before)
        eventually(more)


if __name__ == "__main__":
    e2e.main()
