// The search of the first page: units by name, with or without marks, the newest page of each.
"use strict";

(() => {
  const MOST = 12;
  const form = document.getElementById("find");
  const input = document.getElementById("q");
  const hits = document.getElementById("hits");
  const found = document.getElementById("found");
  const texts = DTI_SEARCH.map(([name, plain]) => DTI.plain(`${name} ${plain} ${plain.replaceAll(" ", "")}`));
  form.hidden = false;

  function show() {
    const wanted = DTI.plain(input.value);
    const places = wanted ? texts.flatMap((text, n) => (text.includes(wanted) ? [n] : [])) : [];
    hits.replaceChildren(...places.slice(0, MOST).map((n) => {
      const [name, , page, year] = DTI_SEARCH[n];
      return DTI.node("li", {}, DTI.node("a", { href: page }, name), ` ${year}`);
    }));
    hits.hidden = places.length === 0;
    found.replaceChildren(wanted
      ? DTI.say(`${places.length} đơn vị phù hợp`, `${places.length} units match`) : "");
  }

  input.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    hits.querySelector("a")?.click();
  });
})();
