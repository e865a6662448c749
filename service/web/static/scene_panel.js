// Beside the picture: a list of all that is drawn, each with what is wrong with it, and a form for what is chosen.

import { AREAS, KINDS, changed, renamed } from "/static/scene_model.js";
import { faultWords } from "/static/scene_editor.js";
import { addCorner } from "/static/scene_keys.js";

const WHOLE = 3; // corners that an area needs

export function startPanel(editor, { officers, list, general, form }) {
  const { words } = editor;
  const fields = form.querySelector("#scene-fields");
  let shape = "";

  function draw() {
    drawList();
    drawForm();
  }

  function drawList() {
    const held = list.contains(document.activeElement) ? document.activeElement.dataset : null;
    const groups = KINDS.map((kind) => editor.shown.things.filter((thing) => thing.kind === kind)).filter((group) => group.length);
    const none = editor.differs ? "nothing.file" : editor.canDraw ? "nothing" : "hint.read_empty";
    list.replaceChildren(...(groups.length ? groups.flatMap(groupOf) : [element("p", { className: "hint" }, words.say(none))]));
    general.replaceChildren(...editor.faultsOf(null).map((fault) => element("li", { className: "scene-fault" }, faultWords(words, fault))));
    if (held) list.querySelector(`[data-thing="${held.thing}"][data-act="${held.act}"]`)?.focus();
  }

  function groupOf(group) {
    const { kind } = group[0];
    const title = element("h3", {}, document.querySelector(`[data-kind="${kind}"] .swatch`).cloneNode(true), words.say(`kind.${kind}`));
    return [title, element("ul", { className: "scene-group" }, ...group.map(lineOf))];
  }

  function lineOf(thing) {
    const name = editor.nameOf(thing);
    const faults = editor.faultsOf(thing.key);
    const pick = element("button", { type: "button", className: "scene-pick" }, name);
    pick.dataset.thing = thing.key;
    pick.dataset.act = "pick";
    pick.setAttribute("aria-pressed", String(editor.chosen?.key === thing.key));
    pick.addEventListener("click", () => {
      editor.takeTool("select");
      editor.choose(thing.key);
    });
    const line = element("li", { className: faults.length ? "scene-line faulty" : "scene-line" }, pick);
    if (editor.canDraw) line.append(removal(thing, name));
    for (const fault of faults) line.append(element("p", { className: "scene-fault" }, faultWords(words, fault)));
    return line;
  }

  function removal(thing, name) {
    const remove = element("button", { type: "button", className: "scene-remove", title: words.say("remove") }, "×");
    remove.dataset.thing = thing.key;
    remove.dataset.act = "remove";
    remove.setAttribute("aria-label", words.say("remove_named", { name }));
    remove.addEventListener("click", () => {
      editor.removeThing(thing.key);
      (list.querySelector("button") || list).focus();
    });
    return remove;
  }

  // Made anew only for another thing: whoever types keeps the place
  function drawForm() {
    const { thing } = editor;
    form.hidden = !thing;
    const desks = editor.shown.things.filter((other) => other.kind === "desk").map((desk) => `${desk.key} ${desk.name}`);
    const wanted = thing ? [thing.key, editor.isSaved(thing.key), thing.kind === "counter" ? desks : ""].join("|") : "";
    if (wanted !== shape) {
      shape = wanted;
      fields.replaceChildren(...(thing ? fieldsOf(thing) : []));
    }
    if (!thing) return;
    form.querySelector("h2").textContent = words.say(`kind.${thing.kind}`);
    form.querySelector("#scene-form-hint").textContent = words.say(`kind_hint.${thing.kind}`);
    for (const field of fields.querySelectorAll("[data-field]")) sync(field, thing);
  }

  function fieldsOf(thing) {
    const own = thing.kind === "mark" ? [] : [text("name", { maxLength: 200 }), idField(thing)];
    if (thing.kind === "desk") own.push(choices("officers", officers.map((o) => [o.id, o.unit ? `${o.name} · ${o.unit}` : o.name]), "field.no_officers"));
    if (thing.kind === "counter") own.push(choices("desks", desksOf(), "nothing"));
    if (thing.kind === "mark") own.push(metres("x_m", 0), metres("y_m", 1));
    if (!editor.canDraw) return own;
    const acts = element("p", { className: "scene-acts" });
    if (thing.kind === "line") acts.append(act("field.turn", turn));
    if (AREAS.includes(thing.kind)) acts.append(act("field.add_corner", () => addCorner(editor)), act("field.remove_corner", () => editor.removeChosen(), "remove-corner"));
    acts.append(act("remove", () => editor.removeThing(editor.thing.key), "remove"));
    return [...own, acts];
  }

  function desksOf() {
    return editor.shown.things.filter((thing) => thing.kind === "desk").map((desk) => [desk.key, desk.name]);
  }

  function labelled(name, input) {
    input.id = `scene-field-${name}`;
    input.dataset.field = name;
    input.disabled = !editor.canDraw;
    const label = element("label", { className: "field" }, words.say(`field.${name}`));
    label.htmlFor = input.id;
    return element("div", {}, label, input);
  }

  function text(name, settings) {
    const input = element("input", { autocomplete: "off", ...settings });
    input.addEventListener("input", () => {
      const { thing } = editor;
      editor.commit(renamed(editor.drawing, thing.key, { name: input.value, keepsId: editor.isSaved(thing.key) }), { merge: `name ${thing.key}` });
    });
    return labelled(name, input);
  }

  function idField(thing) {
    const input = element("input", { autocomplete: "off", maxLength: 63, spellcheck: false });
    input.addEventListener("input", () => {
      editor.change(editor.thing.key, { id: input.value, hasOwnId: true }, `id ${editor.thing.key}`);
    });
    const field = labelled("id", input);
    input.disabled ||= editor.isSaved(thing.key);
    const hint = element("p", { className: "hint", id: "scene-id-hint" }, words.say("field.id_hint"));
    input.setAttribute("aria-describedby", hint.id);
    field.append(hint);
    return field;
  }

  function choices(name, options, none) {
    const set = element("fieldset", { className: "scene-choices" }, element("legend", {}, words.say(`field.${name}`)));
    for (const [value, label] of options) {
      const input = element("input", { type: "checkbox", className: "switch", value, id: `scene-${name}-${value}`, disabled: !editor.canDraw });
      input.dataset.field = name;
      input.addEventListener("change", () => {
        const others = editor.thing[name].filter((chosen) => chosen !== value);
        editor.change(editor.thing.key, { [name]: input.checked ? [...others, value] : others });
      });
      const written = element("label", {}, label);
      written.htmlFor = input.id;
      set.append(element("div", {}, input, written));
    }
    if (!options.length) set.append(element("p", { className: "hint" }, words.say(none)));
    return set;
  }

  function metres(name, axis) {
    const input = element("input", { type: "number", step: "0.01", inputMode: "decimal" });
    input.addEventListener("input", () => {
      const { thing } = editor;
      const value = input.value === "" ? null : Number(input.value);
      editor.change(thing.key, { floor_m: thing.floor_m.map((old, i) => (i === axis ? value : old)) }, `${name} ${thing.key}`);
    });
    input.dataset.axis = String(axis);
    return labelled(name, input);
  }

  function act(key, does, name = "") {
    const button = element("button", { type: "button", className: "button button-small" }, words.say(key));
    if (name) button.dataset.field = name;
    button.addEventListener("click", does);
    return button;
  }

  function turn() {
    const { thing } = editor;
    editor.commit(changed(editor.drawing, thing.key, { points: [...thing.points].reverse() }));
  }

  function sync(field, thing) {
    const { field: name } = field.dataset;
    if (name === "remove-corner") field.disabled = editor.chosen.corner === null || thing.points.length <= WHOLE;
    else if (field.type === "checkbox") field.checked = thing[name].includes(field.value);
    else if (field.dataset.axis && field !== document.activeElement) field.value = thing.floor_m[Number(field.dataset.axis)] ?? "";
    else if (name in thing && field.value !== thing[name] && typeof thing[name] === "string") field.value = thing[name];
  }

  editor.onChange(draw);
  return {
    draw,
    edit() {
      const first = fields.querySelector("input");
      first?.focus();
      if (first?.type !== "number") first?.select();
    },
  };
}

export function element(tag, settings = {}, ...content) {
  const made = Object.assign(document.createElement(tag), settings);
  made.append(...content);
  return made;
}
