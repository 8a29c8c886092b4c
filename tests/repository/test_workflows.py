"""The workflows keep their rules: least permissions, actions pinned by commit, the address of whoever runs them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bookkit.paths import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
WRITERS = {  # the jobs that may do more than read, and what they may do
    ("pages", "publish"): {"pages": "write", "id-token": "write"},
    ("colab", "notebooks"): {"contents": "read", "issues": "write"},
    ("release", "index"): {"id-token": "write"},
    ("release", "release"): {"contents": "write"},
}


def parse(path: Path) -> dict[str, Any]:
    """Return a workflow; YAML 1.1 reads its key ``on`` as true."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in workflow.items()}


def faults(name: str, workflow: dict[str, Any]) -> list[str]:
    """Return what breaks a rule."""
    found = []
    if workflow.get("permissions") != {"contents": "read"}:
        found.append("the workflow as a whole may do more than read")
    for job_name, job in workflow["jobs"].items():
        if job.get("permissions") != WRITERS.get((name, job_name)):
            found.append(f"{job_name} is granted {job.get('permissions')}")
        if not isinstance(job.get("timeout-minutes"), int):
            found.append(f"{job_name} has no time limit")
        for step in job["steps"]:
            action = step.get("uses", "")
            if action and not PINNED.fullmatch(action):
                found.append(f"{action} is not pinned by commit")
            if action.startswith("actions/checkout@") and step.get("with", {}).get("persist-credentials") is not False:
                found.append(f"{job_name} leaves the token where later steps can read it")
            if "${{" in step.get("run", ""):
                found.append(f"{job_name} puts an expression into a shell: pass it through env")
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_workflow_keeps_the_rules(path: Path) -> None:
    assert faults(path.stem, parse(path)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda w: w.pop("permissions"),
        lambda w: w["jobs"]["test"].update(permissions={"contents": "write"}),
        lambda w: w["jobs"]["test"].update(permissions={"issues": "write"}),
        lambda w: w["jobs"]["test"].update(permissions={"contents": "read", "id-token": "write"}),
        lambda w: w["jobs"]["test"].pop("timeout-minutes"),
        lambda w: w["jobs"]["test"]["steps"][0].update(uses="actions/checkout@v4"),
        lambda w: w["jobs"]["test"]["steps"][0].pop("with"),
        lambda w: w["jobs"]["test"]["steps"].append({"run": "echo ${{ github.head_ref }}"}),
    ],
)
def test_a_spoilt_workflow_is_found(spoil: Any) -> None:
    workflow = parse(GITHUB / "workflows" / "test.yml")
    spoil(workflow)
    assert faults("test", workflow) != []


def test_every_python_that_the_project_names_is_tested() -> None:
    classifiers = (GITHUB.parent / "pyproject.toml").read_text(encoding="utf-8")
    named = re.findall(r"Python :: (3\.\d+)", classifiers)
    assert parse(GITHUB / "workflows" / "test.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == named


def test_the_book_is_published_from_main_with_its_own_address() -> None:
    pages = parse(GITHUB / "workflows" / "pages.yml")
    assert pages["on"]["push"] == {"branches": ["main"]}
    build = pages["jobs"]["build"]
    assert build["env"]["ADDRESS"] == "${{ github.server_url }}/${{ github.repository }}"
    assert [step["run"] for step in build["steps"] if "run" in step] == ['make repoint URL="$ADDRESS"', "make book"]


def test_a_tag_is_tested_before_the_index_and_the_release_have_it() -> None:
    release = parse(GITHUB / "workflows" / "release.yml")
    assert release["on"] == {"push": {"tags": ["v*"]}}
    build, index, made = (release["jobs"][name] for name in ("build", "index", "release"))
    commands = [step["run"].split(" > ")[0] for step in build["steps"] if "run" in step]
    notes = '.venv/bin/python -m bookkit.commands.release --notes "$TAG"'
    assert commands == ["make book", notes, "make test", "make dist"]
    assert (index["needs"], made["needs"]) == ("build", "index")
    assert index["environment"] == "index"
    download, publish = index["steps"]  # whoever may write to the index runs nothing but these two
    assert download["uses"].startswith("actions/download-artifact@")
    assert publish["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert "with" not in publish


def test_colab_is_tried_weekly_and_updates_are_proposed_monthly() -> None:
    [schedule] = parse(GITHUB / "workflows" / "colab.yml")["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", schedule["cron"])
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {update["package-ecosystem"]: update["schedule"]["interval"] for update in updates} == {
        "github-actions": "monthly",
        "pip": "monthly",
        "npm": "monthly",
    }
