#version 330
// Paints skin, face, hair and cloth from rest coordinates and lights them like the room.
uniform vec3 eye;
uniform vec3 sky_light;
uniform vec3 ground_light;
uniform vec3 key_light;
uniform vec3 key_from;
uniform vec3 eye_left;
uniform vec3 eye_right;
uniform vec3 lip_upper;
uniform vec3 lip_lower;
uniform vec3 accents[4];   // 0 buttons and collar, 1 belt or inner shirt, 2 lips, 3 brows
uniform vec4 cloth;        // collar height, waist height, has placket, has pocket
uniform vec4 lid;          // openness of the eyes, mouth open, -, -
uniform sampler2D picture; // the printed face of the card
uniform uint part;
in vec3 paint;
in vec3 normal;
in vec3 world;
in vec3 colour;
in float cut;
in float open_sky;
flat in int material;
layout(location = 0) out vec4 shown;
layout(location = 1) out uint which;

const int SKIN = 0, EYE = 1, HAIR = 2, SHIRT = 3, TROUSERS = 4, JACKET = 5, SHOE = 6, STRAP = 7, CARD = 8, PLAIN = 9, SCREEN = 10, EMBER = 11, DRESS = 12;

float hash(vec3 p) {   // without sine: half the time of a frame in a software driver went there
    p = fract(p * 0.1031);
    p += dot(p, p.zyx + 31.32);
    return fract((p.x + p.y) * p.z);
}
float noise(vec3 p) {
    vec3 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(mix(hash(i), hash(i + vec3(1, 0, 0)), f.x), mix(hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)), f.x), f.y),
               mix(mix(hash(i + vec3(0, 0, 1)), hash(i + vec3(1, 0, 1)), f.x), mix(hash(i + vec3(0, 1, 1)), hash(i + vec3(1, 1, 1)), f.x), f.y), f.z);
}
float band(float x, float half_width) { return 1.0 - smoothstep(half_width * 0.7, half_width * 1.3, abs(x)); }

vec3 face(vec3 base) {
    vec3 tone = base * (0.94 + 0.12 * noise(paint * 40.0));
    for (int side = 0; side < 2; side++) {
        vec3 c = side == 0 ? eye_left : eye_right;
        float s = side == 0 ? 1.0 : -1.0;
        vec2 q = vec2((paint.x - c.x) * s, paint.z - c.z);
        float front = step(paint.y, c.y + 0.03);
        float arch = 0.0215 - 5.0 * (q.x - 0.004) * (q.x - 0.004);
        float brow = band(q.y - arch, 0.0042 * (1.0 - 0.35 * smoothstep(0.0, 0.024, q.x))) * (1.0 - smoothstep(0.019, 0.025, abs(q.x - 0.002)));
        tone = mix(tone, accents[3], front * brow * 0.85);
        float lash = band(q.y - (0.0068 - 14.0 * q.x * q.x), 0.0016) * (1.0 - smoothstep(0.012, 0.017, abs(q.x)));
        tone = mix(tone, accents[3] * 0.6, front * lash * 0.8);
        float under = exp(-(q.x * q.x * 2600.0 + (q.y + 0.014) * (q.y + 0.014) * 14000.0));
        tone *= 1.0 - 0.10 * front * under;
        float cheek = exp(-(pow(q.x - 0.012, 2.0) * 2200.0 + pow(q.y + 0.045, 2.0) * 2200.0));
        tone = mix(tone, tone * vec3(1.06, 0.90, 0.86), front * cheek * 0.6);
    }
    vec2 m = vec2(paint.x, paint.z);
    float middle = 0.5 * (lip_upper.z + lip_lower.z);
    float tall = 0.5 * (lip_upper.z - lip_lower.z) * 0.78;
    float wide = 0.024;
    float edge = sqrt(max(0.0, 1.0 - m.x * m.x / (wide * wide)));
    float bow = 1.0 - 0.25 * exp(-m.x * m.x * 60000.0);
    float lips = (1.0 - smoothstep(0.75, 1.05, abs(m.y - middle) / max(tall * edge * bow, 1e-4))) * step(paint.y, lip_upper.y + 0.03);
    tone = mix(tone, accents[2], lips * 0.75);
    tone *= 1.0 - 0.45 * lips * band(m.y - middle, 0.0014);
    return tone;
}

