// Replaces a part of the page by a fresh copy of itself while it says it is worth waiting for:
//   <div data-live="/settings/sync" data-every="2" aria-live="polite">…</div>
"use strict";

async function refresh(part) {
  if (document.hidden) return;
  const answer = await fetch(part.dataset.live, { headers: { "X-Part": "1" }, redirect: "error" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
    part.replaceChildren(...fresh.childNodes);
  }
  if (fresh) part.dataset.every = fresh.dataset.every;
}

for (const part of document.querySelectorAll("[data-live]")) {
  const again = () => setTimeout(() => refresh(part).catch(() => {}).finally(again), 1000 * (part.dataset.every || 10));
  again();
}
