// Save, and lose nothing: a draft is kept in this browser until the server says that it holds the drawing.

import { fromTables, isSame, toTables } from "/static/scene_model.js";
import { keepDraft } from "/static/scene_server.js";
import { element } from "/static/scene_panel.js";

const KEEP_AFTER_MS = 300;

export function startSaving(editor, { server, root, first, draftKey, showMoment, recheck }) {
  const { words } = editor;
  const [status, notice, said, go, note, button, dialog, emptying] = [
    "scene-status", "scene-notice", "scene-notice-words", "scene-notice-go", "scene-note", "scene-save", "scene-conflict", "scene-empty",
  ].map((id) => document.getElementById(id));
  let base = first.site_sha256;
  let number = first.version?.number ?? null;
  let stored = Number(root.dataset.latest) || null; // number of the latest version, whatever the site file draws
  let isKept = false;
  let isLeaving = false;
  let isSaving = false;
  let justSaved = "";
  let timer = null;

  function tell(text, { isBad = false, link = null } = {}) {
    notice.hidden = !text;
    notice.className = `notice ${isBad ? "notice-bad" : "notice-calm"}`;
    said.textContent = text;
    go.replaceChildren(...(link ? [link] : []));
  }

  function keep() {
    clearTimeout(timer);
    isKept = keepDraft(draftKey, editor.isChanged ? { base, at: Date.now(), drawing: editor.drawing } : null);
  }

  function draw() {
    const count = editor.faults.length;
    if (editor.isChanged) justSaved = "";
    const state = count === 1 ? "save.faults_one" : count ? "save.faults_many" : isKept ? "save.dirty" : "save.dirty_only";
    if (isSaving) status.textContent = words.say("save.saving");
    else if (editor.isChanged) status.textContent = words.say(state, { count });
    else status.textContent = justSaved || words.say(editor.differs ? "save.differs" : "save.clean", { number: stored });
    status.classList.toggle("faulty", editor.isChanged && count > 0);
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  }

  async function save() {
    if (isSaving) return;
    keep();
    isSaving = true;
    draw();
    try {
      await editor.looked; // a scene is stored with the picture it was drawn on
      await recheck(); // what was found before may be mended by now
      if (editor.faults.length) {
        showFaults();
        return;
      }
      if (isLoss() && (await ask(emptying)) !== "save") return;
      const sent = withPicture(editor);
      settle(await server.save(sent.tables, base, note.value), sent);
    } catch (problem) {
      await explain(problem);
    } finally {
      isSaving = false;
      draw();
    }
  }

  // An empty scene takes the place of one that was drawn
  function isLoss() {
    return editor.isEmpty && stored !== null && (editor.isChanged || editor.differs);
  }

  function showFaults() {
    const fault = editor.faults.find(({ key }) => key);
    editor.takeTool("select");
    if (fault) editor.choose(fault.key);
    document.querySelector("#scene-faults li, .scene-line.faulty button")?.scrollIntoView({ block: "nearest" });
  }

  function settle(saved, sent) {
    base = saved.site_sha256;
    const isNew = saved.version.number !== number;
    number = saved.version.number;
    stored = number;
    editor.differs = false;
    document.getElementById("scene-differs")?.remove();
    // what was drawn while it was being saved stays to be saved
    if (isSame(editor.drawing, sent.before)) editor.steps[editor.step] = sent.drawing;
    note.value = "";
    tell("");
    justSaved = words.say(isNew ? "save.saved" : "save.same", { number });
    editor.rebase(sent.drawing);
    keep();
    refreshHistory();
  }

  async function explain(problem) {
    if (problem.status === 409) await offer();
    else if (problem.status === 401) tell(words.say("save.expired"), { isBad: true, link: signIn() });
    else if (!problem.status) tell(words.say("save.lost"), { isBad: true });
    else tell(words.say("save.refused", { why: problem.detail || problem.status }), { isBad: true });
  }

  function signIn() {
    const link = element("a", { href: `/sign-in?next=${encodeURIComponent(location.pathname)}` }, root.dataset.signIn);
    link.addEventListener("click", () => {
      keep();
      isLeaving = isKept;
    });
    return link;
  }

  async function offer() {
    let theirs;
    try {
      theirs = await server.read();
    } catch (problem) {
      await explain(problem.status === 409 ? { status: 0 } : problem);
      return;
    }
    const { version } = theirs;
    const isNamed = version && version.number !== number && version.saved_by;
    document.getElementById("scene-conflict-words").textContent = isNamed
      ? words.say("conflict.by", { who: version.saved_by, number: version.number, when: showMoment(version.saved_at) })
      : words.say("conflict.file");
    decide(theirs, await ask(dialog));
  }

  function decide(theirs, wanted) {
    if (!wanted) return; // Escape: nothing was decided, the next save asks again
    const drawn = fromTables(theirs.scene);
    base = theirs.site_sha256;
    number = theirs.version?.number ?? number;
    stored = theirs.version?.number ?? stored;
    editor.differs = !theirs.version && stored !== null;
    editor.base = drawn;
    if (wanted === "theirs") editor.commit(drawn);
    else editor.tell();
    tell(words.say(`conflict.${wanted}`));
  }

  button.addEventListener("click", save);
  editor.onChange(draw);
  window.addEventListener("pagehide", keep);
  window.addEventListener("beforeunload", (event) => {
    if (!editor.isChanged || isLeaving) return;
    keep();
    event.preventDefault();
  });
  return { save, tell, adopt: (sum) => { base = sum; } };
}

// Return the value of the button that closed it; empty for Escape.
async function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue;
}

// A scene says which picture it was drawn on; the first one that is saved over a picture learns it.
function withPicture(editor) {
  const { drawing, still } = editor;
  const picture = drawing.picture || (still && { width_px: still.width, height_px: still.height });
  const whole = { ...drawing, picture };
  return { before: drawing, drawing: whole, tables: toTables(whole) };
}

async function refreshHistory() {
  try {
    const answer = await fetch(location.pathname);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("scene-history");
    if (answer.ok && fresh) document.getElementById("scene-history").replaceWith(document.adoptNode(fresh));
  } catch {
    // the list is old until the page is loaded again; what was saved is saved
  }
}
