// The Command Center's keys, and where the focus goes when a row does. Without a script all of it is links and buttons.
"use strict";

const STORED = "remindersync.keys";
const sheet = document.getElementById("sheet");
const areOn = document.getElementById("keys-on");
const line = document.getElementById("line");

// ── Rows: the one with the focus is the one keys are about ──────────────────────────────────────────────────

const rows = () => [...document.querySelectorAll("#lists .reminder")];
const present = () => document.activeElement?.closest(".reminder");
// Where the focus was last, for when its row is gone.
let place = { id: null, index: 0 };

const focusRow = (row) => (row?.querySelector(".name") ?? row?.querySelector("[name=name]"))?.focus();

function step(by) {
  const all = rows();
  const at = all.indexOf(present());
  focusRow(at < 0 ? all[Math.min(place.index, all.length - 1)] : all[Math.max(0, Math.min(at + by, all.length - 1))]);
}

document.addEventListener("focusin", () => {
  const row = present();
  place = row ? { id: row.id, index: rows().indexOf(row) } : document.activeElement === document.body ? place : { id: null, index: 0 };
});

document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement !== document.body || place.id === null) return;
  focusRow(document.getElementById(place.id) ?? rows()[Math.min(place.index, rows().length - 1)]);
});

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────

const press = (selector) => (present() ?? document.getElementById(place.id))?.querySelector(selector)?.click();
const KEYS = {
  n: () => line.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => press(".do button"),
  e: () => press("[data-do=edit]"),
  d: () => press("[data-do=delete]"),
  u: () => document.querySelector("#said form button")?.click(),
  "/": () => (document.querySelector(".views [aria-current]") ?? document.querySelector(".views a")).focus(),
  "?": () => sheet.showModal(),
};

const isTyping = (element) => element.matches("textarea, select, input:not([type=checkbox], [type=radio])");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !sheet.open) {
    if (event.target.closest("[data-editing]")) event.target.closest("[data-editing]").querySelector("[data-cancel]").click();
    else if (event.target === line) line.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(event.key)) return;
  if (!areOn.checked || sheet.open || isTyping(event.target) || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

areOn.checked = localStorage.getItem(STORED) !== "off";
areOn.addEventListener("change", () => localStorage.setItem(STORED, areOn.checked ? "on" : "off"));
for (const button of document.querySelectorAll("[data-sheet]")) {
  button.hidden = false;
  button.addEventListener("click", () => sheet.showModal());
}

// On a phone the views stand in a line that is wider than the window.
document.querySelector(".views [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// ── The line is empty again once it is added ────────────────────────────────────────────────────────────────

const hint = document.getElementById("understood").innerHTML;

document.addEventListener("htmx:afterRequest", (event) => {
  // A line that was refused is shown with the reason, which to htmx is no failure.
  if (event.detail.elt !== line.form || event.detail.xhr.status >= 400) return;
  line.value = "";
  document.getElementById("understood").innerHTML = hint;
});
