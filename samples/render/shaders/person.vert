#version 330
// Skins a person and darkens what lies near other parts of the same body (sphere occlusion).
uniform mat4 view_projection;
uniform mat4 bones[80];
uniform vec4 spheres[20];
uniform int sphere_count;
uniform vec3 eye;
in vec3 in_place;
in vec3 in_normal;
in vec3 in_paint;
in vec4 in_bone;
in vec4 in_weight;
in vec4 in_colour;   // rgb, material
in float in_cut;
out vec3 paint;
out vec3 normal;
out vec3 world;
out vec3 colour;
out float cut;
out float open_sky;
flat out int material;

void main() {
    ivec4 b = ivec4(in_bone * 255.0 + 0.5);
    mat4 m = bones[b.x] * in_weight.x + bones[b.y] * in_weight.y
           + bones[b.z] * in_weight.z + bones[b.w] * in_weight.w;
    vec4 place = m * vec4(in_place, 1.0);
    normal = mat3(m) * in_normal;
    world = place.xyz;
    paint = in_paint;
    colour = in_colour.rgb;
    cut = in_cut;
    material = int(in_colour.a * 255.0 + 0.5);
    vec3 n = normalize(normal);
    float covered = 0.0;
    for (int i = 0; i < sphere_count; i++) {
        vec3 d = spheres[i].xyz - world;
        float far2 = max(dot(d, d), spheres[i].w * spheres[i].w);
        covered += clamp(dot(n, d) * inversesqrt(far2), 0.0, 1.0) * spheres[i].w * spheres[i].w / far2;
    }
    open_sky = 1.0 - clamp(covered * 0.45, 0.0, 0.65);
    gl_Position = view_projection * place;
    if (material == 7 || material == 8) {   // ribbon and card win against the cloth they lie on
        vec4 nearer = view_projection * vec4(world + normalize(eye - world) * 0.022, 1.0);
        gl_Position.z = nearer.z / nearer.w * gl_Position.w;
    }
    if (material == 13) {                   // the panels of an ao dai win against the legs beneath them
        vec4 nearer = view_projection * vec4(world + normalize(eye - world) * 0.075, 1.0);
        gl_Position.z = nearer.z / nearer.w * gl_Position.w;
        material = 12;
    }
}
