"""Units for schedulers that run a workspace week after week: systemd, cron, Kubernetes, GitHub Actions.

They all run the same five commands, one after the other, and stop at the first that fails: load,
sweep, report, alerts, export (a dry run unless asked for). A path is quoted for each form by its own
rules; what no quoting makes safe there is refused.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.config import duration
from coterie.errors import ConfigError, UsageError, did_you_mean
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FORMS = ("systemd", "cron", "kubernetes", "github")
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
# Seconds that each command waits for another writer, such as a person's load.
_WAIT = "600"
# Debian's cron takes commands of less than 1,000 characters.
_CRON_LINE = 980
_AT = re.compile(r"(?:(?P<day>[A-Za-z]{3})[a-z]*\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})")
# POSIX names of users; DNS labels for what Kubernetes and GitHub name.
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}")


@dataclass(frozen=True, slots=True)
class When:
    """When a unit runs, UTC: on ``day`` (0 is Sunday; None is every day) at ``hour``:``minute``."""

    day: int | None
    hour: int
    minute: int

    @property
    def cron(self) -> str:
        """The five fields of cron."""
        return f"{self.minute} {self.hour} * * {'*' if self.day is None else self.day}"

    @property
    def calendar(self) -> str:
        """An expression of systemd.time."""
        day = "" if self.day is None else f"{DAYS[self.day]} "
        return f"{day}*-*-* {self.hour:02d}:{self.minute:02d}:00 UTC"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the units run, and how.

    Attributes:
        workspace: absolute path of the workspace.
        coterie: absolute path of the command (in a container or on a runner: its name there).
        when: when it runs.
        limit: most seconds of one run.
        user: user that runs it; None is whoever installs it.
        export: hand decisions over, not only show what would be.
        name: name of the units.
        image: container image that has Coterie, for Kubernetes.
    """

    workspace: str
    coterie: str
    when: When
    limit: int
    user: str | None = None
    export: bool = False
    name: str = "coterie-weekly"
    image: str = "coterie:latest"


@dataclass(frozen=True, slots=True)
class Units:
    """Files for a scheduler, and how to install them."""

    files: Mapping[str, str]
    install: str

    def to_text(self) -> str:
        """All files, each under its name, and the steps to install them."""
        parts = [f"# ---- {name}\n{text}" for name, text in self.files.items()]
        steps = "\n".join(f"# {line}".rstrip() for line in self.install.splitlines())
        return "\n".join([*parts, f"# ---- To install\n{steps}"])


def when_of(text: str) -> When:
    """A time such as ``"Mon 05:17"`` or ``"05:17"`` (UTC).

    Raises:
        UsageError: it is none.

    >>> when_of("Mon 05:17").cron
    '17 5 * * 1'
    """
    found = _AT.fullmatch(text.strip())
    day = found and found["day"]
    if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59:
        raise UsageError(
            f'--at: found "{printable(text, 60)}", expected a time (UTC) such as "Mon 05:17", or '
            '"05:17" for every day'
        )
    if day and day.title() not in DAYS:
        raise UsageError(f'--at: there is no day "{day}".{did_you_mean(day.title(), DAYS)}')
    return When(DAYS.index(day.title()) if day else None, int(found["hour"]), int(found["minute"]))


def plan_of(
    workspace: str,
    coterie: str,
    *,
    at: str = "Mon 05:17",
    limit: str = "6h",
    user: str | None = None,
    export: bool = False,
    name: str = "coterie-weekly",
    image: str = "coterie:latest",
) -> Plan:
    """Check what units are made from.

    Raises:
        UsageError: a part is not fit for any unit.
    """
    for what, path in (("the workspace", workspace), ("the command", coterie)):
        if not path.isprintable():
            raise UsageError(
                f"{what}: its path holds characters that cannot be seen ({printable(path, 200)}); "
                "units with it could be read in two ways"
            )
    for label, value, form in (
        ("--user", user, _USER), ("--name", name, _NAME), ("--image", image, _IMAGE)
    ):  # fmt: skip
        if value is not None and not form.fullmatch(value):
            raise UsageError(f'{label}: found "{printable(value, 60)}", expected {form.pattern}')
    try:
        seconds = int(duration(limit).total_seconds())
    except ConfigError as error:
        raise UsageError(f"--limit: {error}") from error
    if not 60 <= seconds <= 7 * 86400:
        raise UsageError(f'--limit: found "{limit}", expected from 1m to 7d')
    return Plan(workspace, coterie, when_of(at), seconds, user, export, name, image)


