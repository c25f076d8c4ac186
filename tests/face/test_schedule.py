"""Units for schedulers: read by each scheduler's own rules, linted, and run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rings import ring

from coterie.errors import UsageError
from coterie.workspace.schedule import FORMS, commands, plan_of, units, when_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.face.conftest import Ended

ODD = "/srv/a b;$(reboot)`id`%n$HOME&x"


def _systemd_words(line: str) -> list[str]:
    """The words of an ExecStart as systemd.service(5) reads them."""
    words = re.findall(r'"([^"\\]*)"(?: |$)', line)
    assert " ".join(f'"{w}"' for w in words) == line
    words = [re.sub(r"%(.)", lambda m: {"%": "%"}[m[1]], w) for w in words]
    return [words[0], *(re.sub(r"\$(.?)", lambda m: {"$": "$"}[m[1]], w) for w in words[1:])]


def _sections(text: str) -> dict[str, list[tuple[str, str]]]:
    """A unit file, strictly: known sections, key=value lines, comments."""
    found: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if head := re.fullmatch(r"\[(Unit|Service|Timer|Install)\]", line):
            section = head[1]
            assert section not in found
            found[section] = []
            continue
        key, sign, value = line.partition("=")
        assert sign
        assert re.fullmatch(r"[A-Z][A-Za-z]+", key)
        assert not value.endswith("\\")
        found[section].append((key, value))
    return found


def _cron_line(text: str) -> tuple[list[str], str]:
    """The five fields and the command of a crontab's one entry, as cron reads it."""
    lines = [row for row in text.splitlines() if row and not row.startswith("#")]
    (entry,) = [row for row in lines if not re.match(r"[A-Z_]+=", row)]
    assert len(entry) < 1_000
    assert text.endswith("\n")
    *fields, command = entry.split(" ", 5)
    for value, low, high in zip(fields, (0, 0, 1, 1, 0), (59, 23, 31, 12, 7), strict=True):
        assert value == "*" or (value.isdecimal() and low <= int(value) <= high)
    assert not re.search(r"(?<!\\)%", command), "an unescaped % ends the command"
    return fields, command.replace("\\%", "%")


CRONJOB = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "batch/v1"},
        "kind": {"const": "CronJob"},
        "metadata": {"required": ["name"]},
        "spec": {
            "required": ["schedule", "timeZone", "concurrencyPolicy", "jobTemplate"],
            "properties": {
                "schedule": {"type": "string", "pattern": r"^\d+ \d+ \* \* (\*|[0-6])$"},
                "concurrencyPolicy": {"const": "Forbid"},
                "jobTemplate": {
                    "properties": {
                        "spec": {
                            "required": ["activeDeadlineSeconds", "backoffLimit", "template"],
                            "properties": {
                                "activeDeadlineSeconds": {"type": "integer", "minimum": 60},
                                "backoffLimit": {"const": 0},
                                "template": {
                                    "properties": {
                                        "spec": {
                                            "required": ["restartPolicy", "containers", "volumes"],
                                            "properties": {
                                                "restartPolicy": {"const": "Never"},
                                                "containers": {"type": "array", "minItems": 1},
                                            },
                                        }
                                    }
                                },
                            },
                        }
                    }
                },
            },
        },
    },
}
WORKFLOW = {
    "type": "object",
    "required": ["name", "on", "permissions", "concurrency", "jobs"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "on": {
            "required": ["schedule", "workflow_dispatch"],
            "properties": {"schedule": {"items": {"required": ["cron"]}, "minItems": 1}},
        },
        "permissions": {"const": {}},
        "concurrency": {
            "required": ["group", "cancel-in-progress"],
            "properties": {"cancel-in-progress": {"const": False}},
        },
        "jobs": {
            "additionalProperties": {
                "required": ["runs-on", "timeout-minutes", "steps"],
                "properties": {
                    "timeout-minutes": {"type": "integer", "minimum": 1},
                    "steps": {
                        "items": {
                            "required": ["name", "run"],
                            "properties": {"run": {"type": "string"}},
                        }
                    },
                },
            }
        },
    },
}


def _one(form: str, **more: Any) -> str:
    plan = plan_of(more.pop("workspace", ODD), more.pop("coterie", "/usr/bin/coterie"), **more)
    return next(iter(units(form, plan).files.values()))


