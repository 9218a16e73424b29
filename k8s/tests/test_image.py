"""The image, built from nothing and run as the cluster runs it: read-only, without privileges, as nobody.

Skipped, with the reason, where containers cannot be built or run.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = ["identity-svc", "license-svc", "import-svc", "notify-svc", "gateway"]
TAG = "localhost/roster:test"
MISSING = [name for name in ("buildah", "podman", "runc") if shutil.which(name) is None]


@unittest.skipIf(MISSING, f"no image is built: {', '.join(MISSING)} is not installed")
class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.storage = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.remove)
        probe = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            raise unittest.SkipTest("no image is built: this user may not make namespaces")
        settings = {"ROSTER_IMAGE_PROFILE": "dev", "ROSTER_IMAGE_STORAGE": cls.storage.name}
        built = subprocess.run(
            ["bash", "tools/image.sh", TAG], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, built.stdout + built.stderr

    @classmethod
    def remove(cls):
        shutil.rmtree(cls.storage.name, ignore_errors=True)
        cls.storage.cleanup()

    def podman(self, *arguments):
        storage = pathlib.Path(self.storage.name)
        place = ["--storage-driver", "vfs", "--root", storage / "root", "--runroot", storage / "run"]
        return subprocess.run(
            ["podman", *place, "--runtime", "runc", "--cgroup-manager", "cgroupfs", *arguments],
            capture_output=True, text=True, check=False, timeout=120,
        )

    def run_program(self, *command):
        """As deployment.yaml has it."""
        return self.podman(
            "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "all",
            "--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
            TAG, *command,
        )

    def test_all_five_programs_run_read_only_as_nobody(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                ran = self.run_program(f"/usr/bin/{program}", "--version")
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertIn(program, ran.stdout)

    def test_a_program_that_lacks_its_settings_says_so(self):
        ran = self.run_program("/usr/bin/license-svc", "serve", "--listen", "0.0.0.0:8443")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("--postgres", ran.stdout + ran.stderr)

    def test_it_holds_programs_and_nothing_to_break_in_with(self):
        user = self.podman("image", "inspect", "--format", "{{.User}}", TAG)
        self.assertEqual(user.stdout.strip(), "65532:65532", user.stderr)
        for tool in ("/bin/sh", "/usr/bin/sh", "/bin/busybox"):
            self.assertNotEqual(self.run_program(tool).returncode, 0, tool)


if __name__ == "__main__":
    unittest.main()