def units(form: str, plan: Plan) -> Units:
    """The files of a scheduler; see :func:`plan_of`.

    Raises:
        UsageError: the form is not known, or cannot take the workspace's path.
    """
    makers: dict[str, Callable[[Plan], Units]] = {
        "systemd": _systemd, "cron": _cron, "kubernetes": _kubernetes, "github": _github,
    }  # fmt: skip
    if form not in makers:
        raise UsageError(f'there are no units for "{form}".{did_you_mean(form, FORMS)}')
    return makers[form](plan)


def commands(plan: Plan) -> list[list[str]]:
    """The commands of a run, in order, as lists of arguments."""
    # Joined to its option: a path that begins with a dash is no option.
    every = ["--quiet", "--wait", _WAIT, f"--workspace={plan.workspace}"]
    export = ["export", "enforcement"] if plan.export else ["export", "enforcement", "--dry-run"]
    steps = (["load"], ["sweep"], ["report"], ["alerts"], export)
    return [[plan.coterie, *every, *step] for step in steps]


def _lock(plan: Plan) -> str:
    return f"{plan.workspace}/.{plan.name}.lock"


def _script(plan: Plan) -> str:
    """The run as one line of shell, short enough for cron's limit."""
    found = commands(plan)
    same = next(i for i, words in enumerate(zip(*found, strict=False)) if len(set(words)) > 1)
    steps = " && ".join(f"c {shlex.join(command[same:])}" for command in found)
    return f'c() {{ {shlex.join(found[0][:same])} "$@"; }}; {steps}'