def test_a_service_runs_the_commands_in_order_with_a_limit() -> None:
    plan = plan_of(ODD, "/opt/a b/coterie", user="coterie", limit="90m")
    made = units("systemd", plan)
    service, timer = (
        _sections(made.files[f"coterie-weekly.{end}"]) for end in ("service", "timer")
    )
    found = [_systemd_words(value) for key, value in service["Service"] if key == "ExecStart"]
    assert found == commands(plan)
    assert [words[4:] for words in found] == [
        [f"--workspace={ODD}", step] for step in ("load", "sweep", "report", "alerts")
    ] + [[f"--workspace={ODD}", "export", "enforcement", "--dry-run"]]
    settings = dict(service["Service"])
    assert settings["Type"] == "oneshot"
    assert settings["TimeoutStartSec"] == "5400"
    assert settings["User"] == "coterie"
    assert settings["ReadWritePaths"] == f'"{ODD.replace("%", "%%")}"'
    assert dict(timer["Timer"])["OnCalendar"] == "Mon *-*-* 05:17:00 UTC"
    assert "daemon-reload" in made.install


@pytest.mark.parametrize("workspace", ["/srv/coterie", ODD])
def test_systemd_itself_finds_no_fault(tmp_path: Path, workspace: str) -> None:
    analyze = shutil.which("systemd-analyze")
    program = tmp_path / "a $b" / "coterie"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    files = units("systemd", plan_of(workspace, str(program))).files
    for name, text in files.items():
        assert _sections(text)
        (tmp_path / name).write_text(text, encoding="utf-8")
    if analyze is None:
        # The strict reading above is all there is to say on this machine.
        return
    names = [str(tmp_path / name) for name in files]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "coterie" in line]
    assert not said
    calendar = dict(_sections(files["coterie-weekly.timer"])["Timer"])["OnCalendar"]
    subprocess.run([analyze, "calendar", calendar], capture_output=True, check=True)


def test_cron_reads_what_was_meant() -> None:
    fields, command = _cron_line(_one("cron", at="sun 4:05"))
    assert fields == ["5", "4", "*", "*", "0"]
    umask, run = command.split("; ", 1)
    assert umask == "umask 077"
    words = shlex.split(run)
    assert words[:4] == ["flock", "--nonblock", "--conflict-exit-code", "6"]
    assert words[4] == f"{ODD}/.coterie-weekly.lock"
    assert words[5:10] == ["timeout", "--kill-after=60", "21600", "sh", "-c"]
    with_user = _one("cron", user="coterie", workspace="/w")
    assert re.search(r"^17 5 \* \* 1 coterie umask 077;", with_user, re.MULTILINE)


def _said_by_sh(script: str, tmp_path: Path) -> list[list[str]]:
    """What a script calls, with a program that prints its arguments in place of coterie."""
    program = tmp_path / "coterie"
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$@"; printf "\\n"\n', encoding="utf-8")
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": "/wrong"},
    )  # fmt: skip
    return [line.split("\0")[:-1] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("form", ["cron", "kubernetes", "github"])
def test_the_shell_passes_a_hostile_path_on_as_it_is(tmp_path: Path, form: str) -> None:
    path = ODD + "'\"\\" if form != "cron" else ODD + "'\""
    plan = plan_of(path, "coterie")
    text = _one(form, workspace=path, coterie="coterie")
    if form == "cron":
        script = shlex.split(_cron_line(text)[1].split("; ", 1)[1])[-1]
    elif form == "kubernetes":
        spec = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        script = spec["containers"][0]["command"][2].replace("$$", "$")
        assert spec["containers"][0]["volumeMounts"][0]["mountPath"] == path
    else:
        steps = yaml.safe_load(text)["jobs"]["coterie"]["steps"]
        script = "\n".join(["set -e", *(step["run"] for step in steps)])
    assert _said_by_sh(script, tmp_path) == [command[1:] for command in commands(plan)]


def test_a_step_that_fails_ends_the_run(tmp_path: Path) -> None:
    text = _one("kubernetes", coterie="coterie", workspace="/w")
    script = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][
        0
    ]["command"][2].replace("$$", "$")
    program = tmp_path / "coterie"
    program.write_text('#!/bin/sh\necho "$5"\n[ "$5" != sweep ]\n', encoding="utf-8")
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=False,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.split() == ["load", "sweep"]
    assert done.returncode == 1


