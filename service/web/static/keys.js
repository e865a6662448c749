// Work without the mouse. Single keys can be switched off (WCAG 2.1.4), and never act while somebody types.

const SETTING = "congvu.keys";
const VERDICTS = { 1: "breach", 2: "no_breach", 3: "cannot_tell" };

export function startKeys(dialog, { player, give }) {
  const isOn = document.getElementById("keys-on");
  isOn.checked = read() !== "off";
  isOn.addEventListener("change", () => write(isOn.checked ? "on" : "off"));
  document.getElementById("show-keys").addEventListener("click", () => dialog.showModal());

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isTyping(event.target)) return;
    if (dialog.open || (event.repeat && event.key !== "," && event.key !== ".")) return;
    if (event.key === "?") dialog.showModal();
    else if (!isOn.checked || !act(event)) return;
    event.preventDefault();
  });

  function act(event) {
    const letter = event.key.toLowerCase();
    if (event.key in VERDICTS) give(VERDICTS[event.key]);
    else if (letter === "j") go("next");
    else if (letter === "k") go("previous");
    else if (event.key === ",") player.step(-1);
    else if (event.key === ".") player.step(1);
    else if (event.key === " " && !event.target.closest("button, a, summary, video")) player.toggle();
    else return false;
    return true;
  }
}

function go(id) {
  const link = document.getElementById(id);
  if (link) location.assign(link.href);
}

function isTyping(target) {
  return target.closest("textarea, select, input:not([type=checkbox])") !== null;
}

function read() {
  try {
    return localStorage.getItem(SETTING);
  } catch {
    return null;
  }
}

function write(value) {
  try {
    localStorage.setItem(SETTING, value);
  } catch {
    // without storage the choice holds for this page
  }
}