def _systemd(plan: Plan) -> Units:
    for path in (plan.workspace, plan.coterie):
        if set(path) & set("\\\"'") or path != path.strip():
            # Some of its settings take escapes and some do not: no one form is safe in all.
            raise UsageError(
                f"{printable(path, 200)}: systemd cannot take a path with quotes, backslashes or "
                "blanks at its ends"
            )
    if not plan.coterie.startswith("/"):
        raise UsageError(f"--command: found {plan.coterie}, expected an absolute path for systemd")
    lines = [
        "[Unit]",
        "Description=Coterie: load, sweep, report, alerts, export",
        "After=network-online.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        "# A oneshot service never runs beside itself: a second start waits for the first.",
        "Type=oneshot",
        *([f"User={plan.user}"] if plan.user else []),
        f"EnvironmentFile=-/etc/coterie/{plan.name}.env",
        *(f"ExecStart={_systemd_words(command)}" for command in commands(plan)),
        f"TimeoutStartSec={plan.limit}",
        "UMask=0077",
        "Nice=10",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        f"ReadWritePaths={_quoted(plan.workspace)}",
    ]
    timer = [
        "[Unit]",
        "Description=When Coterie runs",
        "",
        "[Timer]",
        f"OnCalendar={plan.when.calendar}",
        "# What was missed while the machine was off is made up for.",
        "Persistent=true",
        "RandomizedDelaySec=300",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    n = plan.name
    return Units(
        {f"{n}.service": "\n".join(lines) + "\n", f"{n}.timer": "\n".join(timer) + "\n"},
        f"coterie schedule systemd --out . writes the two files; then:\n"
        f"sudo install -m 644 {n}.service {n}.timer /etc/systemd/system/\n"
        f"sudo systemctl daemon-reload\n"
        f"sudo systemctl enable --now {n}.timer\n"
        f"Keys (COTERIE_HASH_KEY, COTERIE_WEBHOOK_SECRET, …) go into /etc/coterie/{n}.env, mode 600.\n"
        f"Try it: sudo systemctl start {n}.service; journalctl -u {n}.service",
    )


def _systemd_words(words: Sequence[str]) -> str:
    """Words by systemd's rules: quoted, with ``%`` doubled, and ``$`` but for the program's path."""
    first, *rest = (_quoted(word) for word in words)
    return " ".join([first, *(word.replace("$", "$$") for word in rest)])


def _quoted(path: str) -> str:
    return '"' + path.replace("%", "%%") + '"'


def _cron(plan: Plan) -> Units:
    # flock leaves its lock when killed; timeout ends what hangs, and then makes sure of it.
    run = shlex.join([
        "flock", "--nonblock", "--conflict-exit-code", "6", _lock(plan),
        "timeout", "--kill-after=60", str(plan.limit), "sh", "-c", _script(plan),
    ])  # fmt: skip
    # cron ends a command at "%", also inside quotes; the backslash before it is taken off.
    if "\\%" in run:
        raise UsageError("the workspace: cron cannot take a path with a backslash before a %")
    user = f"{plan.user} " if plan.user else ""
    text = "\n".join([
        "# Coterie: load, sweep, report, alerts, export. Times are UTC where cron knows CRON_TZ.",
        "CRON_TZ=UTC",
        "SHELL=/bin/sh",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        f"{plan.when.cron} {user}umask 077; {run}".replace("%", "\\%"),
        "",
    ])  # fmt: skip
    if max(len(line) for line in text.splitlines()) > _CRON_LINE:
        raise UsageError(
            "the workspace: its path is too long for a line of cron; use a link to it, or systemd"
        )
    n = plan.name
    where = (
        f"sudo install -m 644 {n}.cron /etc/cron.d/{n}"
        if plan.user
        else f"(crontab -l 2>/dev/null; cat {n}.cron) | crontab -"
    )
    return Units(
        {f"{n}.cron": text},
        f"coterie schedule cron --out . writes the file; then:\n{where}\n"
        "A run that is still going makes the next one end with 6. Debian's cron does not know CRON_TZ\n"
        "and takes the machine's own zone.",
    )


def _kubernetes(plan: Plan) -> Units:
    if ":" in plan.workspace or not plan.workspace.startswith("/"):
        raise UsageError("the workspace: Kubernetes mounts at absolute paths without a colon")
    container = {
        "name": "coterie",
        "image": plan.image,
        # Kubernetes replaces $(NAME) in commands by itself; $$ stands for $.
        "command": ["/bin/sh", "-c", _script(plan).replace("$", "$$")],
        "envFrom": [{"secretRef": {"name": plan.name, "optional": True}}],
        "resources": {
            "requests": {"cpu": "1", "memory": "2Gi"},
            "limits": {"memory": "16Gi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "workspace", "mountPath": plan.workspace},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a folder of the container's own
        ],
    }
    pod = {
        "restartPolicy": "Never",
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "fsGroup": 65532},
        "containers": [container],
        "volumes": [
            {"name": "workspace", "persistentVolumeClaim": {"claimName": plan.name}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": plan.name},
        "spec": {
            "schedule": plan.when.cron,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "spec": {
                    "backoffLimit": 0,
                    "activeDeadlineSeconds": plan.limit,
                    "template": {"spec": pod},
                }
            },
        },
    }
    n = plan.name
    return Units(
        {f"{n}.yaml": "\n".join(_yaml(job)) + "\n"},
        f"coterie schedule kubernetes --image IMAGE --out . writes the file; it needs an image with\n"
        f"Coterie in it, a volume claim {n} with the workspace, and, for keys, a secret {n}.\n"
        f"kubectl apply -f {n}.yaml\n"
        f"Try it: kubectl create job --from=cronjob/{n} {n}-now",
    )


def _github(plan: Plan) -> Units:
    if "${{" in plan.workspace or "${{" in plan.coterie:
        raise UsageError('the workspace: GitHub takes "${{" in a path for an expression')
    names = ("Load", "Sweep", "Report", "Alerts", "Export")
    steps = [
        {"name": name, "run": shlex.join(command)}
        for name, command in zip(names, commands(plan), strict=True)
    ]
    workflow = {
        "name": plan.name,
        "on": {"schedule": [{"cron": plan.when.cron}], "workflow_dispatch": {}},
        "permissions": {},
        "concurrency": {"group": plan.name, "cancel-in-progress": False},
        "jobs": {
            "coterie": {
                "runs-on": ["self-hosted"],
                "timeout-minutes": max(1, plan.limit // 60),
                "env": {
                    key: f"${{{{ secrets.{key} }}}}"
                    for key in ("COTERIE_HASH_KEY", "COTERIE_EXPORT_KEY", "COTERIE_WEBHOOK_SECRET")
                },
                "defaults": {"run": {"shell": "sh -e {0}"}},
                "steps": steps,
            }
        },
    }
    n = plan.name
    return Units(
        {f"{n}.yml": "\n".join(_yaml(workflow)) + "\n"},
        f"coterie schedule github --out .github/workflows writes the file into a repository. The\n"
        f"workspace lives on a runner of your own, which has Coterie and the data; pictures and logs\n"
        f"stay there. Keys are secrets of the repository. Try it: gh workflow run {n}.yml",
    )


def _yaml(value: Any, depth: int = 0) -> list[str]:
    """Plain data as block YAML; every text is double-quoted, as JSON quotes it."""
    pad = "  " * depth
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list) and item:
                lines += [f"{pad}{_scalar(key)}:", *_yaml(item, depth + 1)]
            else:
                lines.append(f"{pad}{_scalar(key)}: {_scalar(item)}")
        return lines
    for item in value:
        if isinstance(item, dict | list) and item:
            first, *rest = _yaml(item, depth + 1)
            lines += [f"{pad}- {first.lstrip()}", *rest]
        else:
            lines.append(f"{pad}- {_scalar(item)}")
    return lines


def _scalar(value: Any) -> str:
    # Plain words stay plain, but for those that YAML 1.1 reads as yes or no.
    odd = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z_-]*", value):
        return json.dumps(value) if value.lower() in odd else value
    return json.dumps(value, ensure_ascii=False)
