// Play the clip, step through its pictures, and show where it is on the timeline of answers.

const USUAL_FRAME_S = 1 / 25; // until the recording has told its own rate

// Going through a clip picture by picture is told to the journal, some seconds after the last step.
const TOLD_AFTER_MS = 3000;

function startTelling(video, token) {
  let steps = null;
  let timer = null;

  function tell() {
    clearTimeout(timer);
    if (!steps || !token) return;
    const { source, ...told } = steps;
    steps = null;
    fetch(`${source}/steps`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify(told),
      keepalive: true, // it is sent even while the page is left
    }).catch(() => {}); // that the clip was opened is in the journal already
  }

  window.addEventListener("pagehide", tell);
  video.addEventListener("emptied", () => {
    tell(); // another clip, or another flag, takes its place
    if (!video.isConnected) window.removeEventListener("pagehide", tell);
  });
  return function note(atS) {
    const source = new URL(video.src).pathname;
    if (steps && steps.source !== source) tell();
    steps = steps || { source, from_s: atS, to_s: atS, pictures: 0 };
    steps.from_s = Math.min(steps.from_s, atS);
    steps.to_s = Math.max(steps.to_s, atS);
    steps.pictures += 1;
    clearTimeout(timer);
    timer = setTimeout(tell, TOLD_AFTER_MS);
  };
}

export function startPlayer(video, trace, token) {
  document.body.classList.toggle("has-clip", Boolean(video && trace));
  if (!video) return { step() {}, toggle() {} };
  const noteStep = startTelling(video, token);
  let frameS = USUAL_FRAME_S;
  let lastShownS = null;

  function learnRate(_now, shown) {
    const deltaS = lastShownS === null ? 0 : shown.mediaTime - lastShownS;
    if (deltaS > 0.005 && deltaS < frameS) frameS = deltaS;
    lastShownS = shown.mediaTime;
    movePlayhead();
    if (video.isConnected) video.requestVideoFrameCallback(learnRate);
  }

  function movePlayhead() {
    const playhead = document.getElementById("playhead");
    if (!playhead) return;
    const atMs = Number(video.dataset.startMs) + video.currentTime * 1000;
    const fromMs = Number(trace.dataset.fromMs);
    const share = (atMs - fromMs) / (Number(trace.dataset.toMs) - fromMs);
    playhead.setAttribute("visibility", share < 0 || share > 1 ? "hidden" : "visible");
    for (const end of ["x1", "x2"]) playhead.setAttribute(end, `${share * 100}%`);
  }

  function seekTo(event) {
    const box = trace.getBoundingClientRect();
    const fromMs = Number(trace.dataset.fromMs);
    const atMs = fromMs + ((event.clientX - box.left) / box.width) * (Number(trace.dataset.toMs) - fromMs);
    const wantedS = (atMs - Number(video.dataset.startMs)) / 1000;
    if (Number.isFinite(video.duration)) video.currentTime = Math.min(Math.max(wantedS, 0), video.duration);
  }

  function choose(button) {
    for (const other of document.querySelectorAll("[data-clip]")) other.setAttribute("aria-pressed", other === button);
    video.dataset.startMs = button.dataset.startMs;
    video.src = button.dataset.clip;
    video.play().catch(() => {}); // the browser may want a click first; its own controls are there
  }

  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(learnRate);
  if (trace) {
    video.addEventListener("timeupdate", movePlayhead);
    video.addEventListener("seeked", movePlayhead);
    trace.addEventListener("click", seekTo);
  }
  for (const button of document.querySelectorAll("[data-clip]")) button.addEventListener("click", () => choose(button));

  return {
    step(pictures) {
      video.pause();
      const wantedS = Math.min(Math.max(video.currentTime + pictures * frameS, 0), video.duration || 0);
      video.currentTime = wantedS;
      noteStep(wantedS);
    },
    toggle() {
      if (video.paused) video.play().catch(() => {});
      else video.pause();
    },
  };
}
