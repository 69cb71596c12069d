// Ranks over the years: highlight a unit by choice, by pointing, or by the address.
"use strict";

(() => {
  const chart = document.getElementById("bump");
  const picker = document.getElementById("unit");
  const lines = [...chart.querySelectorAll(".line")];

  // A merged unit is shown together with the units it was formed from, and the other way round.
  function family(id) {
    const own = lines.find((line) => line.dataset.unit === id);
    const after = own?.dataset.next;
    return new Set([id, after, ...lines.filter((line) => line.dataset.next === id)
      .map((line) => line.dataset.unit)].filter(Boolean));
  }

  function highlight(id) {
    const chosen = id ? family(id) : new Set();
    chart.classList.toggle("chosen", chosen.size > 0);
    for (const line of lines) line.classList.toggle("on", chosen.has(line.dataset.unit));
    for (const id of chosen) {
      const line = lines.find((one) => one.dataset.unit === id);
      if (line) chart.append(line);
    }
  }

  function choose(id) {
    picker.value = id;
    highlight(id);
    DTI.state.write(id ? { unit: id } : {});
  }

  for (const line of lines) {
    line.addEventListener("pointerenter", () => { if (!picker.value) highlight(line.dataset.unit); });
    line.addEventListener("pointerleave", () => { if (!picker.value) highlight(""); });
    line.addEventListener("click", () => choose(line.dataset.unit));
  }
  picker.addEventListener("change", () => choose(picker.value));
  document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("controls").addEventListener("reset", (event) => {
    event.preventDefault();
    choose("");
  });
  const wanted = DTI.state.read().unit;
  if (lines.some((line) => line.dataset.unit === wanted)) choose(wanted);
})();
