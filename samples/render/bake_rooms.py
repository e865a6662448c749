"""Build the three rooms in Blender, path-trace one still of each and export their triangles (needs bpy).

Run once: ``python samples/render/bake_rooms.py [--room NAME] [--samples 64]``; writes ``assets/rooms``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from samples.render import cameras as plan
from samples.render.bake_furniture import (
    PALE_WOOD,
    STEEL,
    WHITE,
    WOOD,
    Place,
    cabinet,
    material,
    plant,
    seats,
    tiles,
)

OUT = Path(__file__).parent / "assets" / "rooms"


def shell(
    low: tuple[float, float], high: tuple[float, float], floor: bpy.types.Material, *, door: tuple[float, float] | None
) -> None:
    """Add floor, ceiling and four walls; ``door`` leaves a gap in the far wall between two x."""
    wall, skirting = material("wall", (0.74, 0.75, 0.72), 0.9), material("skirting", (0.25, 0.16, 0.1), 0.5)
    place, top = Place(), 3.0
    (x0, y0), (x1, y1) = low, high
    place.box((x1 - x0 + 4, y1 - y0 + 8, 0.1), ((x0 + x1) / 2, (y0 + y1) / 2, -0.05), floor, bevel=0)
    place.box(
        (x1 - x0, y1 - y0 + 6, 0.1),
        ((x0 + x1) / 2, (y0 + y1) / 2, top + 0.05),
        material("ceiling", (0.85, 0.85, 0.84), 0.9),
        bevel=0,
    )
    for x in (x0 - 0.05, x1 + 0.05):
        place.box((0.1, y1 - y0, top), (x, (y0 + y1) / 2, top / 2), wall, bevel=0)
    place.box((x1 - x0, 0.1, top), ((x0 + x1) / 2, y0 - 0.05, top / 2), wall, bevel=0)
    gaps = [(x0, x1)] if door is None else [(x0, door[0]), (door[1], x1)]
    for a, b in gaps:
        place.box((b - a, 0.1, top), ((a + b) / 2, y1 + 0.05, top / 2), wall, bevel=0)
        place.box((b - a, 0.02, 0.1), ((a + b) / 2, y1 - 0.01, 0.05), skirting, bevel=0)
    if door:
        place.box(
            (door[1] - door[0], 0.1, top - 2.15),
            ((door[0] + door[1]) / 2, y1 + 0.05, 2.15 + (top - 2.15) / 2),
            wall,
            bevel=0,
        )
        for x in door:
            place.box((0.07, 0.14, 2.15), (x, y1 + 0.04, 1.075), skirting)
        place.box(
            (x1 - x0 + 4, 0.1, top),
            ((x0 + x1) / 2, y1 + 2.6, top / 2),
            material("corridor", (0.55, 0.56, 0.52), 0.9),
            bevel=0,
        )


def panels(spots: list[tuple[float, float]], power_w: float) -> None:
    """Add square ceiling lights."""
    for x, y in spots:
        bpy.ops.object.light_add(type="AREA", location=(x, y, 2.97))
        light = bpy.context.object.data
        light.shape, light.size, light.size_y, light.energy = "RECTANGLE", 1.2, 0.6, power_w
        light.color = (1.0, 0.97, 0.93)


def entrance() -> None:
    """Lobby: reception desk near the camera, door in the far wall, waiting chairs."""
    shell((-2.6, -1.5), (4.2, 7.2), tiles("floor", (0.52, 0.5, 0.46), 0.6), door=(0.1, 1.7))
    seats("entrance", PALE_WOOD, (0.06, 0.08, 0.12), (0.35, 0.08, 0.06))
    for row in range(3):
        place = Place(3.75, 3.4 + row * 0.62, 90 + 180)
        steel = material("steel", STEEL, 0.3)
        place.box((0.5, 0.46, 0.04), (0, 0, 0.43), steel, bevel=0.015)
        place.box((0.5, 0.04, 0.42), (0, 0.25, 0.68), steel, bevel=0.015, turn=(-10, 0, 0))
        place.box((0.05, 0.4, 0.42), (0, 0, 0.21), steel)
    plant(-2.15, 6.6, 1.2)
    plant(2.5, 6.7, 1.2)
    cabinet(-2.3, 4.6, 90, wide=1.4, high=1.1, colour=WOOD)
    board = material("board", (0.02, 0.1, 0.3), 0.5)
    Place().box((1.5, 0.03, 0.7), (-1.0, 7.18, 1.32), board)
    Place().words("QUẦY LỄ TÂN", 0.2, (-1.0, 7.15, 1.42), material("white", WHITE))
    Place().words("THỦ TỤC HÀNH CHÍNH", 0.11, (-1.0, 7.15, 1.17), material("white", WHITE))
    Place().box((1.7, 1.1, 0.012), (0.9, 6.3, 0.006), material("mat", (0.05, 0.07, 0.06), 0.95), bevel=0)
    panels([(-0.8, 1.6), (1.8, 1.6), (-0.8, 4.2), (1.8, 4.2), (0.5, 6.4), (0.9, 8.4)], 44)


def counter() -> None:
    """Counter hall seen along the counters, staff on the left, the public on the right."""
    shell((-3.2, -3.2), (6.2, 3.6), tiles("floor", (0.5, 0.5, 0.48), 0.6), door=None)
    seats("counter", PALE_WOOD, (0.05, 0.05, 0.06), (0.3, 0.33, 0.38))
    cabinet(0.6, 3.35, 0, wide=1.8, high=1.9, colour=WOOD)
    cabinet(2.5, 3.35, 0, wide=1.5, high=1.9, colour=(0.3, 0.31, 0.33))
    cabinet(4.3, 3.35, 0, wide=1.5, high=1.1, colour=WOOD)
    for row in range(4):
        place, steel = Place(3.0 + row * 0.58, -1.1, 180), material("steel", STEEL, 0.3)
        place.box((0.5, 0.46, 0.04), (0, 0, 0.45), steel, bevel=0.015)
        place.box((0.5, 0.04, 0.42), (0, 0.25, 0.70), steel, bevel=0.015, turn=(-10, 0, 0))
        place.box((0.05, 0.4, 0.43), (0, 0, 0.215), steel)
    plant(5.7, 2.9, 1.4)
    for name, text in (("quay-1", "QUẦY 1"), ("quay-2", "QUẦY 2")):
        seat = plan.SEATS["counter"][name]
        sign = Place(seat.x_m, seat.y_m, seat.yaw_deg)
        sign.box((0.26, 0.05, 0.12), (-0.42, -0.86, 0.80), material("sign", (0.45, 0.03, 0.03), 0.4), turn=(-14, 0, 0))
        sign.words(text, 0.055, (-0.42, -0.893, 0.80), material("white", WHITE), turn=(76, 0, 0))
    wall = Place(6.14, 0.6, -90)
    wall.box((2.3, 0.03, 0.5), (0, 0, 1.0), material("banner", (0.5, 0.03, 0.03), 0.6))
    wall.words("BỘ PHẬN MỘT CỬA", 0.22, (0, -0.03, 1.0), material("gold", (0.85, 0.6, 0.1)))
    panels([(-0.6, -0.4), (1.8, -0.4), (4.2, -0.4), (-0.6, 2.0), (1.8, 2.0), (4.2, 2.0)], 48)


def office() -> None:
    """Working room with four desks, a dark floor and a door at the back."""
    shell((-2.7, -1.2), (3.1, 5.4), material("floor", (0.10, 0.065, 0.045), 0.35, 0.35), door=(1.75, 2.65))
    seats("office", WOOD, (0.04, 0.05, 0.07), None)
    cabinet(-0.1, 5.15, 0, wide=1.5, high=1.3, colour=(0.16, 0.09, 0.05))
    cabinet(-2.45, 2.6, 90, wide=1.6, high=1.5, colour=(0.12, 0.07, 0.04))
    cabinet(2.85, 3.6, -90, wide=1.2, high=1.2, colour=(0.2, 0.2, 0.21))
    plant(1.2, 5.1, 1.2)
    sign = Place()
    sign.box((0.62, 0.012, 0.22), (-0.1, 4.915, 1.02), material("sign", (0.75, 0.74, 0.7), 0.5))
    sign.words("CẤM HÚT THUỐC", 0.07, (-0.1, 4.905, 1.02), material("red", (0.6, 0.02, 0.02)))
    sign.box((1.4, 0.02, 0.9), (-1.6, 5.38, 1.75), material("map", (0.35, 0.45, 0.5), 0.6))
    panels([(-1.2, 1.2), (1.4, 1.2), (-1.2, 3.4), (1.4, 3.4), (2.2, 6.6)], 62)


def aim(camera: plan.Camera) -> None:
    """Put the scene's camera where the plan says."""
    bpy.ops.object.camera_add(location=camera.eye_m)
    eye = bpy.context.object
    eye.rotation_euler = Vector(camera.forward).to_track_quat("-Z", "Y").to_euler()
    eye.data.sensor_width, eye.data.lens = 36, camera.focal_px / plan.WIDTH_PX * 36
    bpy.context.scene.camera = eye


