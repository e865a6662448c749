// Choosing files in the words of the page: those of a browser's own field are in the language of the computer.
for (const input of document.querySelectorAll("input[type=file][data-pick]")) dress(input);

function dress(input) {
  const line = document.createElement("span");
  const button = document.createElement("button");
  const chosen = document.createElement("span");
  line.className = "file-line";
  chosen.className = "quiet file-chosen";
  Object.assign(button, { type: "button", className: "button", tabIndex: -1, textContent: input.dataset.pick });
  button.setAttribute("aria-hidden", "true"); // the field itself is there for the keyboard and for readers of the screen
  button.addEventListener("click", () => input.click());
  const tell = () => {
    chosen.textContent = [...input.files].map((file) => file.name).join(", ") || input.dataset.none;
  };
  input.addEventListener("change", tell);
  input.form?.addEventListener("reset", () => setTimeout(tell));
  input.before(line);
  line.append(input, button, chosen);
  input.classList.add("visually-hidden");
  tell();
}
