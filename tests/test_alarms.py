"""The alarms that are shipped: they ask of figures that there are, and are silent while nobody clicks."""

import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings

FOLDER = settings.BASE_DIR / "deploy"
RULES = yaml.safe_load((FOLDER / "prometheus-rules.yml").read_text())["groups"][0]["rules"]
BY_MACHINES = 'route!~"metrics|readyz|healthz|static"'
PARTS = re.compile(r"_(bucket|count|total)$")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
class TestARule:
    def test_asks_of_figures_that_operations_md_tells_of(self, rule):
        table = (settings.BASE_DIR / "docs" / "how-to" / "operate.md").read_text()
        asked = set(re.findall(r"serverlesspresso_(\w+)", rule["expr"]))
        assert asked
        for name in asked:
            assert f"`{name}`" in table or f"`{PARTS.sub('', name)}`" in table, name

    def test_takes_no_machines_question_for_a_click(self, rule):
        for condition in re.findall(r"serverlesspresso_request_seconds_\w+(?:\{(.*?)\})?", rule["expr"]):
            assert BY_MACHINES in condition

    def test_takes_no_percentile_of_a_few(self, rule):
        if "histogram_quantile" in rule["expr"]:
            assert re.search(r"and sum\(rate\(\w+_count", rule["expr"])

    def test_says_what_to_do(self, rule):
        assert rule["annotations"]["summary"]


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (Debian: prometheus)")
def test_prometheus_itself_says_that_the_alarms_are_right():
    for words in (("check", "rules", "prometheus-rules.yml"), ("test", "rules", "prometheus-rules.test.yml")):
        done = subprocess.run(["promtool", *words], check=False, cwd=FOLDER, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