def export_triangles(path: Path) -> None:
    """Write every visible surface as triangles in metres, for the depth of the still."""
    graph, rows = bpy.context.evaluated_depsgraph_get(), []
    for thing in bpy.context.scene.objects:
        if thing.type not in {"MESH", "FONT"}:
            continue
        solid = thing.evaluated_get(graph)
        mesh = solid.to_mesh()
        mesh.calc_loop_triangles()
        points = np.array([solid.matrix_world @ v.co for v in mesh.vertices], np.float32).reshape(-1, 3)
        corners = np.array([t.vertices[:] for t in mesh.loop_triangles], np.int64).reshape(-1, 3)
        rows.append(points[corners])
        solid.to_mesh_clear()
    soup = np.concatenate(rows).reshape(-1, 3)
    points, corners = np.unique(np.round(soup, 4), axis=0, return_inverse=True)
    np.savez_compressed(
        path,
        vertices_m=points.astype(np.float32),
        triangles=corners.reshape(-1, 3).astype(np.uint16 if len(points) < 65536 else np.uint32),
    )


def render(path: Path, samples: int) -> None:
    """Path-trace the still."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = samples, True, 5
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = (
        plan.WIDTH_PX,
        plan.HEIGHT_PX,
        100,
    )
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--room", choices=list(plan.CAMERAS))
    parser.add_argument("--samples", type=int, default=64)
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    builders = {"entrance": entrance, "counter": counter, "office": office}
    for name in [options.room] if options.room else list(builders):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        world = bpy.data.worlds.new("world")
        bpy.context.scene.world = world
        builders[name]()
        aim(plan.CAMERAS[name])
        export_triangles(OUT / f"{name}.npz")
        render(OUT / f"{name}.png", options.samples)


if __name__ == "__main__":
    main()
