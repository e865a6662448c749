"""How long an inspector waits from a verdict's key to the next clip: `python -m tests.reviewing_speed`.

Real Chromium against the real server, 200 flags with real clips. Timed in the page: from the key's event to the moment
that the next clip's first frame is presented. Prints JSON; exit code 1 where the 95th percentile misses its target.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from datetime import timedelta
from pathlib import Path

from service.db.records import EvidenceKind
from service.db.repository import EventFilter, EventRepository
from service.db.reviews import ReviewRepository
from tests.e2e.browsers import playwright_api, signed_in, started
from tests.e2e.servers import serving
from tests.web_world import MONDAY, World, clip_bytes

TARGET_P95_MS = 300.0
LOOK_MS = 1500
"""An inspector looks at least so long before the next key; meanwhile the next flags are fetched."""

TIME_NEXT_FRAME = """() => {
  window.waited = null;
  const before = document.getElementById("flag").dataset.event;
  document.addEventListener("keydown", (event) => {
    const pressed = event.timeStamp;
    const look = () => {
      const flag = document.getElementById("flag");
      const video = document.getElementById("clip");
      if (flag.dataset.event === before) { requestAnimationFrame(look); return; }
      video.requestVideoFrameCallback((now, frame) => {
        window.waited = {ms: frame.expectedDisplayTime - pressed, presented: frame.presentedFrames};
      });
    };
    look();
  }, {once: true, capture: true});
}"""


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def waits_ms(page: playwright_api.Page, verdicts: int, look_ms: int) -> list[float]:
    """Give verdicts by key, one after the other; return how long each next clip took."""
    waits = []
    for number in range(verdicts):
        page.wait_for_timeout(look_ms)
        page.evaluate(TIME_NEXT_FRAME)
        page.keyboard.press("123"[number % 3])
        page.wait_for_timeout(20)
        while (waited := page.evaluate("window.waited")) is None:
            page.wait_for_timeout(20)
        waits.append(float(waited["ms"]))
    return waits


def stored_verdicts(world: World) -> int:
    with world.database.transaction() as session:
        found = [event.event_id for event in EventRepository(session).find(EventFilter(), limit=1000)]
        return sum(len(ReviewRepository(session).of(event)) for event in found)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flags", type=int, default=200)
    parser.add_argument("--look-ms", type=int, default=LOOK_MS)
    asked = parser.parse_args()
    clip = clip_bytes(6.0, size=(1280, 720))
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        world = World(Path(folder))
        world.add_site()
        world.add_user()
        for i in range(asked.flags):
            world.add_event("left_post", MONDAY + timedelta(minutes=i), evidence={EvidenceKind.CLIP: clip})
        with serving(world) as address, signed_in(browser, world, address, width_px=1440) as page:
            page.get_by_role("link", name="Bắt đầu xem xét").click()
            page.locator("#show-keys").wait_for()
            waits = waits_ms(page, asked.flags - 1, asked.look_ms)
            page.wait_for_timeout(1000)
            stored = stored_verdicts(world)
        world.database.close()
    p95 = percentile(waits, 0.95)
    print(
        json.dumps(
            {
                "flags": asked.flags,
                "look_ms": asked.look_ms,
                "clip": f"1280x720, 6 s, {len(clip)} bytes",
                "p50_ms": round(percentile(waits, 0.5), 1),
                "p95_ms": round(p95, 1),
                "max_ms": round(max(waits), 1),
                "target_p95_ms": TARGET_P95_MS,
                "verdicts_given": len(waits),
                "verdicts_stored": stored,
            }
        )
    )
    return 0 if p95 <= TARGET_P95_MS and stored == len(waits) else 1


if __name__ == "__main__":
    raise SystemExit(main())
