"""The part of kustomize that k8s/ uses: `resources`, `patches` (strategic merge) and `images`.

Everything else is refused, so that what is tested here is what kustomize would apply. Where a kubectl is installed,
test_manifests.py compares the two.
"""

import copy
import pathlib

import yaml

KNOWN = {"apiVersion", "kind", "resources", "patches", "images"}

# Lists of objects that are merged by a key; every other list is replaced (Kubernetes' `x-kubernetes-patch-merge-key`).
MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "topologySpreadConstraints": "topologyKey",
}


def render(folder: pathlib.Path) -> list[dict]:
    """All objects of a folder with a kustomization.yaml, patched."""
    settings = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if unknown := set(settings) - KNOWN:
        raise ValueError(f"{folder}: {sorted(unknown)} is not rendered here")
    objects = [each for name in settings["resources"] for each in load(folder / name)]
    for patch in settings.get("patches", []):
        apply_patch(objects, yaml.safe_load((folder / patch["path"]).read_text()), patch.get("target"))
    for image in settings.get("images", []):
        apply_image(objects, image)
    return objects


def load(path: pathlib.Path) -> list[dict]:
    """The objects of a file, or of a folder that is rendered itself."""
    if path.is_dir():
        return render(path)
    return [each for each in yaml.safe_load_all(path.read_text()) if each is not None]


def apply_patch(objects: list[dict], patch: dict, target: dict | None) -> None:
    """Lays `patch` over all objects of the target, or over the one that it names."""
    chosen = [each for each in objects if is_target(each, patch, target)]
    if not chosen:
        raise ValueError(f"a patch of {patch['kind']} {patch['metadata']['name']} changes nothing")
    content = {key: value for key, value in patch.items() if key not in ("apiVersion", "kind", "metadata")}
    metadata = {key: value for key, value in patch["metadata"].items() if key not in ("name", "namespace")}
    for each in chosen:
        merged = merge(each, content | ({"metadata": metadata} if metadata else {}))
        each.clear()
        each.update(merged)


def is_target(each: dict, patch: dict, target: dict | None) -> bool:
    if target is None:
        return each["kind"] == patch["kind"] and each["metadata"]["name"] == patch["metadata"]["name"]
    if unknown := set(target) - {"kind", "name"}:
        raise ValueError(f"a target by {sorted(unknown)} is not rendered here")
    return each["kind"] == target["kind"] and target.get("name") in (None, each["metadata"]["name"])


def merge(below: dict, above: dict) -> dict:
    """A strategic merge patch: objects key by key, keyed lists item by item, the rest replaced; null removes."""
    merged = copy.deepcopy(below)
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = merge(merged.get(key) or {}, value)
        elif (by := merge_key(key, value)) is not None:
            merged[key] = merge_lists(merged.get(key) or [], value, by)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def merge_key(key: str, value: object) -> str | None:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return None
    if key == "ports" and all("containerPort" in each for each in value):
        return "containerPort"
    return MERGE_KEYS.get(key)


def merge_lists(below: list[dict], above: list[dict], by: str) -> list[dict]:
    merged = {each[by]: each for each in below}
    for each in above:
        merged[each[by]] = merge(merged.get(each[by], {}), each)
    return list(merged.values())


def apply_image(objects: list[dict], image: dict) -> None:
    """Gives containers of the image `name` another name, tag or digest."""
    name = image.get("newName", image["name"])
    suffix = f"@{image['digest']}" if "digest" in image else f":{image['newTag']}"
    for container in (each for one in objects for each in containers(one)):
        if container["image"].split("@")[0].split(":")[0] == image["name"]:
            container["image"] = name + suffix


def containers(each: dict) -> list[dict]:
    """All containers of a workload; none of anything else."""
    pod = each.get("spec", {}).get("template", {}).get("spec", {})
    return [*pod.get("initContainers", []), *pod.get("containers", [])]
