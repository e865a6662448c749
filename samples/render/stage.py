"""Draw dressed people into a still of a room with moderngl: picture, exact identity mask, soft contact shadows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from samples.render.cameras import HEIGHT_PX, WIDTH_PX, Camera

SHADERS = Path(__file__).parent / "shaders"
LAYOUT = "3f 3f 3f 4f1 4f1 4f1 1f"
NAMES = ("in_place", "in_normal", "in_paint", "in_bone", "in_weight", "in_colour", "in_cut")
VERTEX = np.dtype(
    [
        ("place", "3f4"),
        ("normal", "3f4"),
        ("paint", "3f4"),
        ("bone", "4u1"),
        ("weight", "4u1"),
        ("colour", "4u1"),
        ("cut", "f4"),
    ]
)
BONES = 80
SPHERES = 20
SHADE_EVERY_PX = 6  # contact shadows are soft: computed on a coarse grid


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Triangles with everything the shader needs; ``vertices`` is a ``VERTEX`` array."""

    vertices: NDArray[np.void]
    triangles: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The few numbers by which the shader paints one person (linear colours)."""

    eye_left: tuple[float, ...]
    eye_right: tuple[float, ...]
    lip_upper: tuple[float, ...]
    lip_lower: tuple[float, ...]
    accents: NDArray[np.float32]
    cloth: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """Light of a room: from above, from below and a soft key."""

    sky: tuple[float, float, float] = (0.86, 0.85, 0.82)
    ground: tuple[float, float, float] = (0.34, 0.32, 0.29)
    key: tuple[float, float, float] = (0.36, 0.35, 0.33)
    key_from: tuple[float, float, float] = (0.15, -0.45, 0.88)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A person or thing ready to draw in one frame.

    Attributes:
        part: 1..255, value of the identity mask.
        bones: (B, 4, 4) rest to room.
        spheres: (S, 4) centre and radius, room metres; they darken the person and the floor.
    """

    surface: str
    part: int
    bones: NDArray[np.float64]
    look: Look
    spheres: NDArray[np.float64]


def view_projection(camera: Camera, aspect: float) -> NDArray[np.float64]:
    """OpenGL matrix of a camera (near 0.1 m, far 40 m)."""
    forward = np.asarray(camera.forward)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    view = np.eye(4)
    view[:3, :3] = right, up, -forward
    view[:3, 3] = -view[:3, :3] @ np.asarray(camera.eye_m)
    near, far, x = 0.1, 40.0, 2 * camera.focal_px / WIDTH_PX
    lens = np.array(
        [
            [x, 0, 0, 0],
            [0, x * aspect, 0, 0],
            [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, -1, 0],
        ]
    )
    return lens @ view


def project(
    matrix: NDArray[np.float64], points_m: NDArray[np.floating], size_px: tuple[int, int]
) -> NDArray[np.float64]:
    """Room points to pixels (x right, y down)."""
    seen = np.concatenate([points_m, np.ones((len(points_m), 1))], axis=1) @ matrix.T
    flat = seen[:, :2] / seen[:, 3:]
    return np.stack([(flat[:, 0] + 1) / 2 * size_px[0], (1 - flat[:, 1]) / 2 * size_px[1]], axis=1)


