"""A service centre whose scenes can be drawn: a site file on disk, a still of the camera, an administrator."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from service.api.app import create_app
from service.api.context import WebContext
from service.db.records import Role
from service.evidence.cutter import to_jpeg
from service.site import load_site
from service.site_tables import CameraTable
from tests.samples import sample_frame
from tests.web_world import CAMERA, World

EMPTY_SITE = """# the site of these tests; this comment must outlive every save
schema = 1

[site]
id = "trung-tam"
name = "Trung tâm Phục vụ hành chính công"
agency = "UBND tỉnh"

[[officers]]
id = "hanh"
name = "Nguyễn Thị Hạnh"
unit = "Bộ phận một cửa"

[[officers]]
id = "dung"
name = "Lê Quang Dũng"

[[officers]]
id = "mai"
name = "Vũ Thị Mai"

[[cameras]]
id = "cam-quay"
name = "Camera quầy"
source = "rtsp://camera.test/secret"  # nobody may be shown this address
"""

TWO_DESKS = """
[[cameras.desks]]
id = "ban-1"
name = "Bàn 1"
officers = ["hanh"]
area = [[0.1, 0.3], [0.3, 0.3], [0.3, 0.8], [0.1, 0.8]]

[[cameras.desks]]
id = "ban-2"
name = "Bàn 2"
officers = ["dung"]
area = [[0.6, 0.3], [0.8, 0.3], [0.8, 0.8], [0.6, 0.8]]
"""


@dataclass
class SceneWorld(World):
    """A world whose service was started with a site file. The administrator's login is ``quantri``.

    Attributes:
        has_site: Whether it was; without one scenes can only be looked at.
    """

    has_site: bool = True
    _apps: dict[bool, FastAPI] = field(default_factory=dict)

    @property
    def site_path(self) -> Path:
        return self.folder / "site.toml"

    @property
    def app(self) -> FastAPI:
        if self.has_site not in self._apps:
            site_path = self.site_path if self.has_site else None
            context = WebContext(self.database, self.store, self.clock, self.pen, site_path=site_path)
            self._apps[self.has_site] = create_app(context)
        return self._apps[self.has_site]

    def begin(self, site: str = EMPTY_SITE) -> None:
        """Register the camera and its people, and write the site file."""
        self.add_site()
        self.add_user()
        self.add_user("quantri", Role.ADMIN, "Đỗ Quản Trị")
        self.site_path.write_text(site, encoding="utf-8")

    def add_still(self) -> None:
        """Let the camera have sent a picture: one of the sample office, 1280 x 720."""
        frame, _ = sample_frame("office", seconds=2.0)
        self.store.put(f"stills/{CAMERA}.jpg", to_jpeg(frame.image))

    def saved(self) -> CameraTable:
        """Return the camera as the site file has it; raises `SiteInvalid` where the file has faults."""
        return load_site(self.site_path).camera(CAMERA)
