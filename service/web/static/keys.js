// Work without the mouse. Single keys can be switched off (WCAG 2.1.4), and never act while somebody types.
import { isSwitchedOn, keepSwitch } from "/static/switches.js";

const SETTING = "congvu.keys";

// ``actions`` by key in lower case; an action that returns false leaves the key to the browser.
export function startKeys(dialog, actions) {
  const isOn = document.getElementById("keys-on");
  isOn.checked = isSwitchedOn(SETTING);
  isOn.addEventListener("change", () => keepSwitch(SETTING, isOn.checked));
  document.addEventListener("click", (event) => {
    if (event.target.closest("#show-keys")) dialog.showModal();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isTyping(event)) return;
    if (dialog.open || (event.repeat && event.key !== "," && event.key !== ".")) return;
    if (!isOn.checked) return;
    if (event.key === "?") dialog.showModal();
    else {
      const act = actions[event.key.toLowerCase()];
      if (!act || act(event) === false) return;
    }
    event.preventDefault();
  });
}

// A list may name keys that choose nothing in it, and so go on working while it has the focus.
function isTyping({ target, key }) {
  if (target.closest("select")?.dataset.keys?.split(" ").includes(key)) return false;
  return target.closest("textarea, select, input:not([type=checkbox])") !== null;
}