class Stage:
    """One off-screen drawing surface. Draws at ``scale`` times the size of the picture and averages down."""

    def __init__(self, size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX), scale: float = 1.5) -> None:
        self.size_px = size_px
        self.large_px = (round(size_px[0] * scale), round(size_px[1] * scale))
        self.context = moderngl.create_context(standalone=True, backend="egl")
        self.program = self.context.program(
            (SHADERS / "person.vert").read_text(), (SHADERS / "person.frag").read_text()
        )
        self.depth_only = self.context.program(
            "#version 330\nuniform mat4 view_projection; in vec3 in_place;"
            "void main() { gl_Position = view_projection * vec4(in_place, 1.0); }",
            "#version 330\nvoid main() {}",
        )
        self.colour = self.context.texture(self.large_px, 4)
        self.mask = self.context.texture(self.large_px, 1, dtype="u1")
        self.depth = self.context.depth_texture(self.large_px)
        self.target = self.context.framebuffer([self.colour, self.mask], self.depth)
        quarter = (size_px[0] // 4, size_px[1] // 4)
        self.small_mask = self.context.texture(quarter, 1, dtype="u1")
        self.small = self.context.framebuffer(
            [self.context.texture(quarter, 4), self.small_mask], self.context.depth_texture(quarter)
        )
        self.surfaces: dict[str, moderngl.VertexArray] = {}
        self.buffers: dict[str, tuple[moderngl.Buffer, moderngl.Buffer]] = {}
        self.pictures: dict[str, moderngl.Texture] = {}
        self.room: moderngl.VertexArray | None = None
        self.matrix = np.eye(4)
        self.camera: Camera | None = None
        self.light = Light()
        self.near_px: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self.add_picture("none", np.full((4, 4, 3), 255, np.uint8))

    def look_through(self, camera: Camera, light: Light) -> None:
        """Choose camera and light."""
        self.camera, self.light = camera, light
        self.matrix = view_projection(camera, self.size_px[0] / self.size_px[1])

    def furnish(self, vertices_m: NDArray[np.float32], triangles: NDArray[np.integer]) -> None:
        """Set the still parts of the room, which hide people and take their shadows."""
        buffer = self.context.buffer(vertices_m.astype("f4").tobytes())
        index = self.context.buffer(triangles.astype("i4").tobytes())
        self.room = self.context.vertex_array(self.depth_only, [(buffer, "3f", "in_place")], index)
        self._clear()
        raw = np.frombuffer(self.depth.read(), np.float32).reshape(self.large_px[1], self.large_px[0])[::-1]
        quarter = (self.size_px[0] // SHADE_EVERY_PX, self.size_px[1] // SHADE_EVERY_PX)
        rows = ((np.arange(quarter[1]) + 0.5) * self.large_px[1] / quarter[1]).astype(int)
        columns = ((np.arange(quarter[0]) + 0.5) * self.large_px[0] / quarter[0]).astype(int)
        x, y = np.meshgrid((columns + 0.5) / self.large_px[0] * 2 - 1, 1 - (rows + 0.5) / self.large_px[1] * 2)
        clip = np.stack([x, y, raw[rows][:, columns] * 2 - 1, np.ones_like(x)], axis=-1) @ np.linalg.inv(self.matrix).T
        place = clip[..., :3] / clip[..., 3:]
        normal = np.cross(np.gradient(place, axis=1), np.gradient(place, axis=0))
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
        away = np.asarray(self.camera.eye_m if self.camera else (0, 0, 0)) - place
        normal *= np.sign(np.sum(normal * away, axis=-1, keepdims=True))
        self.near_px = place.astype(np.float32), normal.astype(np.float32)

    def add_surface(self, name: str, surface: Surface) -> None:
        """Upload a mesh under a name, or replace its vertices if the size is the same."""
        raw = np.ascontiguousarray(surface.vertices).tobytes()
        known = self.buffers.get(name)
        if known and known[0].size == len(raw):
            known[0].write(raw)
            return
        self.drop_surface(name)
        buffer, index = self.context.buffer(raw), self.context.buffer(surface.triangles.astype("i4").tobytes())
        self.buffers[name] = (buffer, index)
        self.surfaces[name] = self.context.vertex_array(self.program, [(buffer, LAYOUT, *NAMES)], index)

    def drop_surface(self, name: str) -> None:
        """Free a mesh; unknown names are fine."""
        if name in self.surfaces:
            self.surfaces.pop(name).release()
            for buffer in self.buffers.pop(name):
                buffer.release()

    def add_picture(self, name: str, rgb: NDArray[np.uint8]) -> None:
        """Upload a print for a card."""
        texture = self.context.texture(
            (rgb.shape[1], rgb.shape[0]), 3, np.ascontiguousarray(rgb).tobytes(), alignment=1
        )
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        known = self.pictures.pop(name, None)
        if known:
            known.release()
        self.pictures[name] = texture

    def _clear(self) -> None:
        self.target.use()
        self.context.viewport = (0, 0, *self.large_px)
        self.target.clear(0, 0, 0, 0, depth=1.0)
        self.context.enable_only(moderngl.DEPTH_TEST)
        if self.room:
            self.target.color_mask = ((False,) * 4, (False,) * 4)
            self.depth_only["view_projection"].write(self.matrix.T.astype("f4").tobytes())
            self.room.render()
            self.target.color_mask = ((True,) * 4, (True,) * 4)

    def draw(self, things: list[Drawn]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        """Draw people and what they carry.

        Returns:
            RGB (H, W, 3) premultiplied, alpha (H, W), and the identity mask at the larger size.
        """
        self._clear()
        program = self.program
        program["view_projection"].write(self.matrix.T.astype("f4").tobytes())
        program["eye"].value = self.camera.eye_m if self.camera else (0, 0, 0)
        program["sky_light"].value, program["ground_light"].value = self.light.sky, self.light.ground
        program["key_light"].value = self.light.key
        program["key_from"].value = tuple(np.asarray(self.light.key_from) / np.linalg.norm(self.light.key_from))
        for thing in things:
            self._draw_one(thing)
        width, height = self.large_px
        rgba = np.frombuffer(self.colour.read(), np.uint8).reshape(height, width, 4)[::-1]
        mask = np.frombuffer(self.mask.read(alignment=1), np.uint8).reshape(height, width)[::-1]
        small = cv2.resize(np.ascontiguousarray(rgba), self.size_px, interpolation=cv2.INTER_AREA)
        return small[..., :3], small[..., 3], np.ascontiguousarray(mask)

    def outline_px(self, thing: Drawn) -> int:
        """Pixels of the picture that a person would cover if nothing stood before them."""
        self.small.use()
        width, height = self.small.size
        self.context.viewport = (0, 0, width, height)
        self.small.clear(0, 0, 0, 0, depth=1.0)
        self._draw_one(thing)
        hit = np.frombuffer(self.small_mask.read(alignment=1), np.uint8)
        return round(np.count_nonzero(hit) * (self.size_px[0] / width) ** 2)

    def _draw_one(self, thing: Drawn) -> None:
        program, look = self.program, thing.look
        bones = np.zeros((BONES, 4, 4), "f4")
        bones[: len(thing.bones)] = np.swapaxes(thing.bones, 1, 2)
        spheres = np.zeros((SPHERES, 4), "f4")
        spheres[: len(thing.spheres)] = thing.spheres
        program["bones"].write(bones.tobytes())
        program["spheres"].write(spheres.tobytes())
        program["sphere_count"].value = len(thing.spheres)
        program["part"].value = thing.part
        program["eye_left"].value, program["eye_right"].value = look.eye_left, look.eye_right
        program["lip_upper"].value, program["lip_lower"].value = look.lip_upper, look.lip_lower
        program["accents"].write(look.accents.astype("f4").tobytes())
        program["cloth"].value = look.cloth
        self.pictures.get(thing.surface, self.pictures["none"]).use(0)
        self.context.enable_only(moderngl.DEPTH_TEST | (moderngl.CULL_FACE if len(thing.bones) > 1 else 0))
        self.surfaces[thing.surface].render()

    def shade(self, spheres: NDArray[np.float64]) -> NDArray[np.float32]:
        """Soft contact shadows of spheres on the room, (H, W) factors up to 1."""
        if self.near_px is None or not len(spheres):
            return np.ones(self.size_px[::-1], np.float32)
        place, normal = self.near_px
        covered = np.zeros(place.shape[:2], np.float32)
        for x, y, z, radius in spheres.astype(np.float32):
            away = np.array([x, y, z], np.float32) - place
            far2 = np.maximum(np.einsum("hwc,hwc->hw", away, away), radius * radius)
            facing = np.maximum(np.einsum("hwc,hwc->hw", away, normal), 0)
            covered += facing * radius * radius / (far2 * np.sqrt(far2))
        factor = 1 - np.minimum(covered * 0.8, 0.66)
        return cv2.resize(cv2.GaussianBlur(factor, (0, 0), 1.2), self.size_px, interpolation=cv2.INTER_LINEAR)
