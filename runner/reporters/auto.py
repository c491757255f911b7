"""``-r auto``: the terminal report, and what the CI system around it understands."""

from __future__ import annotations

from collections.abc import Mapping

AUTO = "auto"

#: A variable by which a system can be told, and the reporter for it. The first that is there counts: systems that
#: build on others set their variables too.
SYSTEMS = (
    ("GITHUB_ACTIONS", "github"),
    ("GITEA_ACTIONS", "github"),
    ("GITLAB_CI", "gitlab"),
    ("TEAMCITY_VERSION", "teamcity"),
    ("JENKINS_URL", "junit"),
    ("TF_BUILD", "junit"),
    ("CIRCLECI", "junit"),
    ("BITBUCKET_BUILD_NUMBER", "junit"),
    ("BUILDKITE", "junit"),
    ("bamboo_buildKey", "junit"),
)


def chosen(names: list[str], environ: Mapping[str, str]) -> list[str]:
    """The names of reporters with ``auto`` replaced by ``cli`` and the reporter for the system whose variables are in
    ``environ``, if there is one."""
    found: list[str] = []
    for name in names:
        found += [name] if name != AUTO else ["cli", *_of_system(environ)]
    return list(dict.fromkeys(found))


def _of_system(environ: Mapping[str, str]) -> list[str]:
    return [name for variable, name in SYSTEMS if environ.get(variable)][:1]
