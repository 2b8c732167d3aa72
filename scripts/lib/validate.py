"""Checks offline what Home Assistant and its store ask of an integration.

Home Assistant's own checker is to be had only as an action of a forge; this one
looks at the same things here. Run it from the repository:

    .environments/run/bin/python -m scripts.lib.validate
"""

from pathlib import Path
import sys

# Home Assistant must be imported before anything imports voluptuous: it answers
# that name with an engine of its own.
import homeassistant.const

from scripts.lib.validation.action_checks import (
    check_choices,
    check_config_schema,
    check_descriptions,
)
from scripts.lib.validation.brand_checks import check_brand
from scripts.lib.validation.committed_checks import check_committed
from scripts.lib.validation.key_checks import check_unused_keys, check_used_keys
from scripts.lib.validation.packaging_checks import (
    check_manifest,
    check_requirements,
    check_store,
    check_versions,
)
from scripts.lib.validation.repository import Check, Repository
from scripts.lib.validation.text_checks import check_icons, check_translations

INTEGRATION_CHECKS: tuple[Check, ...] = (
    check_manifest,
    check_versions,
    check_store,
    check_requirements,
    check_brand,
    check_config_schema,
    check_translations,
    check_icons,
    check_descriptions,
    check_choices,
    check_used_keys,
    check_unused_keys,
)


def find_problems(repository: Repository) -> list[str]:
    """Run all checks; those of the integration only where there is one."""
    checks: list[Check] = [check_committed]
    if repository.has_integration:
        checks.extend(INTEGRATION_CHECKS)
    return [problem for check in checks for problem in check(repository)]


def main() -> int:
    """Print what is wrong and say whether anything is."""
    repository = Repository(Path(__file__).parents[2])
    problems = find_problems(repository)
    for problem in problems:
        print(problem)
    version = homeassistant.const.__version__
    print(f"Checked against Home Assistant {version}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
