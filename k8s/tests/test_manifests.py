"""Every manifest, rendered as each overlay applies it, against schemas, a scanner and our own rules."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import kubernetes_validate
import yaml

from render import containers, render

K8S = pathlib.Path(__file__).resolve().parent.parent
OVERLAYS = sorted(path.parent for path in K8S.glob("overlays/*/kustomization.yaml"))
SERVICES = {"identity", "license", "import", "notify", "gateway"}
# Its schemas are not part of Kubernetes.
WITHOUT_SCHEMA = {("cert-manager.io/v1", "Issuer"), ("cert-manager.io/v1", "Certificate")}
EXPECTED_KINDS = {
    "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Job", "Namespace", "NetworkPolicy",
    "PodDisruptionBudget", "Service", "ServiceAccount",
}
# ARCHITECTURE.md, "How things move": calls one way, events the other.
ARROWS = {
    "gateway": {"identity", "license", "import", "notify"},
    "import": {"license", "identity"},
    "license": {"identity", "notify"},
    "identity": {"license", "notify"},
    "notify": {"identity"},
}


def each_overlay(test):
    """Runs a test on every overlay's objects."""

    def run(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay=overlay.name):
                test(self, render(overlay))

    return run


def of_kind(objects, *kinds):
    return [each for each in objects if each["kind"] in kinds]


def named(objects, kind, name):
    found = [each for each in of_kind(objects, kind) if each["metadata"]["name"] == name]
    assert len(found) == 1, f"{kind} {name}: {len(found)} found"
    return found[0]


def pod(workload):
    return workload["spec"]["template"]["spec"]