void main() {
    if (cut + (material == HAIR ? 0.006 * (noise(vec3(paint.x * 420.0, paint.y * 420.0, paint.z * 60.0)) - 0.5) : 0.0) > 0.0) discard;
    vec3 n = normalize(normal);
    vec3 to_eye = normalize(eye - world);
    if (dot(n, to_eye) < 0.0 && (material == STRAP || material == CARD || material == PLAIN || material == SHIRT || material == DRESS)) n = -n;
    vec3 base = colour;
    float gloss = 0.0;
    float sharp = 20.0;
    if (material == SKIN) {
        float fringe = smoothstep(-0.005, 0.004, cut + 10.0 + 0.007 * (noise(vec3(paint.x * 420.0, paint.y * 420.0, paint.z * 60.0)) - 0.5));
        base = mix(face(colour), accents[3] * 0.6, fringe);
        gloss = 0.10;
    } else if (material == EYE) {
        vec3 c = paint.x > 0.0 ? eye_left : eye_right;
        vec3 d = normalize(paint - c);
        float angle = acos(clamp(-d.y, -1.0, 1.0));
        base = mix(vec3(0.05, 0.025, 0.012), vec3(0.78, 0.75, 0.72), smoothstep(0.40, 0.48, angle));
        base *= 1.0 - 0.55 * smoothstep(0.15, 0.45, d.z);
        gloss = 0.5; sharp = 90.0;
    } else if (material == HAIR) {
        float strand = noise(vec3(paint.x * 330.0, paint.y * 60.0, paint.z * 60.0));
        base = colour * (0.65 + 0.7 * strand);
        n = normalize(n + 0.18 * (vec3(strand, noise(paint * 210.0), noise(paint.zxy * 170.0)) - 0.5));
        gloss = 0.22; sharp = 14.0;
    } else if (material == SHIRT || material == JACKET || material == TROUSERS || material == DRESS) {
        float amount = material == TROUSERS ? 0.6 : 0.42;
        vec3 q = paint * vec3(11.0, 11.0, 9.0) + vec3(colour.r * 9.0);
        vec3 fold = vec3(noise(q), noise(q + 17.0), noise(q + 31.0)) - 0.5;
        vec3 q2 = paint * vec3(32.0, 32.0, 17.0);
        fold += 0.45 * (vec3(noise(q2), noise(q2 + 5.0), noise(q2 + 9.0)) - 0.5);
        n = normalize(n + amount * fold);
        base *= 0.97 + 0.06 * noise(paint * 500.0);
        float front = step(paint.y, -0.02);
        if (material == SHIRT || material == DRESS) {
            float low = cloth.x - paint.z;
            base = mix(base, accents[0] * 0.93, step(low, 0.032) * step(abs(paint.x), 0.11));
            base *= 1.0 - 0.28 * band(low - 0.033, 0.0022) * step(abs(paint.x), 0.11);
            if (cloth.z > 0.5) {
                base *= 1.0 - 0.14 * front * band(abs(paint.x - 0.012), 0.0016);
                float rows = fract(low / 0.085);
                base = mix(base, accents[0] * 0.80, front * band(length(vec2(paint.x, (rows - 0.5) * 0.085)), 0.0048));
            }
            if (cloth.w > 0.5) {
                vec2 pocket = vec2(paint.x - 0.075, low - 0.19);
                float rim = band(max(abs(pocket.x) - 0.048, abs(pocket.y) - 0.055), 0.0022);
                base *= 1.0 - 0.16 * front * rim;
            }
        } else if (material == JACKET) {
            float low = cloth.x - paint.z;
            float open_half = 0.072 - 0.20 * low;
            float inside = front * (1.0 - smoothstep(open_half - 0.003, open_half, abs(paint.x))) * step(0.0, open_half);
            float lapel = front * band(abs(paint.x) - open_half - 0.035, 0.0025) * step(low, 0.3);
            base *= 1.0 - 0.35 * lapel;
            base = mix(base, accents[1], inside);
            base *= 1.0 - 0.4 * front * band(paint.x, 0.0015) * step(0.36, low);
        } else {
            float below = cloth.y - paint.z;
            base = mix(base, accents[1], step(below, 0.034));
            gloss = step(below, 0.034) * 0.15;
        }
    } else if (material == SHOE) {
        gloss = 0.3;
    } else if (material == STRAP) {
        base *= 0.88 + 0.12 * step(0.25, fract(paint.x * 40.0)) * step(0.2, abs(paint.y - 0.5));
    } else if (material == CARD) {
        base = pow(texture(picture, paint.xy).rgb, vec3(2.2));
        gloss = 0.06; sharp = 60.0;
    } else if (material == PLAIN) {
        gloss = 0.12;
    }
    vec3 half_way = normalize(to_eye + key_from);
    float wrapped = clamp((dot(n, key_from) + 0.35) / 1.35, 0.0, 1.0);
    vec3 light = mix(ground_light, sky_light, 0.5 + 0.5 * n.z) * open_sky + key_light * wrapped * mix(0.55, 1.0, open_sky);
    if (material == SKIN) light += vec3(0.05, 0.015, 0.008) * (1.0 - wrapped);
    vec3 lit = base * light + gloss * key_light * pow(max(dot(n, half_way), 0.0), sharp) * open_sky;
    if (material == EMBER) lit = colour * 1.3;
    if (material == SCREEN) lit = colour;
    shown = vec4(pow(clamp(lit, 0.0, 1.0), vec3(1.0 / 2.2)), 1.0);
    which = part;
}
