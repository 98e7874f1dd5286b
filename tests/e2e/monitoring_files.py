"""What agent/monitoring gives to Prometheus and Grafana, as a test reads it."""

import json
import pathlib
import re

import yaml

DIRECTORY = pathlib.Path(__file__).resolve().parents[2] / "agent/monitoring"
SCRAPE = DIRECTORY / "scrape"

# What the examples name that a test has elsewhere.
RULES_PATH = "/usr/share/shm-exporter"
CREDENTIALS_PATH = "/etc/prometheus/shm_exporter"

# What Grafana would fill in: everything is chosen.
CHOSEN = {"$__rate_interval": "30s", "$job": ".*", "$instance": ".*", "$method": ".*"}


def dashboard():
    return json.loads((DIRECTORY / "dashboard.json").read_text(encoding="utf-8"))


def panels():
    """Those that show something."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries():
    """(panel's title, expression) of all, with the variables filled in."""
    for panel in panels():
        for target in panel["targets"]:
            expression = target["expr"]
            for variable, chosen in CHOSEN.items():
                expression = expression.replace(variable, chosen)
            assert "$" not in expression, f"{panel['title']}: a variable that nobody fills in: {expression}"
            yield panel["title"], expression


def is_of_native_histograms(expression):
    """Whether it can have an answer only where Prometheus keeps native ones."""
    return "histogram_quantile" in expression and "_bucket" not in expression


def rule_names(file, kind):
    """`kind`: alert or record."""
    groups = yaml.safe_load((DIRECTORY / file).read_text(encoding="utf-8"))["groups"]
    return [rule[kind] for group in groups for rule in group["rules"]]


def metrics_in(text):
    """Names of metrics, not of labels."""
    names = set(re.findall(r"(?<![a-z_:])(?:shm_exporter|process|grpc_server|grpc_client)_[a-z_0-9]+", text))
    return {name for name in names if f'"{name}"' not in text}


def metrics_of_rules(file):
    groups = yaml.safe_load((DIRECTORY / file).read_text(encoding="utf-8"))["groups"]
    return set().union(*(metrics_in(rule["expr"]) for group in groups for rule in group["rules"]))


def metrics_of_variables():
    variables = dashboard()["templating"]["list"]
    return set().union(*(metrics_in(variable.get("definition", "")) for variable in variables))


def alerts_that_tests_see_firing():
    text = (DIRECTORY / "alerts_test.yml").read_text(encoding="utf-8")
    return set(re.findall(r'labels: \'\{alertname="([A-Za-z]+)"', text))


def scrape_example(name, credentials=CREDENTIALS_PATH, **addresses):
    """An example with what is elsewhere put in its place; `addresses` by the host's name in it."""
    text = (SCRAPE / name).read_text(encoding="utf-8")
    text = text.replace(RULES_PATH, str(DIRECTORY)).replace(CREDENTIALS_PATH, str(credentials))
    for host, address in addresses.items():
        assert re.search(rf"{host}[.a-z]*:9919", text), f"{name} does not name {host}"
        text = re.sub(rf"{host}[.a-z]*:9919", address, text)
    assert "9919" not in text, f"{name}: an address that the test does not know"
    return text
