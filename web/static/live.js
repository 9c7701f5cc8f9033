// What every page does beside htmx: hears of news, keeps what somebody types, and says when a request fails.
//
//   <div id="about" hx-get="/reminders/1" hx-trigger="news from:body" hx-select="#about" hx-swap="morph:outerHTML"
//        hx-headers='{"X-Part": "1"}'>
//
// asks for itself whenever the person's reminders changed. A swap by "morph" leaves alone what has `data-editing`, and
// any form whose fields were changed.
"use strict";

// ── News ────────────────────────────────────────────────────────────────────────────────────────────────────

// Browsers open six connections to a place at most: pages nobody looks at give theirs back. On return the server
// begins with news, so nothing is missed. A page that the server ends for others opened since waits until somebody looks
// at it again; one that loses the server comes back ever more slowly, so that all do not come at once.
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
let news = null;
let failures = 0;
let comesBack = 0;

function listen() {
  const address = document.body.dataset.news;
  if (!address || document.hidden || news) return;
  clearTimeout(comesBack);
  news = new EventSource(address);
  news.addEventListener("changed", () => {
    failures = 0;
    htmx.trigger(document.body, "news");
  });
  // Signed out: what is shown is for nobody any more. By its address, for a page that came of a form would ask first.
  news.addEventListener("ended", () => location.replace(location.pathname + location.search));
  news.addEventListener("full", hangUp);
  news.addEventListener("error", () => {
    hangUp();
    const longest = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
    failures += 1;
    comesBack = setTimeout(listen, longest * (0.5 + Math.random() / 2));
  });
}

function hangUp() {
  clearTimeout(comesBack);
  news?.close();
  news = null;
}

// Parts that ask every few seconds: `hx-trigger="every 5s, shown from:body"`. While nobody looks they do not.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return hangUp();
  listen();
  htmx.trigger(document.body, "shown");
});
window.addEventListener("focus", listen);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && isByItself(event)) event.preventDefault();
});

// A part asked for before the person did something shows how it was before: shown late, it would take away under their
// hands what they just opened. It is asked for again instead.
let acts = 0;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isByItself(event)) acts += 1;
  event.detail.requestConfig.acts = acts;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isByItself(event) || event.detail.requestConfig.acts === acts) return;
  event.detail.shouldSwap = false;
  htmx.trigger(document.body, "news");
});

// ── What is being typed stays ───────────────────────────────────────────────────────────────────────────────

// Whoever asked for the swap under way: what they typed has been sent, all else is kept.
let asking = null;
document.addEventListener("htmx:beforeSwap", (event) => { asking = event.detail.requestConfig.elt; });

const FIELDS = "input:not([type=hidden]), textarea, select";
const isChanged = (field) =>
  field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue;

function isKept(node) {
  if (node.nodeType !== Node.ELEMENT_NODE || node.contains(asking)) return false;
  if (node.hasAttribute("data-editing")) return true;
  return node.matches("form") && [...node.querySelectorAll(FIELDS)].some(isChanged);
}

Idiomorph.defaults.callbacks.beforeNodeMorphed = (before) => !isKept(before);
Idiomorph.defaults.callbacks.beforeNodeRemoved = (before) => !isKept(before);

// ── When something goes wrong ───────────────────────────────────────────────────────────────────────────────

function say(text) {
  const place = document.getElementById("said");
  const line = document.createElement("div");
  line.className = "said bad";
  line.setAttribute("role", "alert");
  line.append(Object.assign(document.createElement("p"), { textContent: text }));
  place.replaceChildren(line);
}

const isByItself = (event) => "X-Part" in event.detail.requestConfig.headers;

document.addEventListener("htmx:responseError", (event) => {
  if (isByItself(event)) return;
  const isSignedOut = event.detail.xhr.status === 401;
  say(isSignedOut ? "You are signed out: reload the page to sign in." : "That did not work: reload the page and try again.");
});
document.addEventListener("htmx:sendError", (event) => {
  if (!isByItself(event)) say("The service cannot be reached; nothing was changed. Try again in a moment.");
});

// ── What was said goes by itself, unless somebody is about to undo it ───────────────────────────────────────

const TOAST_MS = 12_000;

function letGo(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? letGo(toast) : toast.remove()), TOAST_MS);
}

document.querySelectorAll("#said .toast").forEach(letGo);
document.addEventListener("htmx:oobAfterSwap", () => document.querySelectorAll("#said .toast").forEach(letGo));

listen();
