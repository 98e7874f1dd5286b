"""What the README says of Python services works, and is what it says."""

import os
import pathlib
import subprocess
import sys
import textwrap

import e2e
from harness import DEADLINE_S, Host, eventually, value

HERE = pathlib.Path(__file__).parent
EXAMPLE = HERE / "example_service.py"
README = HERE.parent.parent / "README.md"
CALLS, WORKERS = 20, 3


def marked(text):
    """The parts between "# README" and "# README ends"."""
    parts, part = [], None
    for line in text.splitlines():
        if line.strip() == "# README":
            part = []
        elif line.strip() == "# README ends":
            parts.append(textwrap.dedent("\n".join(part)))
            part = None
        elif part is not None:
            part.append(line)
    return parts


class Example(e2e.Case):

    def test_a_service_s_calls_are_on_the_agent_s_page(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            environment = {**os.environ, "SHM_EXPORTER_DIR": str(host.segments), "OTEL_SERVICE_NAME": "shop"}
            done = subprocess.run([sys.executable, "-B", EXAMPLE, str(CALLS)], env=environment, check=True,
                                  timeout=DEADLINE_S, capture_output=True, text=True)
            self.assertEqual(done.stdout, "done\n")
            labels = {"job": "shop", "grpc_type": "UNARY", "grpc_service": "shmx.test.Echo",
                      "grpc_method": "Unary"}

            def check():
                page = agent.scrape()
                for side in ("server", "client"):
                    self.assertEqual(value(page, f"grpc_{side}_started_total", **labels), (WORKERS + 2) * CALLS)
                    self.assertEqual(value(page, f"grpc_{side}_handled_total", grpc_code="OK", **labels),
                                     (WORKERS + 2) * CALLS)
                self.assertEqual(value(page, "grpc_server_handling_seconds_count", **labels),
                                 (WORKERS + 1) * CALLS)
                self.assertEqual(value(page, "shm_exporter_job_processes_ended_total", job="shop"), WORKERS + 1)
            eventually(check)

    def test_the_readme_shows_this_program(self):
        readme = README.read_text(encoding="utf-8")
        parts = marked(EXAMPLE.read_text(encoding="utf-8"))
        self.assertEqual(len(parts), 6)
        self.assertEqual([part for part in parts if part not in readme], [])


if __name__ == "__main__":
    e2e.main()
