"""What can be wrong with saving a scene."""

from __future__ import annotations

from service.api.problems import N_, Invalid, Problem


class SceneLocked(Problem):
    """The account may not draw, or the service was started without a site file."""

    status = 403
    title = N_("This scene cannot be changed here")
    detail = N_("Only an administrator may draw, and only where the service was started with a site file.")


class SceneFaulty(Invalid):
    """The scene, or the site file around it, has faults."""

    title = N_("The scene cannot be saved yet")
    detail = N_("Mend the faults named below and save again. Nothing was changed.")


class SceneUnwritable(Problem):
    """The site file cannot be written."""

    status = 507
    title = N_("The site file cannot be written")
    detail = N_("Nothing was saved. Tell the administrator of the server to check the rights of the site file.")
