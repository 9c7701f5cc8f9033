// What the admin pages do beside htmx.
//
// Puts a dynamic field where the cursor stands in the template; without this, the button asks the server to.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-field]");
  const template = button && document.getElementById("subject_template");
  if (!template) return;
  event.preventDefault();
  template.setRangeText(`{{${button.dataset.field}}}`, template.selectionStart, template.selectionEnd, "end");
  template.dispatchEvent(new Event("input", { bubbles: true }));
  template.focus();
});

// On a phone the tab one is on may be out of sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// What is newest stands at a chart's end.
for (const chart of document.querySelectorAll(".scroll > .chart")) chart.parentElement.scrollLeft = chart.scrollWidth;
