#!/usr/bin/env python3
"""The examples in deploy/ say nothing that the program would refuse.

Usage: tests/deploy/lint.py

Checks without a cluster: the YAML (yamllint, PyYAML), what the objects of
Kubernetes name in each other, the systemd unit (systemd-analyze, where there
is one), and each key, variable and flag in deploy/ and docs/guides/cluster.md
against config/pumpscope.conf and docs/reference. Prints what is wrong and ends
with 1; with 77 when nothing is wrong but a tool is missing.
"""

import configparser
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import yaml
except ImportError:
    yaml = None

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
PAGES = [*sorted(DEPLOY.rglob("README.md")), ROOT / "docs/guides/cluster.md"]
SKIPPED = 77

# Applied by hand, and said so in README.md.
NOT_IN_KUSTOMIZATION = {"kustomization.yaml", "horizontalpodautoscaler.yaml",
                        "migrate-job.yaml", "secrets.example.yaml"}

KINDS = {"Kustomization", "StatefulSet", "Service", "Secret", "NetworkPolicy",
         "PodDisruptionBudget", "HorizontalPodAutoscaler"}

problems = []
missing = []


def wrong(path, what):
    problems.append(f"{path.relative_to(ROOT)}: {what}")


def keys_of(path):
    """The keys of a configuration file, as `section.name`."""
    parser = configparser.RawConfigParser(delimiters="=", strict=True,
                                          comment_prefixes="#",
                                          inline_comment_prefixes=None)
    try:
        parser.read_string(path.read_text())
    except configparser.Error as error:
        wrong(path, str(error))
    return {f"{section}.{name}" for section in parser.sections()
            for name in parser[section]}


def known_keys():
    """Those of the file, and the secrets that no file may have."""
    page = (ROOT / "docs/reference/config.md").read_text()
    secrets = set(re.findall(r"^\| `([a-z.-]+)` \(secret\)", page, re.M))
    return keys_of(ROOT / "config/pumpscope.conf"), secrets


def known_flags():
    """By command: the flags of its section in the reference page."""
    page = (ROOT / "docs/reference/commands.md").read_text()
    result = {}
    for name, text in re.findall(r"^## ([a-z]+)\n(.*?)(?=^## |\Z)", page,
                                 re.M | re.S):
        if rows := re.findall(r"^\| `([^`]+)`", text, re.M):
            result[name] = {x for row in rows
                            for x in re.findall(r"--[a-z-]+", row)}
    return result


def check_words(path, words, flags):
    """A command line of pumpscope, behind its name."""
    if not words or words[0].startswith("-"):
        return
    if words[0] not in flags:
        wrong(path, f"pumpscope {words[0]}: no such command")
        return
    for word in words[1:]:
        flag = word.split("=")[0]
        if flag.startswith("--") and flag not in flags[words[0]]:
            wrong(path, f"pumpscope {words[0]} has no {flag}")


def check_page(path, flags, variables):
    """The code blocks and quoted words of a page."""
    if not path.exists():
        wrong(path, "is missing")
        return
    text = path.read_text()
    code = [*re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S),
            *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]
    for piece in code:
        for line in piece.replace("\\\n", " ").splitlines():
            # `pumpscope` as a command, not as a name or the end of a path.
            line = line.split(" #")[0].replace("-n pumpscope", "")
            for call in re.findall(r"(?:^|[\s'(/])pumpscope ([a-z][^;|&)'\n]*)",
                                   line):
                check_words(path, call.split(), flags)
        check_variables(path, re.findall(r"PUMPSCOPE_[A-Z_]+", piece),
                        variables)


def check_variables(path, names, variables):
    for name in names:
        if name not in variables:
            wrong(path, f"{name} is no variable of the configuration")


def check_unit(path, flags):
    text = path.read_text()
    starts = re.findall(r"^ExecStart=(\S+) (.*)$", text, re.M)
    if len(starts) != 1:
        wrong(path, f"{len(starts)} lines ExecStart")
        return
    program, words = starts[0]
    check_words(path, words.split(), flags)
    if not shutil.which("systemd-analyze"):
        print("deploy.lint: no systemd-analyze: the unit is read only")
        return
    # The program is not installed here.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(text.replace(f"ExecStart={program}",
                                     "ExecStart=/bin/true"))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
             str(copy)], capture_output=True, text=True, timeout=60,
            check=False)
    # An unknown name is a line only, and no code.
    told = [x for x in done.stderr.splitlines() if path.stem in x]
    for line in told or [done.stderr.strip()] * (done.returncode != 0):
        wrong(path, "systemd-analyze: " + line.replace(f"{folder}/", ""))


