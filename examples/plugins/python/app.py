"""One CronJob for each table of the application's file jobs.toml:

    [cleanup]
    schedule = "0 3 * * *"
    image = "example.com/cleanup:1.2"
    command = ["cleanup", "--all"]

The classes are the interfaces of the world `renderer-plugin` in wit/plugin.wit; `wit_world` is
generated of it.
"""

import json
import tomllib

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.about import AboutPlugin
from wit_world.exports.renderer import Body_Json, Document, Origin, Rendering
from wit_world.imports.types import Diagnostic, Severity, Span

FILE = "jobs.toml"

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "suspend": {
            "type": "boolean",
            "default": False,
            "description": "Render all jobs, but let none of them start.",
        },
        "timeZone": {"type": "string", "description": "Of the schedules, as Europe/Berlin."},
    },
}


class About(exports.About):
    def about(self) -> AboutPlugin:
        return AboutPlugin(f"CronJobs from {FILE}", json.dumps(SCHEMA))


class Renderer(exports.Renderer):
    def render(self, tree, request) -> Rendering:
        parameters = json.loads(request.parameters())
        path = "/".join(filter(None, [tree.path(), FILE]))
        problems, documents = [], []
        for name, job in read(tree, path).items():
            missing = [key for key in ("schedule", "image") if key not in job]
            if missing:
                text = f"[{name}] lacks {' and '.join(missing)}"
                problems.append(problem("bad-job", text, path))
                continue
            text = json.dumps(cron_job(name, job, parameters))
            documents.append(Document(Body_Json(text), Origin(path, 1)))
        # What is raised is the error of the WIT function: a list of diagnostics.
        if problems:
            raise Err(problems)
        return Rendering(documents, [])


def cron_job(name, job, parameters):
    container = {"name": name, "image": job["image"]}
    if "command" in job:
        container["command"] = job["command"]
    pod = {"restartPolicy": "OnFailure", "containers": [container]}
    spec = {
        "schedule": job["schedule"],
        "suspend": parameters.get("suspend", False),
        "jobTemplate": {"spec": {"template": {"spec": pod}}},
    }
    if "timeZone" in parameters:
        spec["timeZone"] = parameters["timeZone"]
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": spec}


def read(tree, path):
    try:
        return tomllib.loads(tree.read(path).decode())
    except Err as error:
        reason = type(error.value).__name__.removeprefix("ReadError_")
        raise Err([problem("unreadable", f"cannot be read: {reason}", path)])
    except ValueError as error:
        raise Err([problem("bad-toml", str(error), path)])


def problem(code, message, path):
    return Diagnostic(Severity.ERROR, code, message, Span(path, None), None, None)