def key_of(each):
    return (each["apiVersion"], each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"])


def in_any_order(value):
    """Lists that kustomize orders otherwise are compared as sets."""
    if isinstance(value, dict):
        return {key: in_any_order(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted((in_any_order(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


class Rendering(unittest.TestCase):
    def test_there_are_overlays(self):
        self.assertEqual([path.name for path in OVERLAYS], ["dev", "production"])

    @unittest.skipUnless(shutil.which("kubectl"), "no kubectl is installed: only the own rendering is tested")
    def test_kubectl_renders_the_same(self):
        for overlay in OVERLAYS:
            asked = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True, check=False)
            if "unknown field" in asked.stderr:
                self.skipTest("this kubectl is too old for `patches`")
            self.assertEqual(asked.returncode, 0, asked.stderr)
            theirs = {key_of(each): in_any_order(each) for each in yaml.safe_load_all(asked.stdout)}
            ours = {key_of(each): in_any_order(each) for each in render(overlay)}
            self.assertEqual(theirs, ours)


class Schemas(unittest.TestCase):
    @each_overlay
    def test_every_object_meets_its_schema(self, objects):
        validated = set()
        for each in objects:
            if (each["apiVersion"], each["kind"]) in WITHOUT_SCHEMA:
                continue
            # Raises for an object that does not meet its schema and for a kind that has none.
            kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)
            validated.add(each["kind"])
        self.assertEqual(validated - {"Ingress"}, EXPECTED_KINDS)

    def test_a_misspelt_field_is_refused(self):
        deployment = named(render(OVERLAYS[0]), "Deployment", "gateway")
        pod(deployment)["containers"][0]["imagePulPolicy"] = "Always"
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(deployment, kubernetes_validate.latest_version(), strict=True)


class Scanner(unittest.TestCase):
    """checkov, with the exceptions of exceptions.yaml, each with its reason."""

    def test_no_finding_without_a_reason(self):
        exceptions = yaml.safe_load((K8S / "tests" / "exceptions.yaml").read_text())
        for overlay in OVERLAYS:
            with self.subTest(overlay=overlay.name):
                skipped = exceptions.get(overlay.name, {})
                self.assertTrue(all(len(reason) > 20 for reason in skipped.values()), "each exception has a reason")
                failed = findings(render(overlay))
                self.assertEqual({each for each, _ in failed} - set(skipped), set(), failed)
                self.assertEqual(set(skipped) - {each for each, _ in failed}, set(), "an exception nobody needs")


def findings(objects):
    """The checks that failed, and where."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "all.yaml").write_text(yaml.safe_dump_all(objects))
        program = pathlib.Path(sys.executable).with_name("checkov")
        command = [program, "--framework", "kubernetes", "--directory", folder, "--output", "json", "--quiet"]
        # It would ask its makers for more rules.
        environment = os.environ | {"BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"}
        asked = subprocess.run(
            [*command, "--skip-download"], capture_output=True, text=True, check=False, env=environment
        )
    answer = json.loads(asked.stdout)
    assert answer["summary"]["passed"] > 300, answer["summary"]
    return {(each["check_id"], each["resource"]) for each in answer["results"]["failed_checks"]}


class Pods(unittest.TestCase):
    @each_overlay
    def test_nothing_runs_with_more_than_it_needs(self, objects):
        for workload in of_kind(objects, "Deployment", "Job"):
            spec = pod(workload)
            self.assertIs(spec["automountServiceAccountToken"], False)
            self.assertIs(spec["securityContext"]["runAsNonRoot"], True)
            self.assertGreaterEqual(spec["securityContext"]["runAsUser"], 10_000)
            self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertNotEqual(spec["serviceAccountName"], "default")
            for container in containers(workload):
                context = container["securityContext"]
                self.assertIs(context["allowPrivilegeEscalation"], False)
                self.assertIs(context["readOnlyRootFilesystem"], True)
                self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
                self.assertEqual(set(container["resources"]), {"requests", "limits"})
                self.assertRegex(container["image"], r"[:@]", "an image without a tag is whatever comes")
        for account in of_kind(objects, "ServiceAccount"):
            self.assertIs(account["automountServiceAccountToken"], False)
        namespace = named(objects, "Namespace", "roster")
        self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")

    @each_overlay
    def test_scratch_space_has_a_size(self, objects):
        for workload in of_kind(objects, "Deployment"):
            empty = [each["emptyDir"] for each in pod(workload)["volumes"] if "emptyDir" in each]
            self.assertEqual([set(each) for each in empty], [{"sizeLimit"}])

    @each_overlay
    def test_probes_and_the_end_of_a_pod(self, objects):
        for workload in of_kind(objects, "Deployment"):
            (container,) = containers(workload)
            self.assertEqual(container["livenessProbe"]["httpGet"]["path"], "/healthz")
            self.assertEqual(container["readinessProbe"]["httpGet"]["path"], "/readyz")
            self.assertIn("startupProbe", container)
            settings = {each["name"]: each["value"] for each in container["env"]}
            pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            drain = int(settings["ROSTER_DRAIN"].removesuffix("s"))
            # After the drain limit jobs get 5 s to put down what they hold, connections 2 s, telemetry 12 s.
            self.assertLess(pause + drain + 5 + 2 + 12, pod(workload)["terminationGracePeriodSeconds"])

    @each_overlay
    def test_secrets_are_files_and_references(self, objects):
        self.assertEqual(of_kind(objects, "Secret"), [])
        for workload in of_kind(objects, "Deployment", "Job"):
            for container in containers(workload):
                self.assertTrue(all("valueFrom" not in each for each in container.get("env", [])))
        told = (K8S / "README.md").read_text()
        for name in mounted_secrets(objects):
            self.assertIn(f"`{name}`", told, "k8s/README.md says how each secret is made")

    @each_overlay
    def test_a_password_has_its_user(self, objects):
        settings = named(objects, "ConfigMap", "roster-settings")["data"]
        (notify,) = containers(named(objects, "Deployment", "notify"))
        mounted = {each["name"] for each in notify["env"]}
        self.assertEqual("ROSTER_NOTIFY_SMTP_PASSWORD_FILE" in mounted, "ROSTER_NOTIFY_SMTP_USER" in settings)

    @each_overlay
    def test_every_setting_exists(self, objects):
        known = set(re.findall(r"`(ROSTER_[A-Z_]+)`", (K8S.parent / "docs" / "settings.md").read_text()))
        used = set(named(objects, "ConfigMap", "roster-settings")["data"])
        for workload in of_kind(objects, "Deployment", "Job"):
            used |= {each["name"].removesuffix("_FILE") for one in containers(workload) for each in one["env"]}
        self.assertEqual(used - known, set())


def mounted_secrets(objects):
    """The names of all secrets that a pod mounts and cert-manager does not make."""
    made = {each["spec"]["secretName"] for each in of_kind(objects, "Certificate")}
    volumes = [volume for each in of_kind(objects, "Deployment", "Job") for volume in pod(each)["volumes"]]
    direct = {each["secret"]["secretName"] for each in volumes if "secret" in each}
    sources = [source for each in volumes for source in each.get("projected", {}).get("sources", [])]
    projected = {each["secret"]["name"] for each in sources if "secret" in each}
    return (direct | projected) - made


class Services(unittest.TestCase):
    @each_overlay
    def test_each_of_the_five_has_all_it_needs(self, objects):
        self.assertEqual({each["metadata"]["name"] for each in of_kind(objects, "Deployment")}, SERVICES)
        for name in SERVICES:
            deployment = named(objects, "Deployment", name)
            labels = deployment["spec"]["template"]["metadata"]["labels"]
            self.assertLessEqual(deployment["spec"]["selector"]["matchLabels"].items(), labels.items())
            service = named(objects, "Service", name)
            self.assertEqual(service["spec"]["selector"], deployment["spec"]["selector"]["matchLabels"])
            self.assertEqual(service["spec"].get("clusterIP") == "None", name != "gateway", "headless but the door")
            budget = named(objects, "PodDisruptionBudget", name)
            self.assertEqual(budget["spec"]["selector"], deployment["spec"]["selector"])
            scaler = named(objects, "HorizontalPodAutoscaler", name)
            self.assertEqual(scaler["spec"]["scaleTargetRef"]["name"], name)
            self.assertNotIn("replicas", deployment["spec"], "the autoscaler owns the number")
            self.assertEqual(len(pod(deployment)["topologySpreadConstraints"]), 2)

    def test_production_survives_the_loss_of_a_node(self):
        objects = render(K8S / "overlays" / "production")
        for name in SERVICES:
            self.assertGreaterEqual(named(objects, "HorizontalPodAutoscaler", name)["spec"]["minReplicas"], 2)
            self.assertGreaterEqual(named(objects, "PodDisruptionBudget", name)["spec"]["minAvailable"], 1)

    @each_overlay
    def test_migrations_run_in_a_job_and_nowhere_else(self, objects):
        job = named(objects, "Job", "migrate")
        self.assertEqual(
            {each["command"][0].split("/")[-1] for each in containers(job)},
            {"identity-svc", "license-svc", "import-svc", "notify-svc"},
        )
        for workload in of_kind(objects, "Deployment"):
            settings = {each["name"]: each["value"] for each in containers(workload)[0]["env"]}
            self.assertEqual(settings["ROSTER_MIGRATE"], "never")
            owners = [each for each in pod(workload)["volumes"] if "owner" in json.dumps(each)]
            self.assertEqual(owners, [], "a running service never holds the owner's password")


class Network(unittest.TestCase):
    @each_overlay
    def test_all_is_denied_but_for_the_arrows(self, objects):
        denied = named(objects, "NetworkPolicy", "default-deny")["spec"]
        self.assertEqual(denied, {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
        for caller, called in ARROWS.items():
            settings = containers(named(objects, "Deployment", caller))[0]["env"]
            peers = {each["name"].removeprefix("ROSTER_PEER_").lower() for each in settings if "_PEER_" in each["name"]}
            self.assertEqual(peers, called, "settings")
            self.assertEqual(allowed(objects, f"{caller}-calls", "egress", "to"), called)
        for called in SERVICES - {"gateway"}:
            callers = {caller for caller, those in ARROWS.items() if called in those}
            self.assertEqual(allowed(objects, f"{called}-called", "ingress", "from"), callers)

    @each_overlay
    def test_certificates_name_the_service(self, objects):
        for name in SERVICES:
            certificate = named(objects, "Certificate", name)["spec"]
            self.assertEqual(certificate["dnsNames"], [name, f"{name}.roster.svc"])
            self.assertEqual(certificate["issuerRef"]["name"], "roster-authority")
            self.assertEqual("server auth" in certificate["usages"], name != "gateway")


def allowed(objects, policy, direction, side):
    """The services that a policy names."""
    (rule,) = named(objects, "NetworkPolicy", policy)["spec"][direction]
    (peer,) = rule[side]
    (expression,) = peer["podSelector"]["matchExpressions"]
    return set(expression["values"])


if __name__ == "__main__":
    unittest.main()
