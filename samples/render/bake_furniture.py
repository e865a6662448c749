"""Furniture for the baked rooms: boxes, chairs, desks, cabinets, plants and their surfaces (needs bpy)."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Euler, Vector

from samples.render import cameras as plan

Colour = tuple[float, float, float]
WOOD, PALE_WOOD, WHITE, DARK, STEEL = (
    (0.22, 0.11, 0.05),
    (0.5, 0.34, 0.2),
    (0.8, 0.8, 0.78),
    (0.03, 0.03, 0.035),
    (0.4, 0.42, 0.45),
)


def material(name: str, colour: Colour, roughness: float = 0.5, grain: float = 0.0) -> bpy.types.Material:
    """Return a plain or slightly grained surface; made once per name."""
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    surface = nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour, 1)
    surface.inputs["Roughness"].default_value = roughness
    if grain:
        noise, ramp, place = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeMix"), nodes.new("ShaderNodeMapping")
        where = nodes.new("ShaderNodeTexCoord")
        place.inputs["Scale"].default_value = (14, 2.0, 14)
        noise.inputs["Scale"].default_value = 3
        ramp.data_type = "RGBA"
        ramp.inputs[6].default_value = (*(c * (1 - grain) for c in colour), 1)
        ramp.inputs[7].default_value = (*(min(1, c * (1 + grain)) for c in colour), 1)
        links.new(where.outputs["Object"], place.inputs["Vector"])
        links.new(place.outputs["Vector"], noise.inputs["Vector"])
        links.new(noise.outputs["Fac"], ramp.inputs[0])
        links.new(ramp.outputs[2], surface.inputs["Base Color"])
    return made


def tiles(name: str, colour: Colour, size_m: float) -> bpy.types.Material:
    """Return a floor of square tiles with thin joints."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    surface, brick, where = nodes["Principled BSDF"], nodes.new("ShaderNodeTexBrick"), nodes.new("ShaderNodeTexCoord")
    brick.offset = 0
    for socket, value in {"Scale": 1.0, "Mortar Size": 0.004, "Brick Width": size_m, "Row Height": size_m}.items():
        brick.inputs[socket].default_value = value
    brick.inputs["Color1"].default_value = (*colour, 1)
    brick.inputs["Color2"].default_value = (*(c * 0.9 for c in colour), 1)
    brick.inputs["Mortar"].default_value = (*(c * 0.55 for c in colour), 1)
    links.new(where.outputs["Object"], brick.inputs["Vector"])
    links.new(brick.outputs["Color"], surface.inputs["Base Color"])
    surface.inputs["Roughness"].default_value = 0.25
    return made


class Place:
    """A frame on the floor: shapes are added in its coordinates (x left, -y ahead, z up), metres."""

    def __init__(self, x_m: float = 0, y_m: float = 0, yaw_deg: float = 0) -> None:
        self.origin, self.yaw = Vector((x_m, y_m, 0)), math.radians(yaw_deg)

    def _put(
        self, thing: bpy.types.Object, at: tuple[float, float, float], turn_deg: tuple[float, float, float]
    ) -> None:
        offset = Vector(at)
        offset.rotate(Euler((0, 0, self.yaw)))
        thing.location = self.origin + offset
        thing.rotation_euler = (
            math.radians(turn_deg[0]),
            math.radians(turn_deg[1]),
            math.radians(turn_deg[2]) + self.yaw,
        )

    def box(
        self,
        size: tuple[float, float, float],
        at: tuple[float, float, float],
        surface: bpy.types.Material,
        *,
        bevel: float = 0.006,
        turn: tuple[float, float, float] = (0, 0, 0),
    ) -> bpy.types.Object:
        """Add a box of ``size`` whose centre is ``at``."""
        bpy.ops.mesh.primitive_cube_add(size=1)
        thing = bpy.context.object
        thing.scale = size
        bpy.ops.object.transform_apply(location=False, rotation=False, scale=True)
        if bevel:
            soft = thing.modifiers.new("bevel", "BEVEL")
            soft.width, soft.segments = bevel, 2
        thing.data.materials.append(surface)
        self._put(thing, at, turn)
        return thing

    def cylinder(
        self,
        radius: float,
        height: float,
        at: tuple[float, float, float],
        surface: bpy.types.Material,
        *,
        turn: tuple[float, float, float] = (0, 0, 0),
    ) -> bpy.types.Object:
        """Add an upright cylinder whose centre is ``at``."""
        bpy.ops.mesh.primitive_cylinder_add(radius=radius, depth=height, vertices=24)
        thing = bpy.context.object
        thing.data.materials.append(surface)
        bpy.ops.object.shade_smooth_by_angle()
        self._put(thing, at, turn)
        return thing

    def words(
        self,
        text: str,
        height_m: float,
        at: tuple[float, float, float],
        surface: bpy.types.Material,
        *,
        turn: tuple[float, float, float] = (90, 0, 0),
    ) -> None:
        """Add flat lettering."""
        bpy.ops.object.text_add()
        thing = bpy.context.object
        thing.data.body, thing.data.size, thing.data.align_x, thing.data.align_y = text, height_m, "CENTER", "CENTER"
        thing.data.materials.append(surface)
        self._put(thing, at, turn)


