// The words of the page, filled in; they come from the server in the reader's language.

export const sitting = () => document.getElementById("sitting");

export function filled(name, values = {}, from = sitting()) {
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), from.dataset[name] ?? "");
}

export function speak(text) {
  document.getElementById("spoken").textContent = text;
}

export function tell(text, isBad = false) {
  const message = document.getElementById("sitting-message");
  message.textContent = text;
  message.hidden = !text;
  message.classList.toggle("notice-bad", isBad);
}

export function newId() {
  // randomUUID exists only on HTTPS and localhost; an office network may be neither
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