def test_yaml_units_fit_their_schemas() -> None:
    job = yaml.safe_load(
        _one("kubernetes", limit="2h", at="12:00", image="reg.example/c@sha256:ab")
    )
    jsonschema.validate(job, CRONJOB)
    assert job["spec"]["schedule"] == "0 12 * * *"
    assert job["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 7200
    workflow = yaml.safe_load(_one("github", limit="2h"))
    jsonschema.validate(workflow, WORKFLOW)
    assert workflow["jobs"]["coterie"]["timeout-minutes"] == 120
    assert workflow["on"]["schedule"] == [{"cron": "17 5 * * 1"}]


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(" $%\"'\\{"),
        max_size=40,
    )
)
def test_any_path_is_passed_on_or_refused(name: str) -> None:
    path = f"/w/{name}"
    for form in FORMS:
        try:
            text = _one(form, workspace=path, coterie="/c")
        except UsageError:
            continue
        wanted = f"--workspace={path}"
        if form == "systemd":
            lines = [v for k, v in _sections(text)["Service"] if k == "ExecStart"]
            assert _systemd_words(lines[0])[4] == wanted
        elif form == "cron":
            script = shlex.split(_cron_line(text)[1].split("; ", 1)[1])[-1]
            assert wanted in shlex.split(script)
        elif form == "kubernetes":
            pod = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
            script = pod["containers"][0]["command"][2].replace("$$", "$")
            assert wanted in shlex.split(script)
        else:
            steps = yaml.safe_load(text)["jobs"]["coterie"]["steps"]
            assert wanted in shlex.split(steps[0]["run"])


@pytest.mark.parametrize("at", ["", "Mon", "25:00", "5:60", "Someday 5:00", "Mon 5", "5:00 Mon"])
def test_a_time_that_is_none_is_refused(at: str) -> None:
    with pytest.raises(UsageError, match="--at"):
        when_of(at)


@pytest.mark.parametrize(
    ("form", "more", "problem"),
    [
        ("systemd", {"workspace": 'a"b'}, "quotes"),
        ("systemd", {"workspace": "/a\nExecStart=/bin/sh"}, "cannot be seen"),
        ("systemd", {"coterie": "coterie"}, "absolute"),
        ("systemd", {"user": "root\nx"}, "--user"),
        ("cron", {"workspace": "/" + "a" * 900}, "too long"),
        ("cron", {"workspace": "/a\\%b"}, "backslash"),
        ("kubernetes", {"workspace": "/a:b"}, "colon"),
        ("kubernetes", {"name": "Weekly_"}, "--name"),
        ("kubernetes", {"image": "x\ny"}, "--image"),
        ("github", {"workspace": "/a/${{ secrets.K }}"}, "expression"),
        ("cron", {"limit": "1s"}, "--limit"),
        ("cron", {"limit": "soon"}, "--limit"),
        ("crom", {}, 'Did you mean "cron"'),
    ],
)
def test_what_no_quoting_makes_safe_is_refused(
    form: str, more: dict[str, str], problem: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(problem)):
        _one(form, **more)


def test_the_unit_of_cron_runs_a_tiny_workspace(tmp_path: Path, run: Callable[..., Ended]) -> None:
    root = tmp_path / "a 100% $case"
    root.mkdir()
    rows = ["account_id,kind,value,seen_at"]
    rows += [
        f"{s['account_id']},{s['kind']},{s['value']},{s['last_seen']}"
        for s in ring(8, 300)["signal"]
    ]
    (root / "signals.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (root / "coterie.toml").write_text('[[source]]\npath = "signals.csv"\n', encoding="utf-8")
    made = run("schedule", "cron", "-w", root, "--out", tmp_path / "units")
    assert made.code == 0, made.err
    assert "crontab -" in made.out
    text = (tmp_path / "units" / "coterie-weekly.cron").read_text(encoding="utf-8")
    _, command = _cron_line(text)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (report,) = (root / "reports").iterdir()
    assert (report / "index.html").is_file()
    assert (root / ".coterie-weekly.lock").is_file()
    assert "Dry run" in done.stdout
    # While one runs, the next ends at once, and says so by its code.
    held = ["flock", str(root / ".coterie-weekly.lock"), "sh", "-c", command]
    assert subprocess.run(held, capture_output=True, check=False).returncode == 6


def test_the_command_prints_every_form(tmp_path: Path, run: Callable[..., Ended]) -> None:
    for form in FORMS:
        done = run("schedule", form, "-w", tmp_path, "--export", "--json", "--command", "/c")
        body = json.loads(done.out)
        assert body["install"]
        assert any("no [[source]]" in w for w in body["warnings"])
        assert "--dry-run" not in json.dumps(body["files"])
        shown = run("schedule", form, "-w", tmp_path, "--quiet")
        assert "# ---- To install" in shown.out
        # What is printed is itself such a file: the headings are comments.
        if form in {"kubernetes", "github"}:
            assert yaml.safe_load(shown.out)
