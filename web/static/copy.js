// A button beside what is shown once: copies it. Browsers allow that on https and on this machine; elsewhere the button
// stays away, and the field is there to select.
"use strict";

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const told = button.parentElement.querySelector("[role=status]");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = "Copied.";
    } catch {
      field.select();
      told.textContent = "It could not be copied: it is selected, copy it from there.";
    }
  });
}
