// Two units side by side: values, ranks, and the components that differ most.
"use strict";

(() => {
  const data = DTI_DATA;
  const parts = typeof DTI_COMPONENTS === "undefined" ? { list: [], points: [] } : DTI_COMPONENTS;
  const pickers = { a: document.getElementById("a"), b: document.getElementById("b") };
  const [scopes, components] = ["scopes", "components"].map((id) => document.getElementById(id));
  const places = new Map(data.units.map((unit, place) => [unit[0], place]));
  const BASES = { inferred: ["theo báo cáo công khai", "from public reports"], illustrative: ["minh họa", "illustrative"] };

  const at = (scope, column, place) => {
    const found = data.columns[scope][column];
    return Array.isArray(found) ? found[place] : found;
  };

  const cell = (...content) => DTI.node("td", { class: "num" }, ...content);
  const figure = (units, decimals) => DTI.number(DTI.fixed(units, decimals));
  const difference = (a, b, decimals) =>
    a === null || b === null ? cell("–") : cell(DTI.number(DTI.signed(a - b, decimals)));

  function bars(a, b) {
    const space = "http://www.w3.org/2000/svg";
    const scale = 100 / 10 ** data.decimals;
    const made = document.createElementNS(space, "svg");
    for (const [name, value] of Object.entries({
      class: "bar pair", viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" }))
      made.setAttribute(name, value);
    [["fill", 1, a], ["other", 8, b]].forEach(([kind, y, value]) => {
      const bar = document.createElementNS(space, "rect");
      for (const [name, one] of Object.entries({
        class: kind, y, width: Math.max(0, (value ?? 0) * scale), height: 5 }))
        bar.setAttribute(name, one);
      made.append(bar);
    });
    return made;
  }

  function scopeRow(scope, a, b) {
    const values = [at(scope.code, "v", a), at(scope.code, "v", b)];
    const value = (units, place) => cell(figure(units, data.decimals), DTI.mark(at(scope.code, "b", place)));
    const rank = (place) => cell(
      DTI.rank(at(scope.code, "r", place), at(scope.code, "n", place), at(scope.code, "t", place)));
    const head = DTI.node("th", { scope: "row" }, DTI.say(scope.vi, scope.en));
    return DTI.node("tr", {}, head, value(values[0], a), rank(a),
      DTI.node("td", { class: "bar-column" }, bars(...values)), value(values[1], b), rank(b),
      difference(...values, data.decimals));
  }

  function componentRows(a, b) {
    return parts.list
      .map(([code, vi, en, maximum, basis, sample, counted, anchor], place) => {
        const [own, other] = [parts.points[place][a], parts.points[place][b]];
        // Where the component does not apply to one of them there is no difference: last.
        const gap = own === null || other === null ? -1 : Math.abs(own - other);
        return { code, vi, en, maximum, basis, sample, counted, anchor, own, other, gap };
      })
      .filter(({ own, other }) => own !== null || other !== null)
      .sort((x, y) => y.counted - x.counted || y.gap - x.gap || x.code.localeCompare(y.code))
      .map(({ code, vi, en, maximum, basis, sample, counted, anchor, own, other }) => {
        const link = DTI.node("a", { href: `method.html#${anchor}` }, DTI.node("code", {}, code));
        const head = DTI.node("th", { scope: "row" }, link, " ", DTI.say(vi, en), " ");
        if (BASES[basis]) {
          const tag = DTI.say(...BASES[basis]);
          tag.className = `tag ${basis}`;
          head.append(tag);
        }
        if (!counted) {
          const tag = DTI.say("tham khảo, không tính", "reference only");
          tag.className = "tag";
          head.append(" ", tag);
        }
        const reached = (hundredths) =>
          cell(figure(hundredths, 2), hundredths === null ? "" : DTI.mark(sample));
        return DTI.node("tr", {}, head, cell(figure(Math.round(Math.round(maximum * 1e6) / 1e4), 2)),
          reached(own), reached(other), difference(own, other, 2));
      });
  }

  function show() {
    const [a, b] = [places.get(pickers.a.value), places.get(pickers.b.value)];
    for (const [key, place] of [["a", a], ["b", b]])
      for (const made of document.querySelectorAll(`[data-name=${key}]`))
        made.textContent = data.units[place][1];
    scopes.tBodies[0].replaceChildren(...data.scopes.map((scope) => scopeRow(scope, a, b)));
    components?.tBodies[0].replaceChildren(...componentRows(a, b));
  }

  function changed() {
    DTI.state.write({ a: pickers.a.value, b: pickers.b.value });
    show();
  }

  const byName = new Intl.Collator("vi");
  const ordered = [...data.units].sort((x, y) => byName.compare(x[1], y[1]));
  for (const picker of Object.values(pickers)) {
    picker.append(...ordered.map((unit) => DTI.node("option", { value: unit[0] }, unit[1])));
    picker.addEventListener("change", changed);
  }
  document.getElementById("swap").addEventListener("click", () => {
    [pickers.a.value, pickers.b.value] = [pickers.b.value, pickers.a.value];
    changed();
  });

  function load() {
    const wanted = DTI.state.read();
    const first = data.units[0]?.[0];
    pickers.a.value = places.has(wanted.a) ? wanted.a : first;
    const other = data.units.find((unit) => unit[0] !== pickers.a.value)?.[0] ?? first;
    pickers.b.value = places.has(wanted.b) ? wanted.b : other;
    show();
  }

  document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", load);
  DTI.onLanguage(changed);
  if (data.units.length) load();
})();
