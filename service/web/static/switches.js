// A switch that stays as somebody left it on this computer. Without storage the choice holds for the page.

export function isSwitchedOn(setting) {
  try {
    return localStorage.getItem(setting) !== "off";
  } catch {
    return true;
  }
}

export function keepSwitch(setting, isOn) {
  try {
    localStorage.setItem(setting, isOn ? "on" : "off");
  } catch {
    // the choice holds for this page
  }
}
