"""Checks of the manifest, the store's file and what they promise."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
import tomllib

import homeassistant
from homeassistant.const import __version__ as home_assistant_version
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from .repository import DOMAIN, Repository, Texts, read_json

HOME_ASSISTANT = Path(homeassistant.__file__).parent

REQUIRED_KEYS = frozenset(
    {
        "codeowners",
        "config_flow",
        "documentation",
        "domain",
        "integration_type",
        "iot_class",
        "issue_tracker",
        "name",
        "version",
    }
)
OPTIONAL_KEYS = frozenset(
    {
        "after_dependencies",
        "bluetooth",
        "categories",
        "connectivity",
        "dependencies",
        "dhcp",
        "homekit",
        "import_executor",
        "loggers",
        "mqtt",
        "requirements",
        "single_config_entry",
        "ssdp",
        "usb",
        "zeroconf",
    }
)
INTEGRATION_TYPES = frozenset(
    {"device", "entity", "hardware", "helper", "hub", "service", "system", "virtual"}
)
IOT_CLASSES = frozenset(
    {
        "assumed_state",
        "calculated",
        "cloud_polling",
        "cloud_push",
        "local_polling",
        "local_push",
    }
)
STORE_KEYS = frozenset(
    {
        "content_in_root",
        "country",
        "filename",
        "hacs",
        "hide_default_branch",
        "homeassistant",
        "name",
        "persistent_directory",
        "zip_release",
    }
)


def check_manifest(repository: Repository) -> Iterator[str]:
    """Check the manifest's keys, their order and their values."""
    manifest = repository.json("manifest.json")
    keys = list(manifest)
    for key in sorted(REQUIRED_KEYS - manifest.keys()):
        yield f"manifest.json: {key} is missing"
    for key in sorted(manifest.keys() - REQUIRED_KEYS - OPTIONAL_KEYS):
        yield f"manifest.json: {key} is not known"
    if keys != sorted(keys, key=_manifest_position):
        yield "manifest.json: keys must be domain, name, then the rest by alphabet"
    yield from _check_manifest_values(manifest)
    yield from _check_dependencies(manifest)


def _manifest_position(key: str) -> str:
    return {"domain": ".1", "name": ".2"}.get(key, key)


def _check_manifest_values(manifest: Texts) -> Iterator[str]:
    if manifest.get("domain") != DOMAIN:
        yield f"manifest.json: domain must be {DOMAIN}, as its folder"
    if manifest.get("integration_type") not in INTEGRATION_TYPES:
        yield "manifest.json: integration_type is not one of Home Assistant's"
    if manifest.get("iot_class") not in IOT_CLASSES:
        yield "manifest.json: iot_class is not one of Home Assistant's"
    for key in ("documentation", "issue_tracker"):
        if not str(manifest.get(key, "")).startswith("https://"):
            yield f"manifest.json: {key} must be an https address"
    for owner in manifest.get("codeowners", []):
        if not owner.startswith("@"):
            yield f"manifest.json: code owner {owner} must begin with @"


def _check_dependencies(manifest: Texts) -> Iterator[str]:
    both = set(manifest.get("dependencies", [])) & set(
        manifest.get("after_dependencies", [])
    )
    for domain in sorted(both):
        yield f"manifest.json: {domain} is both a dependency and an after_dependency"
    for key in ("dependencies", "after_dependencies"):
        domains = manifest.get(key, [])
        if domains != sorted(domains):
            yield f"manifest.json: {key} must be sorted"
        for domain in domains:
            if not (HOME_ASSISTANT / "components" / domain).is_dir():
                yield f"manifest.json: Home Assistant has no integration {domain}"


def check_versions(repository: Repository) -> Iterator[str]:
    """Check that every file that states the version states the same."""
    stated = {"manifest.json": repository.json("manifest.json").get("version")}
    project = repository.root / "pyproject.toml"
    if project.is_file():
        content = tomllib.loads(project.read_text())
        stated["pyproject.toml"] = content.get("project", {}).get("version")
    if card := read_json(repository.root / "card" / "package.json"):
        stated["card/package.json"] = card.get("version")
    if len(set(stated.values())) > 1:
        listing = ", ".join(f"{file} {version}" for file, version in stated.items())
        yield f"the versions differ: {listing}"
    try:
        Version(str(stated["manifest.json"]))
    except InvalidVersion:
        yield "manifest.json: version is none"


def check_store(repository: Repository) -> Iterator[str]:
    """Check the file that the store reads."""
    store = read_json(repository.root / "hacs.json")
    if not store.get("name"):
        yield "hacs.json: name is missing"
    for key in sorted(store.keys() - STORE_KEYS):
        yield f"hacs.json: {key} is not known"
    minimum = store.get("homeassistant")
    if minimum is None:
        yield "hacs.json: homeassistant, the oldest version that works, is missing"
    elif Version(minimum) > Version(home_assistant_version):
        yield f"hacs.json: the tests run with {home_assistant_version}, not {minimum}"
    if store.get("zip_release") and not store.get("filename"):
        yield "hacs.json: zip_release needs a filename"
    for name in ("README.md", "LICENSE"):
        if not (repository.root / name).is_file():
            yield f"{name} is missing"


def check_requirements(repository: Repository) -> Iterator[str]:
    """Check that Home Assistant could install what the manifest requires."""
    constraints = read_constraints(HOME_ASSISTANT / "package_constraints.txt")
    for text in repository.json("manifest.json").get("requirements", []):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            yield f"manifest.json: {text} is no requirement"
            continue
        yield from check_requirement(requirement, constraints, set())


def read_constraints(path: Path) -> dict[str, Requirement]:
    """Read the versions that Home Assistant allows, by package."""
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    requirements = (Requirement(line) for line in lines if line)
    return {canonicalize_name(entry.name): entry for entry in requirements}


def check_requirement(
    requirement: Requirement, constraints: dict[str, Requirement], seen: set[str]
) -> Iterator[str]:
    """Check one package and all that it needs against what is installed."""
    name = canonicalize_name(requirement.name)
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        yield f"requirement {requirement}: not installed here, so not tested"
        return
    if not requirement.specifier.contains(version, prereleases=True):
        yield f"requirement {requirement}: the tests run with {version}"
    constraint = constraints.get(name)
    if constraint and not constraint.specifier.contains(version, prereleases=True):
        yield f"requirement {requirement}: Home Assistant insists on {constraint}"
    if name in seen:
        return
    seen.add(name)
    for text in metadata.requires(name) or []:
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            yield from check_requirement(needed, constraints, seen)