def chair(place: Place, colour: Colour, *, back_m: float = 0.44) -> None:
    """Add an office chair under the hips of ``place``; ``back_m`` is the height of its back."""
    cloth, frame = material(f"cloth{colour}", colour, 0.9), material("plastic", DARK, 0.4)
    seat = plan.SEAT_HEIGHT_M
    place.box((0.46, 0.46, 0.07), (0, 0.0, seat - 0.035), cloth, bevel=0.03)
    place.box((0.42, 0.06, back_m), (0, 0.275, seat + 0.08 + back_m / 2), cloth, bevel=0.028, turn=(-8, 0, 0))
    place.box((0.06, 0.03, 0.28), (0, 0.29, seat + 0.02), frame)
    place.cylinder(0.03, 0.34, (0, 0, 0.25), frame)
    for arm in range(5):
        angle = math.radians(72 * arm + 20)
        place.box(
            (0.3, 0.045, 0.03),
            (0.14 * math.cos(angle), 0.14 * math.sin(angle), 0.075),
            frame,
            turn=(0, 0, 72 * arm + 20),
        )
        place.cylinder(
            0.03, 0.04, (0.28 * math.cos(angle), 0.28 * math.sin(angle), 0.03), frame, turn=(90, 0, 72 * arm)
        )


def desk(place: Place, seat: plan.Seat, top: Colour, *, panel: Colour | None) -> None:
    """Add a desk in front of a seat, with monitor, keyboard, papers and a front panel."""
    wood, dark, paper = (
        material(f"top{top}", top, 0.35, 0.25),
        material("plastic", DARK, 0.4),
        material("paper", (0.85, 0.85, 0.82), 0.8),
    )
    middle, high, deep, wide = -plan.DESK_AHEAD_M, plan.DESK_HEIGHT_M, plan.DESK_DEPTH_M, seat.desk_width_m
    place.box((wide, deep, 0.035), (0, middle, high - 0.0175), wood)
    for side in (-1, 1):
        place.box((0.03, deep - 0.06, high - 0.035), (side * (wide / 2 - 0.03), middle, (high - 0.035) / 2), wood)
    place.box(
        (wide - 0.06, 0.02, high - 0.1),
        (0, middle - deep / 2 + 0.04, high / 2),
        material(f"panel{panel or top}", panel or top, 0.5),
    )
    side = seat.monitor_side
    place.box((0.5, 0.025, 0.3), (side * 0.5, middle - 0.12, high + 0.30), dark, turn=(0, 0, side * 38))
    place.box(
        (0.47, 0.004, 0.27),
        (side * 0.5 - side * 0.009, middle - 0.108, high + 0.30),
        material("screen", (0.05, 0.16, 0.3), 0.2),
        turn=(0, 0, side * 38),
        bevel=0,
    )
    place.cylinder(0.02, 0.2, (side * 0.51, middle - 0.135, high + 0.1), dark)
    place.cylinder(0.1, 0.012, (side * 0.5, middle - 0.12, high + 0.006), dark)
    place.box((0.42, 0.14, 0.018), (side * 0.06, middle + 0.16, high + 0.01), dark, bevel=0.004)
    place.box((0.21, 0.297, 0.012), (-side * 0.36, middle + 0.05, high + 0.006), paper, turn=(0, 0, 12), bevel=0)
    place.box(
        (0.21, 0.297, 0.02),
        (-side * 0.40, middle - 0.16, high + 0.01),
        material("folder", (0.05, 0.18, 0.4), 0.6),
        turn=(0, 0, -6),
        bevel=0.002,
    )


def cabinet(x: float, y: float, yaw: float, *, wide: float, high: float, colour: Colour) -> None:
    """Add a filing cabinet with doors and handles."""
    place, wood, steel = Place(x, y, yaw), material(f"cab{colour}", colour, 0.45, 0.2), material("steel", STEEL, 0.3)
    place.box((wide, 0.42, high), (0, 0, high / 2), wood)
    doors = max(1, round(wide / 0.5))
    for i in range(doors):
        centre = -wide / 2 + (i + 0.5) * wide / doors
        place.box((wide / doors - 0.02, 0.02, high - 0.08), (centre, -0.215, high / 2), wood, bevel=0.004)
        place.box((0.015, 0.02, 0.14), (centre + wide / doors * 0.36, -0.235, high * 0.55), steel)


def plant(x: float, y: float, height: float) -> None:
    """Add a pot with long leaves."""
    place, leaf = Place(x, y), material("leaf", (0.05, 0.16, 0.04), 0.5)
    place.cylinder(0.16, 0.34, (0, 0, 0.17), material("pot", (0.5, 0.48, 0.45), 0.6))
    rng = np.random.default_rng(int(100 * (x + 10 * y)) % 1000)
    for _ in range(26):
        turn, tilt, length = rng.uniform(0, 360), rng.uniform(12, 60), height * rng.uniform(0.5, 0.9)
        reach = math.sin(math.radians(tilt)) * length / 2
        Place(x, y, turn).box(
            (0.05, 0.004, length),
            (0, -reach, 0.34 + math.cos(math.radians(tilt)) * length / 2),
            leaf,
            turn=(tilt, 0, 0),
            bevel=0,
        )


def seats(room: str, top: Colour, cloth: Colour, panel: Colour | None) -> None:
    """Furnish every desk of a room."""
    for seat in plan.SEATS[room].values():
        place = Place(seat.x_m, seat.y_m, seat.yaw_deg)
        desk(place, seat, top, panel=panel)
        chair(place, cloth, back_m=seat.chair_back_m)