def check_yaml_style(paths):
    if not shutil.which("yamllint"):
        missing.append("yamllint")
        return
    done = subprocess.run(
        ["yamllint", "--strict", "--format", "parsable", "-c",
         str(ROOT / "tests/deploy/yamllint.yaml"),
         *(str(x.relative_to(ROOT)) for x in paths)],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    problems.extend((done.stdout + done.stderr).splitlines())


def walk(node):
    """All mappings in a document."""
    if isinstance(node, dict):
        yield node
    for child in (node.values() if isinstance(node, dict)
                  else node if isinstance(node, list) else ()):
        yield from walk(child)


def check_pods(path, pod, flags, variables, secrets, configs):
    """The specification of a pod: its flags, variables and secrets."""
    if pod.get("enableServiceLinks") is not False:
        wrong(path, "enableServiceLinks must be false: variables of Services "
                    "would be taken for options")
    for container in pod["containers"]:
        check_words(path, container["args"], flags)
        check_variables(path, [x["name"] for x in container.get("env", ())
                               if x["name"].startswith("PUMPSCOPE_")],
                        variables)
        volumes = {x["name"] for x in pod.get("volumes", ())}
        for mount in container.get("volumeMounts", ()):
            if mount["name"] not in volumes:
                wrong(path, f"no volume {mount['name']}")
    for node in walk(pod):
        if (ref := node.get("secretKeyRef")) and \
                ref["key"] not in secrets.get(ref["name"], ()):
            wrong(path, f"no secret {ref['name']}/{ref['key']}")
        if "secretName" in node and node["secretName"] not in secrets:
            wrong(path, f"no secret {node['secretName']}")
        if (ref := node.get("configMap")) and ref["name"] not in configs:
            wrong(path, f"no configMap {ref['name']}")


def check_kubernetes(folder, flags, variables):
    objects = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            documents = list(yaml.safe_load_all(path.read_text()))
        except yaml.YAMLError as error:
            wrong(path, str(error))
            continue
        for x in documents:
            # A comment behind the last `---` is an empty document.
            if x is None:
                continue
            if not {"apiVersion", "kind"} <= set(x):
                wrong(path, "a document without apiVersion or kind")
                continue
            objects.append((path, x))
    of_kind = {}
    for path, x in objects:
        of_kind.setdefault(x["kind"], []).append((path, x))
        if x["kind"] != "Kustomization" and \
                not {"name", "generateName"} & set(x.get("metadata", ())):
            wrong(path, f"a {x['kind']} without a name")

    # What follows compares them with each other.
    if lacking := KINDS - set(of_kind):
        wrong(folder, "not found or not read: " + ", ".join(sorted(lacking)))
        return

    path, kustomization = of_kind["Kustomization"][0]
    told = set(kustomization["resources"])
    found = {x.name for x in folder.glob("*.yaml")} - NOT_IN_KUSTOMIZATION
    for name in sorted(told ^ found):
        wrong(path, f"{name} is " + ("missing" if name in told
                                     else "not among the resources"))
    configs = set()
    for x in kustomization["configMapGenerator"]:
        configs.add(x["name"])
        for name in x["files"]:
            if not (folder / name).exists():
                wrong(path, f"{name} is missing")

    secrets = {x["metadata"]["name"]: set(x["stringData"])
               for _, x in of_kind["Secret"]}
    for path, x in objects:
        if x["kind"] in ("StatefulSet", "Job"):
            check_pods(path, x["spec"]["template"]["spec"], flags, variables,
                       secrets, configs)

    path, nodes = of_kind["StatefulSet"][0]
    labels = nodes["spec"]["template"]["metadata"]["labels"]
    ports = {x["name"] for x
             in nodes["spec"]["template"]["spec"]["containers"][0]["ports"]}
    services = {x["metadata"]["name"] for _, x in of_kind["Service"]}
    if nodes["spec"]["serviceName"] not in services:
        wrong(path, f"no Service {nodes['spec']['serviceName']}")
    http = (ROOT / "docs/reference/http.md").read_text()
    for node in walk(nodes):
        if (probe := node.get("httpGet")) and \
                (f"GET {probe['path']}`" not in http
                 or probe["port"] not in ports):
            wrong(path, f"no answer at {probe}")
    for i in range(nodes["spec"]["replicas"]):
        for end in ("crt", "key"):
            if f"{nodes['metadata']['name']}-{i}.{end}" \
                    not in secrets["pumpscope-tls"]:
                wrong(path, f"no certificate of pod {i} in pumpscope-tls")
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        for path, x in of_kind[kind]:
            selector = x["spec"].get("selector") or x["spec"]["podSelector"]
            if selector.get("matchLabels", selector) != labels:
                wrong(path, f"{x['metadata']['name']} selects no pod of ours")
    for path, x in of_kind["Service"]:
        for port in x["spec"]["ports"]:
            if port["targetPort"] not in ports:
                wrong(path, f"no port {port['targetPort']}")

    metrics = (ROOT / "docs/reference/metrics.md").read_text()
    for path, x in of_kind["HorizontalPodAutoscaler"]:
        if x["spec"]["scaleTargetRef"]["name"] != nodes["metadata"]["name"]:
            wrong(path, "scales something else")
        for node in walk(x["spec"]["metrics"]):
            name = node.get("metric", {}).get("name")
            if name and f"`{name.removeprefix('pumpscope_')}`" not in metrics:
                wrong(path, f"no metric {name}")


def main():
    keys, secrets = known_keys()
    variables = {"PUMPSCOPE_CONFIG_FILE"} | {
        "PUMPSCOPE_" + re.sub("[.-]", "_", x).upper() for x in keys | secrets}
    flags = known_flags()
    for path in sorted(DEPLOY.rglob("*.conf")):
        for key in sorted(keys_of(path) - keys):
            wrong(path, f"config/pumpscope.conf has no {key}")
    for path in sorted(DEPLOY.rglob("*.env.example")):
        check_variables(path, re.findall(r"^(PUMPSCOPE_\w+)=",
                                         path.read_text(), re.M), variables)
    for path in sorted(DEPLOY.rglob("*.service")):
        check_unit(path, flags)
    for path in PAGES:
        check_page(path, flags, variables)
    check_yaml_style(sorted([*DEPLOY.rglob("*.yaml"),
                             *(ROOT / "tests/deploy").glob("*.yaml")]))
    if yaml:
        check_kubernetes(DEPLOY / "kubernetes", flags, variables)
    else:
        missing.append("PyYAML")
    for line in problems:
        print(f"deploy.lint: {line}")
    if problems:
        return 1
    if missing:
        print("deploy.lint: SKIPPED, missing: " + ", ".join(missing))
        return SKIPPED
    print("deploy.lint: nothing is wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main())
